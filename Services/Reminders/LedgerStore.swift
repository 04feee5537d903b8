import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The ledger of notices: what became of each stage of each round, once; and whom it concerned.
enum LedgerStore {
    /// A notice on its way into the ledger.
    struct Entry: Sendable {
        let notice: Watch.Notice
        /// The committee that answers for the matter; nil when nobody has said yet.
        let committee: CommitteeCode?
        /// The digest that collects it; nil when it is sent by itself.
        var digest: UUID?
    }

    private struct Line {
        let clock: RunningClock.ID
        let stage: String
        let outcome: Watch.Notice.Outcome
        var overtakenBy: String?
        var digest: UUID?
    }

    /// Enters notices with the stages that they have overtaken, and puts them before those whom they concern.
    ///
    /// - Returns: the keys of those that were not in it: a stage that was told once is never told again, whatever happened to
    ///   its clock.
    static func enter(_ entries: [Entry], at now: Timestamp, in transaction: Transaction) async throws -> Set<[String]>
    {
        guard !entries.isEmpty else { return [] }
        let lines = entries.flatMap { entry in
            let (id, stage) = (entry.notice.clock.id, entry.notice.fired)
            let outcome: Watch.Notice.Outcome = entry.digest == nil ? .fired : .digest
            let told = Line(clock: id, stage: stage.id, outcome: outcome, digest: entry.digest)
            return (entry.notice.isTold ? [told] : [])
                + entry.notice.skipped.map {
                    Line(clock: id, stage: $0.id, outcome: .skipped, overtakenBy: stage.id)
                }
        }
        let entered = try await transaction.query(
            """
            INSERT INTO notices (assignment, round, stage, noticed_at, outcome, overtaken_by, digest)
            SELECT assignment, round, stage, \(now), outcome, overtaken_by, digest
            FROM unnest(\(lines.map(\.clock.assignment.rawValue)), \(lines.map(\.clock.round)), \(lines.map(\.stage)),
                        \(lines.map(\.outcome.rawValue)), \(lines.map(\.overtakenBy)), \(lines.map(\.digest)))
                 AS row (assignment, round, stage, outcome, overtaken_by, digest)
            ON CONFLICT DO NOTHING
            RETURNING assignment, round, stage
            """
        )
        let keys = Set(
            try entered.map {
                try key(
                    RunningClock.ID(assignment: $0.id("assignment"), round: $0["round", as: Int.self]),
                    $0["stage", as: String.self]
                )
            }
        )
        deliver(entries.filter { keys.contains(key($0.notice.clock.id, $0.notice.fired.id)) }, at: now, in: transaction)
        return keys
    }

    /// What a stage of the ledger is found by.
    static func key(_ clock: RunningClock.ID, _ stage: String) -> [String] {
        [clock.assignment.description, String(clock.round), stage]
    }

    private static func deliver(_ entries: [Entry], at now: Timestamp, in transaction: Transaction) {
        let rows = entries.flatMap { entry in
            entry.notice.fired.tells.compactMap {
                audience -> (audience: Audience, unit: String, notice: Watch.Notice)? in
                switch audience {
                case .department: (audience, entry.notice.clock.department.rawValue, entry.notice)
                case .committee: entry.committee.map { (audience, $0.rawValue, entry.notice) }
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
