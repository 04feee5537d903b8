import Contracts
import Foundation
import PostgreSQL

/// The SQL of incoming messages.
enum InboxStore {
    /// Claims ids; a repeat, also one whose first copy is being handled elsewhere this moment, is not among the answer.
    ///
    /// - Returns: the ids claimed now; and since when the words of which items are erased, from the same round trip.
    static func claim(
        _ items: [EventMetadata],
        in transaction: Transaction
    ) async throws -> (ids: Set<EventID>, erased: [SuggestionID: Timestamp]) {
        // In one order everywhere, so that two batches that share ids wait for each other and never both ways.
        let sorted = items.map(\.id.rawValue).sorted { $0.words < $1.words }
        let results = try await transaction.query([
            "INSERT INTO inbox (id) SELECT unnest(\(sorted)) ON CONFLICT DO NOTHING RETURNING id",
            Erasure.lookUp(items.map(\.aggregate)),
        ])
        return (
            Set(try results[0].map { EventID(rawValue: try $0.value(at: 0, as: UUID.self)) }),
            try Erasure.found(results[1])
        )
    }

    /// How far aggregates have come, and what waits for them.
    struct Standing: Sendable {
        var positions: [OrderPlan.Key: Int] = [:]
        var lastIDs: [OrderPlan.Key: EventID] = [:]
        let waiting: [WaitingRow]
        /// Since when the words of which items are erased.
        let erased: [SuggestionID: Timestamp]
    }

    /// Locks the positions of aggregates and returns them with the events that wait for them, in one round trip.
    static func lock(_ keys: Set<OrderPlan.Key>, in transaction: Transaction) async throws -> Standing {
        // In one order everywhere, against deadlocks; the first statement makes rows to lock for new aggregates.
        let sorted = keys.sorted {
            let (first, second) = ($0.aggregate.rawValue.words, $1.aggregate.rawValue.words)
            return $0.owner == $1.owner ? first < second : $0.owner < $1.owner
        }
        let (owners, aggregates) = (sorted.map(\.owner.rawValue), sorted.map(\.aggregate.rawValue))
        let results = try await transaction.query([
            """
            INSERT INTO positions (owner, aggregate, version)
            SELECT owner, aggregate, 0 FROM unnest(\(owners), \(aggregates)) AS key (owner, aggregate)
            ON CONFLICT DO NOTHING
            """,
            """
            SELECT owner, aggregate, version, last_id FROM positions
            WHERE (owner, aggregate) IN (SELECT * FROM unnest(\(owners), \(aggregates)))
            ORDER BY owner, aggregate FOR UPDATE
            """,
            // A lookup for each key: planned while nothing waits, a join would read all that waits for every batch.
            """
            SELECT waiting.* FROM unnest(\(owners), \(aggregates)) AS key (owner, aggregate)
            CROSS JOIN LATERAL (
                SELECT * FROM waiting WHERE (waiting.owner, waiting.aggregate) = (key.owner, key.aggregate) OFFSET 0
            ) AS waiting
            """,
            Erasure.lookUp(keys.map(\.aggregate)),
        ])
        var standing = Standing(
            waiting: try results[2].map(WaitingRow.init),
            erased: try Erasure.found(results[3])
        )
        standing.positions.reserveCapacity(results[1].count)
        standing.lastIDs.reserveCapacity(results[1].count)
        for row in results[1] {
            let key = OrderPlan.Key(
                owner: ServiceName(rawValue: try row.value(at: 0, as: String.self)),
                aggregate: SuggestionID(rawValue: try row.value(at: 1, as: UUID.self))
            )
            standing.positions[key] = try row.value(at: 2, as: Int.self)
            standing.lastIDs[key] = try row.value(at: 3, as: UUID?.self).map(EventID.init(rawValue:))
        }
        return standing
    }

