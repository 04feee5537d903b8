import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of what is watched; the answers of the HTTP side are in `Listing.swift`.
enum RemindersStore {
    /// Suggestions with something due, locked, and the moment by the database's clock.
    struct Claim {
        /// The transaction's own moment; no other clock is ever compared with an instant.
        let now: Timestamp
        let watches: [Watch]
        /// Whether there may be more.
        let isFull: Bool
    }

    /// Changes what is watched of suggestions, under the lock of each, and stores what has become different.
    static func change(
        _ ids: [SuggestionID],
        in transaction: Transaction,
        _ body: (inout [SuggestionID: Watch]) -> Void
    ) async throws {
        let keys = ids.map(\.rawValue)
        // Rows to lock for new suggestions first, in one order everywhere, against deadlocks. The statements behind the lock
        // see what its last holder has committed: each has a snapshot of its own.
        transaction.enqueue(
            """
            INSERT INTO suggestions (id) SELECT id FROM unnest(\(keys)) AS new (id) ORDER BY id ON CONFLICT DO NOTHING
            """
        )
        transaction.enqueue("SELECT 1 FROM suggestions WHERE id = ANY(\(keys)) ORDER BY id FOR UPDATE")
        let before = try await watches(keys, in: transaction)
        var after = before
        body(&after)
        save(Array(after.values), over: before, in: transaction)
    }

    /// Claims suggestions that have something due, at most `limit` clocks' worth; those that others hold are left to them.
    ///
    /// - Parameter end: the stage that is to be left alone; nil to take all.
    static func claim(limit: Int, except end: String?, in transaction: Transaction) async throws -> Claim? {
        // The row lock on the suggestion is the claim: whoever changes one of its clocks holds it, so the clocks are read
        // behind it.
        let rows = try await transaction.query(
            """
            SELECT suggestions.id, now() AS now
            FROM clocks JOIN suggestions ON suggestions.id = clocks.suggestion
            WHERE clocks.next_at <= now() AND clocks.next_stage IS DISTINCT FROM \(end)
            ORDER BY clocks.next_at LIMIT \(limit)
            FOR UPDATE OF suggestions SKIP LOCKED
            """
        )
        guard let first = rows.first else { return nil }
        let ids = Set(try rows.map { try $0["id", as: UUID.self] })
        return Claim(
            now: try first["now", as: Timestamp.self],
            watches: Array(try await watches(Array(ids), in: transaction).values),
            isFull: rows.count == limit
        )
    }

    /// What lies at the left edge of the instants.
    struct Edge: Sendable {
        /// The moment of the look, by the database's clock.
        let now: Timestamp
        /// How long until the next instant, by the database's clock; negative when it has passed, nil when there is none.
        let timeToNext: Duration?
        /// Whether a period is over that no one has judged yet.
        let hasEnd: Bool
    }

    /// Looks at the next instants; takes as long with a million clocks as with one.
    static func edge(end: String, in transaction: Transaction) async throws -> Edge {
        let row = try await transaction.query(
            """
            SELECT now() AS now,
                   extract(epoch FROM (SELECT next_at FROM clocks WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1)
                                      - now())::float8 AS seconds,
                   EXISTS (SELECT FROM clocks WHERE next_at <= now() AND next_stage = \(end)) AS has_end
            """
        )[0]
        return Edge(
            now: try row["now", as: Timestamp.self],
            timeToNext: try row["seconds", as: Double?.self].map { .seconds($0) },
            hasEnd: try row["has_end", as: Bool.self]
        )
    }

