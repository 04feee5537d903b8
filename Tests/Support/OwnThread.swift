package import Foundation

/// Does what blocks on a thread made for it.
///
/// Neither the cooperative pool's threads nor the dispatch queues': both are about as many as there are processors, and a test
/// that holds one keeps others from ever coming to theirs.
package func onOwnThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
    }
}

extension Process {
    /// Returns when the process has ended.
    package func ended() async {
        // Waiting throws nothing.
        try? await onOwnThread { self.waitUntilExit() }
    }
}