    /// Queues the outcome of a plan: positions forward, drained rows out, early ones in.
    static func store(_ plan: OrderPlan, in transaction: Transaction) {
        if !plan.positions.isEmpty {
            let keys = Array(plan.positions.keys)
            transaction.enqueue(
                """
                UPDATE positions SET version = moved.version, last_id = moved.last_id
                FROM unnest(\(keys.map(\.owner.rawValue)), \(keys.map(\.aggregate.rawValue)),
                            \(keys.map { plan.positions[$0] ?? 0 }), \(keys.map { plan.lastIDs[$0]?.rawValue }))
                     AS moved (owner, aggregate, version, last_id)
                WHERE positions.owner = moved.owner AND positions.aggregate = moved.aggregate
                """
            )
        }
        if !plan.drained.isEmpty {
            transaction.enqueue("DELETE FROM waiting WHERE id = ANY(\(plan.drained.map(\.metadata.id.rawValue)))")
        }
        if !plan.ahead.isEmpty {
            let early = plan.ahead.map(\.metadata)
            transaction.enqueue(
                """
                INSERT INTO waiting (owner, aggregate, version, id, name, occurred_at, traceparent, cause, body)
                SELECT * FROM unnest(\(early.map(\.owner.rawValue)), \(early.map(\.aggregate.rawValue)),
                                     \(early.map(\.version)), \(early.map(\.id.rawValue)), \(early.map(\.name.rawValue)),
                                     \(early.map(\.time)), \(early.map(\.traceparent)),
                                     \(early.map { $0.cause?.rawValue }), \(plan.ahead.map(\.body)))
                ON CONFLICT DO NOTHING
                """
            )
        }
    }

    /// The name under which a version waits that an operator has thrown away.
    static let discarded: EventName = "dead-letter.discarded"

    /// What stands for a version that was thrown away: it counts, and nothing handles it.
    static func passedOver(_ metadata: EventMetadata) -> Item {
        Item(
            metadata: EventMetadata(
                id: metadata.id,
                name: discarded,
                owner: metadata.owner,
                aggregate: metadata.aggregate,
                version: metadata.version,
                time: metadata.time
            ),
            event: nil,
            body: Array("{}".utf8)
        )
    }

    /// Queues the removal of an event that waits no longer, because it goes its own way.
    static func release(_ id: EventID, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM waiting WHERE id = \(id.rawValue)")
    }

    /// Counts another time that a message was in the hands of a process that died, or is about to be tried alone.
    ///
    /// - Returns: how often it has been tried alone, this time included.
    static func countTrial(_ id: EventID, in transaction: Transaction) async throws -> Int {
        let rows = try await transaction.query(
            """
            INSERT INTO suspects (id, trials) VALUES (\(id.rawValue), 1)
            ON CONFLICT (id) DO UPDATE SET trials = suspects.trials + 1 RETURNING trials
            """
        )
        return try rows.first?.value(at: 0, as: Int.self) ?? 1
    }

    /// Queues the removal of a suspicion that has proved wrong.
    static func acquit(_ id: EventID, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM suspects WHERE id = \(id.rawValue)")
    }
}

/// An event that waits for its turn.
struct WaitingRow: Sendable {
    let metadata: EventMetadata
    let body: [UInt8]
    /// Whether it stands for a version that was thrown away.
    var isPassedOver: Bool { metadata.name == InboxStore.discarded }
    /// Whose order of what it waits in.
    var key: OrderPlan.Key { OrderPlan.Key(owner: metadata.owner, aggregate: metadata.aggregate) }

    init(_ row: Row) throws {
        metadata = EventMetadata(
            id: EventID(rawValue: try row["id", as: UUID.self]),
            name: EventName(rawValue: try row["name", as: String.self]),
            owner: ServiceName(rawValue: try row["owner", as: String.self]),
            aggregate: SuggestionID(rawValue: try row["aggregate", as: UUID.self]),
            version: try row["version", as: Int.self],
            time: try row["occurred_at", as: Timestamp.self],
            traceparent: try row["traceparent", as: String?.self],
            cause: try row["cause", as: UUID?.self].map(EventID.init(rawValue:))
        )
        body = try row["body", as: [UInt8].self]
    }
}
