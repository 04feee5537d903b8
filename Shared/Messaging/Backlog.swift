package import Contracts
import Foundation
package import PostgreSQL
package import RabbitMQ

/// How much of a service's work lies where, and since when: what an operator asks first.
package struct Backlog: Sendable {
    /// What the service's schema holds.
    package struct Stored: Sendable {
        /// Announcements that the broker has not confirmed, and when the oldest was made.
        package let outbox: (count: Int, oldest: Timestamp?)
        /// Events that came before their turn, and since when the oldest waits.
        package let waiting: (count: Int, oldest: Timestamp?)
        /// Acts that no seal covers yet.
        package let unsealed: Int

        /// Reads a service's schema.
        ///
        /// - Throws: `DatabaseError`.
        package static func of(_ database: Database) async throws -> Stored {
            let rows = try await database.query(
                """
                SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT min(occurred_at) FROM outbox) AS outbox_oldest,
                       (SELECT count(*) FROM waiting) AS waiting, (SELECT min(waiting_since) FROM waiting) AS waiting_oldest,
                       (SELECT count(*) FROM acts
                        WHERE (era, xid, id) > (coalesce((SELECT last_era FROM seals ORDER BY number DESC LIMIT 1), 0),
                                                coalesce((SELECT last_xid FROM seals ORDER BY number DESC LIMIT 1), '0'::xid8),
                                                coalesce((SELECT last_id FROM seals ORDER BY number DESC LIMIT 1), \(UUID.least)))
                       ) AS unsealed
                """
            )
            let row = rows[0]
            return Stored(
                outbox: (try row["outbox", as: Int.self], try row["outbox_oldest", as: Timestamp?.self]),
                waiting: (try row["waiting", as: Int.self], try row["waiting_oldest", as: Timestamp?.self]),
                unsealed: try row["unsealed", as: Int.self]
            )
        }
    }

    /// Messages that one place refuses and the outbox holds for it.
    package struct Held: Sendable {
        /// Where they are to go: of a department's messages its code.
        package let routingKey: String
        /// How many.
        package let count: Int
        /// When the oldest was made.
        package let oldest: Timestamp

        /// What a service's outbox holds for each place of an exchange that has refused it, the longest held first.
        ///
        /// - Throws: `DatabaseError`.
        package static func of(_ database: Database, exchange: String) async throws -> [Held] {
            try await database.query(
                """
                SELECT routing_key, count(*) AS count, min(occurred_at) AS oldest FROM outbox
                WHERE exchange = \(exchange) AND attempts > 0 GROUP BY routing_key ORDER BY oldest
                """
            ).map { row in
                Held(
                    routingKey: try row["routing_key", as: String.self],
                    count: try row["count", as: Int.self],
                    oldest: try row["oldest", as: Timestamp.self]
                )
            }
        }
    }

    /// What the service's queues hold.
    package struct Queued: Sendable {
        /// Messages in the work queue.
        package let work: Int
        /// Messages that an operator must decide about.
        package let parked: Int
        /// Messages resting on the ladder's rungs.
        package let retrying: Int

        /// Counts a service's queues.
        ///
        /// - Throws: `BrokerError`; `.refused` when a queue is missing.
        package static func of(
            _ service: ServiceName,
            broker: BrokerConfiguration,
            topology: Topology
        ) async throws -> Queued {
            // It listens to nobody, and has no queues.
            if ServiceName.all.contains(service), Subscription.of(service) == nil {
                return Queued(work: 0, parked: 0, retrying: 0)
            }
            return try await BrokerAdministration.connected(broker) { broker in
                var retrying = 0
                for rung in topology.ladder {
                    retrying += try await broker.messageCount(of: topology.retryQueue(of: service, rung))
                }
                return Queued(
                    work: try await broker.messageCount(of: topology.workQueue(of: service)),
                    parked: try await broker.messageCount(of: topology.parkedQueue(of: service)),
                    retrying: retrying
                )
            }
        }
    }

    private let stored: Stored
    private let queued: Queued

    /// As ``Stored/outbox``.
    package var outbox: (count: Int, oldest: Timestamp?) { stored.outbox }
    /// As ``Stored/waiting``.
    package var waiting: (count: Int, oldest: Timestamp?) { stored.waiting }
    /// As ``Stored/unsealed``.
    package var unsealed: Int { stored.unsealed }
    /// As ``Queued/work``.
    package var work: Int { queued.work }
    /// As ``Queued/parked``.
    package var parked: Int { queued.parked }
    /// As ``Queued/retrying``.
    package var retrying: Int { queued.retrying }

    /// Reads a service's schema and queues.
    ///
    /// - Throws: `DatabaseError`, `BrokerError`; `.refused` when a queue is missing.
    package static func of(
        _ service: ServiceName,
        database: Database,
        broker: BrokerConfiguration,
        topology: Topology
    ) async throws -> Backlog {
        Backlog(
            stored: try await Stored.of(database),
            queued: try await Queued.of(service, broker: broker, topology: topology)
        )
    }

    /// Messages that no queue was bound for: each is one too many.
    ///
    /// - Throws: `BrokerError`.
    package static func unrouted(broker: BrokerConfiguration, topology: Topology) async throws -> Int {
        try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: topology.unrouted) }
    }
}
