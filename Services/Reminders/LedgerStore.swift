import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The ledger of notices: what became of each stage of each end of each round, once; and whom it concerned.
enum LedgerStore {
    /// A notice on its way into the ledger.
    struct Entry: Sendable {
        let notice: Watch.Notice
        let suggestion: SuggestionID
        /// What it is about; nil when nobody has said yet, and then no committee finds it among its own.
        let matter: Watch.Matter?
        /// The digest that its department gets it with; nil when it is sent by itself.
        var digest: UUID?

        /// Creates an entry that no digest collects.
        init(_ notice: Watch.Notice, of suggestion: SuggestionID, _ matter: Watch.Matter?) {
            (self.notice, self.suggestion, self.matter) = (notice, suggestion, matter)
        }
    }

    private struct Line {
        let clock: RunningClock
        let stage: String
        let outcome: Watch.Notice.Outcome
        var overtakenBy: String?
        var digest: UUID?
    }

    /// Records notices with the stages that they have overtaken, puts them before those whom they concern, and queues what gateways
    /// are sent.
    ///
    /// The matters' locks must be held: what the ledger has of a clock changes under the lock of its matter alone.
    ///
    /// - Returns: those that were not in it, with their digests: a stage that was told once is never told again, whatever happened to
    ///   its clock.
    static func record(
        _ entries: [Entry],
        sending webhooks: Webhooks,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> [Entry] {
        let entries = try await DigestStore.collected(missing(entries, in: transaction), at: now, in: transaction)
        guard !entries.isEmpty else { return [] }
        enter(entries, at: now, in: transaction)
        deliver(entries, at: now, in: transaction)
        DeliveryStore.add(
            try webhooks.deliveries(of: entries.map { WebhookNotice($0, at: now) }),
            in: transaction
        )
        return entries
    }

    /// Those that the ledger does not have.
    private static func missing(_ entries: [Entry], in transaction: Transaction) async throws -> [Entry] {
        guard !entries.isEmpty else { return [] }
        let rows = try await transaction.query(known(entries))
        let known = Set(try rows.map { try $0["place", as: Int.self] - 1 })
        return entries.enumerated().filter { !known.contains($0.offset) }.map(\.element)
    }

    /// The places of those that the ledger has.
    ///
    /// - Parameter prefix: what stands before it: `EXPLAIN`.
    static func known(_ entries: [Entry], prefix: String = "") -> SQL {
        let clocks = entries.map(\.notice.clock)
        // A lookup for each, which no plan can turn into a join that reads the whole ledger for every batch.
        return """
            \(unsafe: prefix) SELECT place FROM unnest(\(clocks.map(\.id.assignment.rawValue)), \(clocks.map(\.id.round)),
                                     \(clocks.map(\.turn)), \(entries.map(\.notice.fired.id)))
                 WITH ORDINALITY AS row (assignment, round, turn, stage, place)
            WHERE (SELECT true FROM notices
                   WHERE (notices.assignment, notices.round, notices.turn, notices.stage)
                       = (row.assignment, row.round, row.turn, row.stage))
            """
    }

    private static func enter(_ entries: [Entry], at now: Timestamp, in transaction: Transaction) {
        let lines = entries.flatMap { entry in
            let (clock, stage) = (entry.notice.clock, entry.notice.fired.id)
            let outcome: Watch.Notice.Outcome = entry.digest == nil ? .fired : .digest
            return [Line(clock: clock, stage: stage, outcome: outcome, digest: entry.digest)]
                + entry.notice.skipped.map {
                    Line(clock: clock, stage: $0.id, outcome: .skipped, overtakenBy: stage)
                }
        }
        transaction.enqueue(
            """
            INSERT INTO notices (assignment, round, turn, stage, noticed_at, outcome, overtaken_by, digest)
            SELECT assignment, round, turn, stage, \(now), outcome, overtaken_by, digest
            FROM unnest(\(lines.map(\.clock.id.assignment.rawValue)), \(lines.map(\.clock.id.round)),
                        \(lines.map(\.clock.turn)), \(lines.map(\.stage)), \(lines.map(\.outcome.rawValue)),
                        \(lines.map(\.overtakenBy)), \(lines.map(\.digest)))
                 AS row (assignment, round, turn, stage, outcome, overtaken_by, digest)
            ON CONFLICT DO NOTHING
            """
        )
    }

    private static func deliver(_ entries: [Entry], at now: Timestamp, in transaction: Transaction) {
        let rows = entries.flatMap { entry in
            entry.notice.fired.tells.compactMap {
                audience -> (audience: Audience, unit: String, notice: Watch.Notice)? in
                switch audience {
                case .department: (audience, entry.notice.clock.department.rawValue, entry.notice)
                case .committee: entry.matter.map { (audience, $0.committee.rawValue, entry.notice) }
                case .office, .director: (audience, "", entry.notice)
                }
            }
        }
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO desk_notices (id, audience, unit, assignment, round, stage, noticed_at)
            SELECT *, \(now)::timestamptz
            FROM unnest(\(rows.map { _ in UUIDv7.make() }), \(rows.map(\.audience.rawValue)), \(rows.map(\.unit)),
                        \(rows.map(\.notice.clock.id.assignment.rawValue)), \(rows.map(\.notice.clock.id.round)),
                        \(rows.map(\.notice.fired.id)))
            """
        )
    }
}
