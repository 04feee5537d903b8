import Contracts
import Logging
import PostgreSQL
import Synchronization

/// Counts scans in memory and adds them up in the database once a second: a thousand people before one poster share a row, and
/// none of them waits for it.
///
/// What a process that is killed has not yet added is lost, a second's worth; a count says how a code is used and decides nothing.
final class ScanCounter: Sendable {
    /// Scans of one code.
    struct Count: Sendable, Hashable {
        /// While it was good.
        var good = 0
        /// While it was not.
        var stale = 0
    }

    /// The pause between additions.
    private static let pause: Duration = .seconds(1)

    private let database: Database
    private let logger: Logger
    private let counts = Mutex<[CodeID: Count]>([:])

    init(database: Database, logger: Logger) {
        (self.database, self.logger) = (database, logger)
    }

    /// Counts one scan; takes no time.
    func note(_ code: CodeID, isGood: Bool) {
        counts.withLock { counts in
            if isGood { counts[code, default: Count()].good += 1 } else { counts[code, default: Count()].stale += 1 }
        }
    }

    /// Adds what was counted until now; what cannot be added is counted on.
    ///
    /// - Throws: `DatabaseError`.
    func flush() async throws {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !taken.isEmpty else { return }
        do {
            try await database.transaction { CodeStore.add(taken, in: $0) }
        } catch {
            counts.withLock { counts in
                counts.merge(taken) { Count(good: $0.good + $1.good, stale: $0.stale + $1.stale) }
            }
            throw error
        }
    }

    /// Adds once a second until cancelled, and a last time then.
    func run() async {
        var isReported = false
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pause)
            do {
                try await flush()
                isReported = false
            } catch {
                if !isReported, !Task.isCancelled { report(error) }
                isReported = true
            }
        }
        // A task of its own, awaited at once: the cancellation that has ended the loop must not keep the last scans back.
        let last = await Task { try await flush() }.result
        if case .failure(let error) = last { report(error) }
    }

    private func report(_ error: any Error) {
        logger.warning("scans could not be added up", metadata: ["error": "\(error)"])
    }
}
