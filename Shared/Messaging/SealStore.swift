import Contracts
import Foundation
import PostgreSQL

/// The SQL of the chain over the acts.
enum SealStore {
    /// Rows a seal takes at most.
    static let limit = 1_000

    /// A seal as it was just made.
    struct Made: Sendable {
        let number: Int
        let count: Int
        /// SHA-256 over the head before it and the digests of its rows.
        let head: [UInt8]
    }

    /// The digest of a row: SHA-256 over everything an act says, each field in its place.
    ///
    /// An array in JSON, because fields that are only joined can be shifted into each other. An act without an origin has the digest
    /// that it had before there were any.
    static let digest = """
        sha256(convert_to((jsonb_build_array(acts.id, acts.aggregate, acts.version, acts.name, acts.actor, acts.authority,
               extract(epoch FROM acts.occurred_at), acts.traceparent, acts.cause)
               || CASE WHEN acts.origin IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(acts.origin) END)::text, 'UTF8')
               || acts.body)
        """

    /// Seals the next committed rows, unless another process is doing so.
    ///
    /// In the order of transactions and only up to the oldest that still runs: a row of a transaction that commits late can
    /// not come to lie behind the end of the chain. Of an era that is over nothing runs any more.
    static func seal(in transaction: Transaction) async throws -> Made? {
        let lock = try await transaction.query(
            "SELECT pg_try_advisory_xact_lock(hashtext('ebinda.seal.' || current_schema())) AS mine"
        )
        guard try lock[0]["mine", as: Bool.self] else { return nil }
        let era = try await era(in: transaction)
        let rows = try await transaction.query(
            """
            WITH last AS (
                SELECT number, last_era, last_xid, last_id, head FROM seals ORDER BY number DESC LIMIT 1
            ), open AS (
                SELECT acts.id, acts.era, acts.xid, \(unsafe: digest) AS digest FROM acts
                WHERE (acts.era, acts.xid, acts.id) > (coalesce((SELECT last_era FROM last), 0),
                                                       coalesce((SELECT last_xid FROM last), '0'::xid8),
                                                       coalesce((SELECT last_id FROM last), \(UUID.least)))
                  AND (acts.era < \(era) OR acts.xid < pg_snapshot_xmin(pg_current_snapshot()))
                ORDER BY acts.era, acts.xid, acts.id LIMIT \(limit)
            )
            INSERT INTO seals (number, last_era, last_xid, last_id, ids, digests, head)
            SELECT coalesce((SELECT number FROM last), 0) + 1, max(era),
                   (array_agg(xid ORDER BY era, xid, id))[count(*)], (array_agg(id ORDER BY era, xid, id))[count(*)],
                   array_agg(id ORDER BY era, xid, id), array_agg(digest ORDER BY era, xid, id),
                   sha256(coalesce((SELECT head FROM last), ''::bytea) || string_agg(digest, ''::bytea ORDER BY era, xid, id))
            FROM open HAVING count(*) > 0
            RETURNING number, cardinality(ids)::int8 AS count, head
            """
        )
        return try rows.first.map { row in
            Made(
                number: try row["number", as: Int.self],
                count: try row["count", as: Int.self],
                head: try row["head", as: [UInt8].self]
            )
        }
    }

    /// The era of the cluster that holds the acts: it moves on when they come from another.
    static func era(in transaction: Transaction) async throws -> Int {
        try await transaction.query("SELECT act_era()::int8 AS era")[0]["era", as: Int.self]
    }

    /// One seal beside what its rows say now.
    struct Comparison: Sendable {
        let number: Int
        let head: [UInt8]
        /// The head that follows from the stored digests and the head before.
        let expectedHead: [UInt8]
        let missing: [UUID]
        let changed: [Change]
    }

    /// An act whose row has another digest than its seal.
    struct Change: Sendable {
        let id: UUID
        let sealed: [UInt8]
        let present: [UInt8]
    }

