import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of deliveries to webhooks.
enum DeliveryStore {
    /// How far one has come.
    enum State: String, Listed {
        case waiting, delivered, parked
    }

    /// A delivery whose attempt is due, leased to this replica.
    struct Due: Sendable, Hashable {
        let id: UUID
        let target: String
        let body: String
        /// When it was tried first: it may have waited over a week of days off.
        let triedAt: Timestamp
        /// This attempt counted.
        let attempts: Int
    }

    /// A line of the log.
    struct Line: Sendable {
        let id: UUID
        let target: String
        let kind: String
        let state: State
        let attempts: Int
        let status: Int?
        let createdAt: Timestamp
    }

    /// While an attempt is under way nobody else tries: longer than its own limits together.
    private static let lease: Duration = .seconds(60)
    /// How long the log keeps what was delivered.
    private static let retention: Duration = .seconds(30 * 86_400)

    /// Queues deliveries, in the transaction of what they tell.
    static func add(_ deliveries: [(target: String, kind: String, body: String)], in transaction: Transaction) {
        guard !deliveries.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO deliveries (id, target, kind, body, next_at)
            SELECT *, now() FROM unnest(\(deliveries.map { _ in UUIDv7.make() }), \(deliveries.map(\.target)),
                                        \(deliveries.map(\.kind)), \(deliveries.map(\.body)))
            """
        )
    }

    /// Leases a target's deliveries whose attempt is due, the oldest first.
    static func lease(to target: String, limit: Int, in transaction: Transaction) async throws -> [Due] {
        let rows = try await transaction.query(lease(to: target, limit: limit))
        return try rows.map {
            Due(
                id: try $0["id", as: UUID.self],
                target: try $0["target", as: String.self],
                body: try $0["body", as: String.self],
                triedAt: try $0["tried_at", as: Timestamp.self],
                attempts: try $0["attempts", as: Int.self]
            )
        }
    }

    /// The statement of ``lease(to:limit:in:)``.
    static func lease(to target: String, limit: Int, prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) UPDATE deliveries
        SET attempts = attempts + 1, tried_at = coalesce(tried_at, now()), next_at = now() + make_interval(secs => \(lease / .seconds(1)))
        WHERE id IN (SELECT id FROM deliveries WHERE target = \(target) AND next_at <= now()
                     ORDER BY next_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        RETURNING id, target, body, tried_at, attempts
        """
    }

    /// Queues that what has waited long enough for targets that are on the list no more is parked: an operator decides.
    static func parkStrangers(to known: [String], after endurance: Duration, in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE deliveries SET state = 'parked', next_at = NULL, ended_at = now()
            WHERE next_at <= now() AND target <> ALL(\(known))
              AND created_at < now() - make_interval(secs => \(endurance / .seconds(1)))
            """
        )
    }

    /// Queues what became of an attempt.
    ///
    /// Nothing happens to a delivery that somebody else has tried meanwhile: the lease had run out.
    static func note(_ due: Due, _ verdict: Courier.Verdict, status: Int?, in transaction: Transaction) {
        switch verdict {
        case .delivered: end(due, .delivered, status, in: transaction)
        case .parked: end(due, .parked, status, in: transaction)
        case .again(let pause):
            transaction.enqueue(
                """
                UPDATE deliveries SET status = \(status), next_at = now() + make_interval(secs => \(pause / .seconds(1)))
                WHERE id = \(due.id) AND state = 'waiting' AND attempts = \(due.attempts)
                """
            )
        }
    }

    private static func end(_ due: Due, _ state: State, _ status: Int?, in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE deliveries SET state = \(state.rawValue), status = \(status), next_at = NULL, ended_at = now()
            WHERE id = \(due.id) AND state = 'waiting' AND attempts = \(due.attempts)
            """
        )
    }

    /// The moment by the database's clock, and how long until a target's next attempt is due; nil when none is.
    static func edge(of target: String, in transaction: Transaction) async throws -> (
        now: Timestamp, timeToNext: Duration?
    ) {
        let row = try await transaction.query(
            """
            SELECT now() AS now,
                   extract(epoch FROM (SELECT next_at FROM deliveries WHERE target = \(target) AND next_at IS NOT NULL
                                       ORDER BY next_at LIMIT 1) - now())::float8 AS seconds
            """
        )[0]
        return (try row["now", as: Timestamp.self], try row["seconds", as: Double?.self].map { .seconds($0) })
    }

    /// The log, the newest first.
    static func log(_ state: State?, limit: Int, in transaction: Transaction) async throws -> [Line] {
        let rows = try await transaction.query(
            """
            SELECT id, target, kind, state, attempts, status, created_at FROM deliveries
            WHERE state = coalesce(\(state?.rawValue), state) ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
        )
        return try rows.map {
            Line(
                id: try $0["id", as: UUID.self],
                target: try $0["target", as: String.self],
                kind: try $0["kind", as: String.self],
                state: try $0.listed("state"),
                attempts: try $0["attempts", as: Int.self],
                status: try $0["status", as: Int?.self],
                createdAt: try $0["created_at", as: Timestamp.self]
            )
        }
    }

    /// Has deliveries tried again: one, or all that are parked.
    ///
    /// The receiver knows a repeat by its id.
    ///
    /// - Returns: how many.
    static func replay(_ id: UUID?, in transaction: Transaction) async throws -> Int {
        let rows = try await transaction.query(
            """
            UPDATE deliveries SET state = 'waiting', next_at = now(), ended_at = NULL, created_at = now(), tried_at = NULL, attempts = 0
            WHERE (id = \(id) OR \(id) IS NULL AND state = 'parked') AND state <> 'waiting'
            RETURNING id
            """
        )
        return rows.count
    }

    /// Queues that the log forgets what was delivered long ago; what is parked stays until somebody has decided.
    static func sweep(in transaction: Transaction) {
        transaction.enqueue(
            """
            DELETE FROM deliveries
            WHERE state = 'delivered' AND ended_at < now() - make_interval(secs => \(retention / .seconds(1)))
            """
        )
    }
}
