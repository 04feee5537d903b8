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
    ///
    /// - Parameter matters: what is told of those that may be new, so that they are stored with it at once.
    static func change(
        _ ids: [SuggestionID],
        introducing matters: [SuggestionID: Watch.Matter] = [:],
        in transaction: Transaction,
        _ body: (inout [SuggestionID: Watch]) -> Void
    ) async throws {
        let keys = ids.map(\.rawValue)
        // Rows to lock for new suggestions first, in one order everywhere, against deadlocks. The statements behind the lock
        // see what its last holder has committed: each has a snapshot of its own.
        transaction.enqueue(
            """
            INSERT INTO suggestions (id, number, committee)
            SELECT * FROM unnest(\(keys), \(ids.map { matters[$0]?.number }),
                                 \(ids.map { matters[$0]?.committee.rawValue })) AS new (id, number, committee)
            ORDER BY id ON CONFLICT DO NOTHING
            """
        )
        transaction.enqueue("SELECT 1 FROM suggestions WHERE id = ANY(\(keys)) ORDER BY id FOR UPDATE")
        let before = try await watches(keys, in: transaction)
        var after = before
        body(&after)
        try save(Array(after.values), over: before, in: transaction)
    }

    /// The transaction's own moment.
    static func now(in transaction: Transaction) async throws -> Timestamp {
        try await transaction.query("SELECT now() AS now")[0]["now", as: Timestamp.self]
    }

    /// What is watched of a suggestion, under its lock until the transaction ends; nil when nothing is.
    static func locked(_ id: SuggestionID, in transaction: Transaction) async throws -> Watch? {
        transaction.enqueue("SELECT 1 FROM suggestions WHERE id = \(id.rawValue) FOR UPDATE")
        return try await watches([id.rawValue], in: transaction)[id]
    }

    /// Claims suggestions that have something due, at most `limit` clocks' worth; those that others hold are left to them.
    ///
    /// - Parameters:
    ///   - end: the stage that is to be left alone; nil to take all.
    ///   - suggestion: the only one to claim; nil for any.
    static func claim(
        limit: Int,
        except end: String?,
        only suggestion: SuggestionID? = nil,
        in transaction: Transaction
    ) async throws -> Claim? {
        // The row lock on the suggestion is the claim: whoever changes one of its clocks holds it, so the clocks are read
        // behind it.
        readInOrder(in: transaction)
        let rows = try await transaction.query(claim(limit: limit, except: end, only: suggestion))
        guard let first = rows.first else { return nil }
        let ids = Set(try rows.map { try $0["id", as: UUID.self] })
        return Claim(
            now: try first["now", as: Timestamp.self],
            watches: Array(try await watches(Array(ids), in: transaction).values),
            isFull: rows.count == limit
        )
    }

    /// Queues that this transaction reads what is due by the order of its index.
    ///
    /// A bitmap has no order: planned while hardly anything was due, it would have all that is due sorted for each batch (decision 0009).
    static func readInOrder(in transaction: Transaction) {
        transaction.enqueue("SET LOCAL enable_bitmapscan = off")
    }

    /// The statement of ``claim(limit:except:only:in:)``.
    ///
    /// - Parameter prefix: what stands before it: `EXPLAIN`.
    static func claim(limit: Int, except end: String?, only suggestion: SuggestionID? = nil, prefix: String = "") -> SQL
    {
        if let suggestion {
            """
            \(unsafe: prefix) SELECT suggestions.id, now() AS now
            FROM clocks JOIN suggestions ON suggestions.id = clocks.suggestion
            WHERE clocks.suggestion = \(suggestion.rawValue) AND clocks.next_at <= now()
              AND clocks.next_stage IS DISTINCT FROM \(end)
            FOR UPDATE OF suggestions SKIP LOCKED
            """
        } else {
            """
            \(unsafe: prefix) SELECT suggestions.id, now() AS now
            FROM clocks JOIN suggestions ON suggestions.id = clocks.suggestion
            WHERE clocks.next_at <= now() AND clocks.next_stage IS DISTINCT FROM \(end)
            ORDER BY clocks.next_at LIMIT \(limit)
            FOR UPDATE OF suggestions SKIP LOCKED
            """
        }
    }

    /// Matters with something due, the longest due first, whoever holds them.
    static func due(limit: Int, except end: String?, in transaction: Transaction) async throws -> [SuggestionID] {
        let rows = try await transaction.query(
            """
            SELECT suggestion FROM clocks WHERE next_at <= now() AND next_stage IS DISTINCT FROM \(end)
            ORDER BY next_at LIMIT \(limit)
            """
        )
        var seen: Set<SuggestionID> = []
        return try rows.map { try $0.suggestion }.filter { seen.insert($0).inserted }
    }

    /// Queues that a matter's due clocks are looked at later.
    static func putOff(_ suggestion: SuggestionID, by time: Duration, in transaction: Transaction) {
        // Under the matter's lock like every change of its clocks: without it this would hold some of them and wait for others.
        transaction.enqueue("SELECT 1 FROM suggestions WHERE id = \(suggestion.rawValue) FOR UPDATE")
        transaction.enqueue(
            """
            UPDATE clocks SET next_at = now() + make_interval(secs => \(time / .seconds(1)))
            WHERE suggestion = \(suggestion.rawValue) AND next_at <= now()
            """
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
        /// Whether a digest has collected long enough.
        let hasDigest: Bool
    }

    /// Looks at the next instants; takes as long with a million clocks as with one.
    static func edge(end: String, in transaction: Transaction) async throws -> Edge {
        let row = try await transaction.query(
            """
            SELECT now() AS now,
                   extract(epoch FROM (SELECT next_at FROM clocks WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1)
                                      - now())::float8 AS seconds,
                   EXISTS (SELECT FROM clocks WHERE next_at <= now() AND next_stage = \(end)) AS has_end,
                   EXISTS (SELECT FROM digests WHERE told_at IS NULL AND closes_at <= now()) AS has_digest
            """
        )[0]
        return Edge(
            now: try row["now", as: Timestamp.self],
            timeToNext: try row["seconds", as: Double?.self].map { .seconds($0) },
            hasEnd: try row["has_end", as: Bool.self],
            hasDigest: try row["has_digest", as: Bool.self]
        )
    }

    /// Queues what has become different.
    static func save(_ watches: [Watch], over before: [SuggestionID: Watch], in transaction: Transaction) throws {
        let changed = watches.filter { $0 != before[$0.suggestion] }
        let heads = changed.filter {
            let old = before[$0.suggestion]
            return old?.version != $0.version || old?.closedAt != $0.closedAt || old?.matter != $0.matter
        }
        if !heads.isEmpty {
            transaction.enqueue(
                """
                UPDATE suggestions SET version = row.version, closed_at = row.closed_at, number = row.number,
                                       committee = row.committee
                FROM unnest(\(heads.map(\.suggestion.rawValue)), \(heads.map(\.version)), \(heads.map(\.closedAt)),
                            \(heads.map(\.matter?.number)), \(heads.map { $0.matter?.committee.rawValue }))
                     AS row (id, version, closed_at, number, committee)
                WHERE suggestions.id = row.id
                """
            )
        }
        saveEnds(changed, over: before, in: transaction)
        try saveClocks(changed, over: before, in: transaction)
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

    private static func saveClocks(
        _ changed: [Watch],
        over before: [SuggestionID: Watch],
        in transaction: Transaction
    ) throws {
        let rows = changed.flatMap { watch in
            let old = Set(before[watch.suggestion]?.clocks ?? [])
            return watch.clocks.filter { !old.contains($0) }.map { (watch.suggestion, $0) }
        }
        guard !rows.isEmpty else { return }
        let facts = try rows.map { _, clock in
            try clock.clock.facts.map { JSONText(String(decoding: try EventCoding.encode($0), as: UTF8.self)) }
        }
        transaction.enqueue(
            """
            INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at, ended_at,
                                missed, term, basis, calendar, provisional, missed_due_at, facts, change, held_stage,
                                missed_turn)
            SELECT * FROM unnest(\(rows.map(\.1.id.assignment.rawValue)), \(rows.map(\.1.id.round)),
                                 \(rows.map(\.0.rawValue)), \(rows.map(\.1.department.rawValue)),
                                 \(rows.map(\.1.startedAt)), \(rows.map(\.1.dueAt)), \(rows.map(\.1.next?.stage)),
                                 \(rows.map(\.1.next?.at)), \(rows.map(\.1.endedAt)), \(rows.map(\.1.missed)),
                                 \(rows.map(\.1.clock.term)), \(rows.map(\.1.clock.basis)),
                                 \(rows.map { Int32($0.1.clock.calendar ?? 0) }),
                                 \(rows.map { $0.1.clock.provisional ?? false }), \(rows.map(\.1.missedDueAt)),
                                 \(facts), \(rows.map(\.1.change)), \(rows.map(\.1.held)), \(rows.map(\.1.missedTurn)))
            ON CONFLICT (assignment, round) DO UPDATE
            SET due_at = excluded.due_at, calendar = excluded.calendar, provisional = excluded.provisional,
                next_stage = excluded.next_stage, next_at = excluded.next_at, ended_at = excluded.ended_at,
                missed = excluded.missed, missed_due_at = excluded.missed_due_at, facts = excluded.facts,
                change = excluded.change, held_stage = excluded.held_stage, missed_turn = excluded.missed_turn
            """
        )
    }

    private static func watches(_ ids: [UUID], in transaction: Transaction) async throws -> [SuggestionID: Watch] {
        let results = try await transaction.query([
            "SELECT id, version, closed_at, number, committee FROM suggestions WHERE id = ANY(\(ids))",
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
            let committee = try row["committee", as: String?.self].map(CommitteeCode.init(rawValue:))
            watches[id] = Watch(
                suggestion: id,
                matter: try row["number", as: String?.self].flatMap { number in
                    committee.map { Watch.Matter(number: number, committee: $0) }
                },
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
        let dueAt = try row["due_at", as: Timestamp.self]
        var clock = Clock(
            startedAt: try row["started_at", as: Timestamp.self],
            // Of a clock from before these were kept nothing is known.
            term: try row["term", as: String?.self] ?? "",
            dueAt: dueAt,
            basis: try row["basis", as: String?.self] ?? "",
            calendar: try row["calendar", as: Int.self],
            provisional: try row["provisional", as: Bool.self] ? true : nil
        )
        clock.facts = try row["facts", as: String?.self].map {
            try EventCoding.decode(Clock.Facts.self, from: Array($0.utf8))
        }
        // Missed before the end that was missed was kept: ends did not move then.
        let missedDueAt =
            try row["missed_due_at", as: Timestamp?.self] ?? (try row["missed", as: Bool.self] ? dueAt : nil)
        return RunningClock(
            id: RunningClock.ID(assignment: try row.id("assignment"), round: try row["round", as: Int.self]),
            department: try row.code("department"),
            clock: clock,
            change: try row["change", as: Int.self],
            next: stage.flatMap { stage in at.map { Stages.Next(stage: stage, at: $0) } },
            // Beside it, or, as a replica from before the column stored it, in its place.
            held: try row["held_stage", as: String?.self] ?? (at == nil ? stage : nil),
            endedAt: try row["ended_at", as: Timestamp?.self],
            missedDueAt: missedDueAt,
            // Missed before its ends were told apart: whichever it has now was meant.
            missedTurn: try row["missed_turn", as: String?.self] ?? missedDueAt.map { _ in Turn.name(of: clock) }
        )
    }
}

extension Row {
    fileprivate var suggestion: SuggestionID {
        get throws { try id("suggestion") }
    }
}
