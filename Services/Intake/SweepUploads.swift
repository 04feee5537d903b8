import Logging
import PostgreSQL

/// Removes files that were sent and that nothing handed in has named within a day.
///
/// With any number of replicas: each takes rows that no other holds, and a file that is being named at the moment is either named
/// or gone, never both.
struct SweepUploads: Sendable {
    /// A form lies open on a telephone for an hour, perhaps over night.
    static let age: Duration = .seconds(86_400)
    private static let interval: Duration = .seconds(600)
    /// Files of one transaction: with their pieces at most 1 GiB of rows to mark.
    private static let batch = 100

    let database: Database
    let logger: Logger

    /// Sweeps until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let removed = try await sweep()
                if removed > 0 { logger.info("unused files removed", metadata: ["count": "\(removed)"]) }
            } catch {
                logger.debug("files cannot be swept", metadata: ["error": "\(type(of: error))"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Removes all that are due.
    ///
    /// - Returns: how many.
    func sweep(olderThan age: Duration = Self.age) async throws -> Int {
        var removed = 0
        while case let count = try await AttachmentStore.sweep(olderThan: age, limit: Self.batch, in: database),
            count > 0
        {
            removed += count
        }
        return removed
    }
}
