import Contracts
import Foundation
import PostgreSQL

/// The SQL of outgoing messages and their acts.
enum OutboxStore {
    /// Seconds after which the relay may take a row that its own process has not published: twice the time that a
    /// confirm takes under load, many times over.
    static let freshSeconds = 5

    /// Queues the rows of a transaction's messages and acts: one statement each, whatever their number.
    static func insert(_ messages: [OutboxMessage], in transaction: Transaction) {
        guard !messages.isEmpty else { return }
        insertActs(messages.filter { $0.act != nil }, in: transaction)
        transaction.enqueue(
            """
            INSERT INTO outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at,
                                traceparent, cause, body, not_before)
            SELECT id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at, traceparent, cause,
                   body, now() + make_interval(secs => \(freshSeconds))
            FROM unnest(\(messages.map(\.metadata.id.rawValue)), \(messages.map(\.exchange)),
                        \(messages.map(\.routingKey)), \(messages.map(\.isMandatory)),
                        \(messages.map(\.metadata.name.rawValue)), \(messages.map(\.metadata.aggregate.rawValue)),
                        \(messages.map(\.metadata.version)), \(messages.map(\.metadata.time)),
                        \(messages.map(\.metadata.traceparent)), \(messages.map { $0.metadata.cause?.rawValue }),
                        \(messages.map { $0.act == nil ? $0.body : nil }))
                 AS row (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at, traceparent,
                         cause, body)
            """
        )
    }

    private static func insertActs(_ messages: [OutboxMessage], in transaction: Transaction) {
        guard !messages.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, traceparent, cause, body, origin,
                              era)
            SELECT row.*, present.era FROM unnest(\(messages.map(\.metadata.id.rawValue)),
                                 \(messages.map(\.metadata.aggregate.rawValue)),
                                 \(messages.map(\.metadata.version)), \(messages.map(\.metadata.name.rawValue)),
                                 \(messages.map { $0.act?.actor ?? "" }), \(messages.map { $0.act?.authority ?? "" }),
                                 \(messages.map(\.metadata.time)), \(messages.map(\.metadata.traceparent)),
                                 \(messages.map { $0.metadata.cause?.rawValue }), \(messages.map(\.body)),
                                 \(messages.map { $0.act?.origin }))
                               AS row (id, aggregate, version, name, actor, authority, occurred_at, traceparent, cause, body,
                                       origin),
                 -- Once a statement; as the column's default it would be asked for each row.
                 (SELECT act_era() AS era OFFSET 0) AS present
            """
        )
    }

    /// Queues the removal of rows that the broker has confirmed.
    static func remove(_ ids: [UUID], in transaction: Transaction) {
        guard !ids.isEmpty else { return }
        transaction.enqueue("DELETE FROM outbox WHERE id = ANY(\(ids))")
    }

    /// Seconds that no `not_before` of a right clock lies ahead: twice the longest lease and pause.
    private static let furthestSeconds = 120

    /// Leases rows that are due, in the order of their ids, but for those under some routing keys.
    ///
    /// A row whose time lies further ahead than any lease or pause was stored by a clock that has been put back since: it is
    /// due too, or it would wait for as long as the clock was wrong.
    ///
    /// `low` is a hint that spares the scan of rows already removed: under a long transaction their index entries stay,
    /// and a claim without it slowed from 58 to 8 thousand rows a second.
    ///
    /// Rows are looked up one by one and not joined: an outbox is planned while it is empty, and a join would then be one that reads
    /// the whole of it for each lease of a backlog.
    static func lease(
        _ limit: Int,
        from low: UUID,
        except closed: [String],
        token: UUID,
        seconds: Int,
        in transaction: Transaction
    ) async throws -> [OutboxMessage] {
        let rows = try await transaction.query(
            """
            WITH due AS (
                SELECT id FROM outbox
                WHERE id >= \(low) AND routing_key <> ALL(\(closed))
                  AND (not_before <= now() OR not_before > now() + make_interval(secs => \(furthestSeconds)))
                ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            ), leased AS (
                UPDATE outbox SET lease = \(token), not_before = now() + make_interval(secs => \(seconds))
                WHERE id = ANY(ARRAY(SELECT id FROM due))
                RETURNING outbox.*
            )
            SELECT leased.id, leased.exchange, leased.routing_key, leased.is_mandatory, leased.name, leased.aggregate,
                   leased.version, leased.occurred_at, leased.traceparent, leased.cause,
                   coalesce(leased.body, (SELECT body FROM acts WHERE acts.id = leased.id)) AS body
            FROM leased ORDER BY leased.id
            """
        )
        return try rows.map { row in
            OutboxMessage(
                metadata: EventMetadata(
                    id: EventID(rawValue: try row["id", as: UUID.self]),
                    name: EventName(rawValue: try row["name", as: String.self]),
                    // The account and source are the publishing service's own; the relay fills them in.
                    owner: ServiceName(rawValue: ""),
                    aggregate: SuggestionID(rawValue: try row["aggregate", as: UUID.self]),
                    version: try row["version", as: Int.self],
                    time: try row["occurred_at", as: Timestamp.self],
                    traceparent: try row["traceparent", as: String?.self],
                    cause: try row["cause", as: UUID?.self].map(EventID.init(rawValue:))
                ),
                exchange: try row["exchange", as: String.self],
                routingKey: try row["routing_key", as: String.self],
                isMandatory: try row["is_mandatory", as: Bool.self],
                body: try row["body", as: [UInt8].self]
            )
        }
    }

    /// Removes rows of a lease; a relay whose lease has passed to another removes nothing.
    static func removeLeased(_ ids: [UUID], token: UUID, in transaction: Transaction) {
        guard !ids.isEmpty else { return }
        transaction.enqueue("DELETE FROM outbox WHERE id = ANY(\(ids)) AND lease = \(token)")
    }

    /// Puts rows of a lease back for the time that a fresh row has, with no refusal counted.
    static func release(_ ids: [UUID], token: UUID, in transaction: Transaction) {
        guard !ids.isEmpty else { return }
        transaction.enqueue(
            """
            UPDATE outbox SET lease = NULL, not_before = now() + make_interval(secs => \(freshSeconds))
            WHERE id = ANY(\(ids)) AND lease = \(token)
            """
        )
    }

    /// Puts rows of a lease back with a pause that doubles with each refusal, one minute at most.
    static func postpone(_ ids: [UUID], because error: String, token: UUID, in transaction: Transaction) {
        guard !ids.isEmpty else { return }
        transaction.enqueue(
            """
            UPDATE outbox
            SET lease = NULL, attempts = attempts + 1, last_error = \(error),
                not_before = now() + make_interval(secs => least(60, power(2, least(attempts, 6))))
            WHERE id = ANY(\(ids)) AND lease = \(token)
            """
        )
    }

    /// How many rows wait and since when the oldest does.
    static func backlog(in transaction: Transaction) async throws -> (count: Int, oldest: Timestamp?) {
        let rows = try await transaction.query("SELECT count(*) AS count, min(occurred_at) AS oldest FROM outbox")
        guard let row = rows.first else { return (0, nil) }
        return (try row["count", as: Int.self], try row["oldest", as: Timestamp?.self])
    }
}