    /// Enters notices in the ledger.
    ///
    /// - Returns: those that were not in it: a stage that was told once is never told again, whatever happened to its clock.
    static func enter(
        _ notices: [Watch.Notice],
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> Set<[String]> {
        let rows = notices.flatMap { notice in
            [(notice.clock.id, notice.fired.id, Watch.Notice.Outcome.fired)]
                + notice.skipped.map { (notice.clock.id, $0.id, Watch.Notice.Outcome.skipped) }
        }
        let entered = try await transaction.query(
            """
            INSERT INTO notices (assignment, round, stage, noticed_at, outcome)
            SELECT assignment, round, stage, \(now), outcome
            FROM unnest(\(rows.map(\.0.assignment.rawValue)), \(rows.map(\.0.round)), \(rows.map(\.1)),
                        \(rows.map(\.2.rawValue))) AS row (assignment, round, stage, outcome)
            ON CONFLICT DO NOTHING
            RETURNING assignment, round, stage
            """
        )
        return Set(
            try entered.map {
                try key(
                    RunningClock.ID(assignment: $0.id("assignment"), round: $0["round", as: Int.self]),
                    $0["stage", as: String.self]
                )
            }
        )
    }

    /// What a stage of the ledger is found by.
    static func key(_ clock: RunningClock.ID, _ stage: String) -> [String] {
        [clock.assignment.description, String(clock.round), stage]
    }

    /// Queues what has become different.
    static func save(_ watches: [Watch], over before: [SuggestionID: Watch], in transaction: Transaction) {
        let changed = watches.filter { $0 != before[$0.suggestion] }
        let heads = changed.filter {
            let old = before[$0.suggestion]
            return old?.version != $0.version || old?.closedAt != $0.closedAt
        }
        if !heads.isEmpty {
            transaction.enqueue(
                """
                UPDATE suggestions SET version = row.version, closed_at = row.closed_at
                FROM unnest(\(heads.map(\.suggestion.rawValue)), \(heads.map(\.version)), \(heads.map(\.closedAt)))
                     AS row (id, version, closed_at)
                WHERE suggestions.id = row.id
                """
            )
        }
        saveEnds(changed, over: before, in: transaction)
        saveClocks(changed, over: before, in: transaction)
    }

    private static func saveEnds(_ changed: [Watch], over before: [SuggestionID: Watch], in transaction: Transaction) {
        let rows = changed.flatMap { watch in
            let old = Set(before[watch.suggestion]?.ends ?? [])
            return watch.ends.filter { !old.contains($0) }.map { (watch.suggestion, $0) }
        }
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO ends (assignment, through_round, suggestion, ended_at)
            SELECT * FROM unnest(\(rows.map(\.1.assignment.rawValue)), \(rows.map(\.1.through)),
                                 \(rows.map(\.0.rawValue)), \(rows.map(\.1.at)))
            ON CONFLICT (assignment, through_round) DO UPDATE SET ended_at = excluded.ended_at
            """
        )
    }

    private static func saveClocks(_ changed: [Watch], over before: [SuggestionID: Watch], in transaction: Transaction)
    {
        let rows = changed.flatMap { watch in
            let old = Set(before[watch.suggestion]?.clocks ?? [])
            return watch.clocks.filter { !old.contains($0) }.map { (watch.suggestion, $0) }
        }
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at, ended_at,
                                missed)
            SELECT * FROM unnest(\(rows.map(\.1.id.assignment.rawValue)), \(rows.map(\.1.id.round)),
                                 \(rows.map(\.0.rawValue)), \(rows.map(\.1.department.rawValue)),
                                 \(rows.map(\.1.startedAt)), \(rows.map(\.1.dueAt)), \(rows.map(\.1.next?.stage)),
                                 \(rows.map(\.1.next?.at)), \(rows.map(\.1.endedAt)), \(rows.map(\.1.missed)))
            ON CONFLICT (assignment, round) DO UPDATE
            SET next_stage = excluded.next_stage, next_at = excluded.next_at, ended_at = excluded.ended_at,
                missed = excluded.missed
            """
        )
    }

    private static func watches(_ ids: [UUID], in transaction: Transaction) async throws -> [SuggestionID: Watch] {
        let results = try await transaction.query([
            "SELECT id, version, closed_at FROM suggestions WHERE id = ANY(\(ids))",
            "SELECT * FROM clocks WHERE suggestion = ANY(\(ids)) ORDER BY suggestion, assignment, round",
            "SELECT * FROM ends WHERE suggestion = ANY(\(ids))",
        ])
        let clocks = Dictionary(grouping: try results[1].map { (try $0.suggestion, try clock($0)) }, by: \.0)
        let ends = Dictionary(
            grouping: try results[2].map { row in
                (
                    try row.suggestion,
                    Watch.End(
                        assignment: try row.id("assignment"),
                        through: try row["through_round", as: Int.self],
                        at: try row["ended_at", as: Timestamp.self]
                    )
                )
            },
            by: \.0
        )
        return try results[0].reduce(into: [:]) { watches, row in
            let id: SuggestionID = try row.id("id")
            watches[id] = Watch(
                suggestion: id,
                version: try row["version", as: Int.self],
                closedAt: try row["closed_at", as: Timestamp?.self],
                clocks: clocks[id]?.map(\.1) ?? [],
                ends: ends[id]?.map(\.1) ?? []
            )
        }
    }

    /// A row of `clocks`.
    static func clock(_ row: Row) throws -> RunningClock {
        let stage = try row["next_stage", as: String?.self]
        let at = try row["next_at", as: Timestamp?.self]
        return RunningClock(
            id: RunningClock.ID(assignment: try row.id("assignment"), round: try row["round", as: Int.self]),
            department: try row.code("department"),
            startedAt: try row["started_at", as: Timestamp.self],
            dueAt: try row["due_at", as: Timestamp.self],
            next: stage.flatMap { stage in at.map { Stages.Next(stage: stage, at: $0) } },
            endedAt: try row["ended_at", as: Timestamp?.self],
            missed: try row["missed", as: Bool.self]
        )
    }
}

extension Row {
    fileprivate var suggestion: SuggestionID {
        get throws { try id("suggestion") }
    }
}