    /// Compares the seals after `number` with the rows they cover, a page at a time.
    static func compare(after number: Int, limit: Int, in transaction: Transaction) async throws -> [Comparison] {
        try await transaction.query(
            """
            SELECT seals.number, seals.head,
                   sha256(coalesce((SELECT head FROM seals AS before WHERE before.number = seals.number - 1), ''::bytea)
                          || (SELECT string_agg(digest, ''::bytea ORDER BY place)
                              FROM unnest(seals.digests) WITH ORDINALITY AS stored (digest, place))) AS expected,
                   coalesce(array_agg(row.id ORDER BY row.place) FILTER (WHERE acts.id IS NULL), '{}') AS missing,
                   coalesce(array_agg(row.id ORDER BY row.place)
                            FILTER (WHERE acts.id IS NOT NULL AND \(unsafe: digest) <> row.digest), '{}') AS changed,
                   coalesce(array_agg(row.digest ORDER BY row.place)
                            FILTER (WHERE acts.id IS NOT NULL AND \(unsafe: digest) <> row.digest), '{}') AS sealed,
                   coalesce(array_agg(\(unsafe: digest) ORDER BY row.place)
                            FILTER (WHERE acts.id IS NOT NULL AND \(unsafe: digest) <> row.digest), '{}') AS present
            FROM seals
            CROSS JOIN LATERAL unnest(seals.ids, seals.digests) WITH ORDINALITY AS row (id, digest, place)
            LEFT JOIN acts ON acts.id = row.id
            WHERE seals.number > \(number)
            GROUP BY seals.number
            ORDER BY seals.number LIMIT \(limit)
            """
        ).map { row in
            let changed = try row["changed", as: [UUID].self]
            let (sealed, present) = (try row["sealed", as: [[UInt8]].self], try row["present", as: [[UInt8]].self])
            return Comparison(
                number: try row["number", as: Int.self],
                head: try row["head", as: [UInt8].self],
                expectedHead: try row["expected", as: [UInt8].self],
                missing: try row["missing", as: [UUID].self],
                changed: changed.indices.map { Change(id: changed[$0], sealed: sealed[$0], present: present[$0]) }
            )
        }
    }

    /// A recorded erasure of one act's words.
    struct Erased: Sendable {
        let id: UUID
        /// The digests of its row, in hexadecimal.
        let before: String
        let after: String
        /// The item, and the event that told of its erasure.
        let suggestion: UUID
        let cause: UUID
    }

    /// Every erasure that the acts record.
    static func erasures(in transaction: Transaction) async throws -> [Erased] {
        try await transaction.query(
            """
            SELECT (entry ->> 'id')::uuid AS id, entry ->> 'before' AS before, entry ->> 'after' AS after, acts.subject, acts.cause
            FROM acts CROSS JOIN LATERAL jsonb_array_elements(convert_from(body, 'UTF8')::jsonb -> 'acts') AS entry
            WHERE name = 'record.erased' AND subject IS NOT NULL AND cause IS NOT NULL
            """
        ).map { row in
            Erased(
                id: try row["id", as: UUID.self],
                before: try row["before", as: String.self],
                after: try row["after", as: String.self],
                suggestion: try row["subject", as: UUID.self],
                cause: try row["cause", as: UUID.self]
            )
        }
    }

    /// Rows that lie within the sealed part of the order and under no seal, and the number of those after it.
    static func outside(in transaction: Transaction) async throws -> (slippedIn: [UUID], unsealed: Int) {
        let rows = try await transaction.query(
            """
            WITH last AS (SELECT last_era, last_xid, last_id FROM seals ORDER BY number DESC LIMIT 1),
                 sealed AS (SELECT unnest(ids) AS id FROM seals)
            SELECT coalesce(array_agg(acts.id) FILTER (
                       WHERE (acts.era, acts.xid, acts.id) <= (last.last_era, last.last_xid, last.last_id)), '{}') AS slipped_in,
                   count(*) FILTER (
                       WHERE last.last_xid IS NULL
                             OR (acts.era, acts.xid, acts.id) > (last.last_era, last.last_xid, last.last_id)) AS unsealed
            FROM acts LEFT JOIN sealed ON sealed.id = acts.id LEFT JOIN last ON true
            WHERE sealed.id IS NULL
            """
        )
        return (try rows[0]["slipped_in", as: [UUID].self], try rows[0]["unsealed", as: Int.self])
    }
}
