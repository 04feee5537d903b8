import Hummingbird

/// How long what a stranger sends may take to arrive, said once for every way in which it is read.
package enum BodyArrival {
    /// The value of some work on a body; nil when it was not done in time, and then the work is cancelled.
    ///
    /// - Throws: what the work throws.
    package static func within<Value: Sendable>(
        _ time: Duration,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}

extension Request {
    /// Refuses a length that is announced before anything is read.
    ///
    /// - Throws: ``Problem`` 413.
    func checkAnnouncedLength(limit: Int) throws {
        if let text = headers[.contentLength], let length = Int(text), length > limit {
            throw Problem.tooLarge(limit: limit)
        }
    }
}
