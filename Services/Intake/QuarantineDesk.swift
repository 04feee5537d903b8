import Contracts
import Foundation
import Logging
import Messaging
import PostgreSQL
import Synchronization

/// What is held back: shown to the station's officer, released or refused by them, each decision an act of its item.
struct QuarantineDesk: Sendable {
    /// Items of one transaction: a flood of ten thousand is one, and its announcements fit into the outbox's memory.
    static let batch = 10_000
    /// Floods that are listed, and items of each beside it.
    private static let (floods, samples) = (100, 3)
    /// Items of a page.
    static let page = 100

    let outbox: Outbox

    /// Everything that waits, flood by flood, the oldest first.
    func floods(of station: StationCode?) async throws -> [FloodSummary] {
        let database = outbox.database
        var summaries: [FloodSummary] = []
        for summary in try await QuarantineStore.floods(of: station, limit: Self.floods, in: database) {
            var summary = summary
            summary.samples = try await QuarantineStore.items(
                of: summary.flood,
                at: station,
                after: nil,
                limit: Self.samples,
                in: database
            )
            summaries.append(summary)
        }
        return summaries
    }

    /// Items of a flood, a page at a time.
    func items(
        of flood: FloodID,
        at station: StationCode?,
        after: (time: Timestamp, id: SuggestionID)?
    ) async throws -> [HeldItem] {
        try await QuarantineStore.items(of: flood, at: station, after: after, limit: Self.page, in: outbox.database)
    }

    /// Lets go on what was chosen: only now others are told of it, and it is as if it had not been held.
    ///
    /// - Returns: how many.
    func release(_ choice: QuarantineChoice, by actor: String) async throws -> Int {
        try await untilDone { transaction in
            let released = try await QuarantineStore.release(choice, limit: Self.batch, in: transaction)
            for (id, event) in released {
                try transaction.publish(
                    event.masked(),
                    about: id,
                    version: 1,
                    act: Act(actor: actor, authority: "\(Right.decideQuarantine.rawValue): release")
                )
            }
            return released.count
        }
    }

    /// Refuses what was chosen; its authors read why.
    ///
    /// - Returns: how many.
    func refuse(_ choice: QuarantineChoice, reason: String, by actor: String) async throws -> Int {
        try await untilDone { transaction in
            let refused = try await QuarantineStore.refuse(
                choice,
                reason: reason,
                at: .now,
                limit: Self.batch,
                in: transaction
            )
            for (id, event) in refused {
                try transaction.publish(
                    event,
                    about: id,
                    version: 1,
                    act: Act(actor: actor, authority: "\(Right.decideQuarantine.rawValue): refuse")
                )
            }
            return refused.count
        }
    }

    private func untilDone(_ step: (EventTransaction) async throws -> Int) async throws -> Int {
        var total = 0
        while case let count = try await outbox.transaction(step), count > 0 {
            total += count
            if count < Self.batch { break }
        }
        return total
    }
}

/// Knows how many wait, for the metrics.
final class QuarantineWatch: Sendable {
    /// A person looks at a board once in minutes.
    private static let interval: Duration = .seconds(15)

    private let database: Database
    private let logger: Logger
    private let last = Mutex<(count: Int, oldest: Timestamp?)?>(nil)

    init(database: Database, logger: Logger) { (self.database, self.logger) = (database, logger) }

    /// How many wait; nil before the first look, and while the database is away.
    var waiting: Double? { last.withLock { $0.map { Double($0.count) } } }

    /// For how many seconds the oldest has; 0 when none does.
    var oldestSeconds: Double? {
        last.withLock { last in last.map { $0.oldest.map { max(0, (Timestamp.now - $0) / .seconds(1)) } ?? 0 } }
    }

    /// Looks until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let found = try await QuarantineStore.waiting(in: database)
                last.withLock { $0 = found }
            } catch {
                last.withLock { $0 = nil }
                logger.debug("quarantine cannot be counted", metadata: ["error": "\(type(of: error))"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
