import Bootstrap
import Calendar
import Contracts
import Logging
import Messaging
import PostgreSQL
import Rules

/// Counts running clocks anew when the calendar of days off or the rule pack has a new edition, and tells what has moved (期限重算).
///
/// A pack is read when the program starts, so that the first round finds what an older one has counted: the way of counting is
/// the present one for whatever still runs, and its length stays the one that it began with.
///
/// Any number of replicas: a matter's row is the lock, and who comes second finds nothing left to do. An edition is gone through
/// twice, because another replica may have computed by the one before until it had read this one.
struct Recount: Sendable {
    /// Matters in a transaction: short, because their departments wait for it.
    static let limit = 100
    /// Between two looks at the copy of the calendar: nobody waits for a notice that names days months ahead.
    private static let pause: Duration = .seconds(5)
    /// Until the second time: a replica that reaches the database reads the calendar every few seconds, and a transaction has
    /// a deadline of less than this.
    private static let settling: Duration = .seconds(60)

    let outbox: Outbox
    let terms: LegalTerms
    let calendar: KnownCalendar
    let notices: Notices
    let logger: Logger

    /// Looks and counts until cancelled.
    func run() async {
        var counted: (edition: Int, since: ContinuousClock.Instant, times: Int)?
        while !Task.isCancelled {
            do {
                try await calendar.refresh(from: outbox.database)
                let edition = calendar.current.version
                if counted?.edition != edition {
                    try await countAll()
                    counted = (edition, .now, 1)
                } else if let first = counted, first.times == 1, .now - first.since > Self.settling {
                    try await countAll()
                    counted?.times = 2
                }
            } catch  where !Task.isCancelled {
                logger.error("recounting failed", metadata: ["error": "\(JSONLogHandler.text(of: error))"])
            } catch {
                return
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Counts every running clock that was counted by an older edition of either.
    ///
    /// - Returns: how many have moved or become certain.
    /// - Throws: `DatabaseError`.
    @discardableResult func countAll() async throws -> Int {
        let terms = terms.counted(in: calendar.current)
        var moved = 0
        while !Task.isCancelled {
            let (seen, changes) = try await outbox.transaction { try await count(terms, in: $0) }
            moved += changes
            guard seen > 0 else { break }
        }
        if moved > 0 {
            logger.notice("clocks recounted", metadata: ["calendar": "\(terms.calendar.version)", "moved": "\(moved)"])
        }
        return moved
    }

    private func count(_ terms: CountedTerms, in transaction: EventTransaction) async throws -> (seen: Int, moved: Int)
    {
        let ids = try await RepliesStore.countedBefore(
            terms.calendar.version,
            terms.terms.edition,
            limit: Self.limit,
            in: transaction
        )
        var handlings = try await RepliesStore.handlings(ids, in: transaction)
        var moved = 0
        for id in ids {
            guard var handling = handlings[id] else { continue }
            let changes = handling.recount(at: .now, terms: terms)
            let actor = changes.contains { $0.reason == .rule } ? Self.pack : Self.actor
            try transaction.tell(changes.map(Handling.Told.moved), about: handling, by: actor, following: .here)
            for change in changes where change.clock.dueAt != change.previousDueAt {
                try notices.send(change, about: id, in: transaction, following: .here)
            }
            handlings[id] = handling
            moved += changes.count
        }
        try RepliesStore.store(Array(handlings.values), in: transaction)
        return (ids.count, moved)
    }

    /// As acts name the rule that has moved a clock.
    static let actor = "rule:calendar"
    /// The same, where the pack's way of counting is another.
    private static let pack = "rule:pack"
}
