package import Contracts
import Foundation
package import PostgreSQL
package import RabbitMQ

/// How much of a service's work lies where, and since when: what an operator asks first.
package struct Backlog: Sendable {
    /// Announcements that the broker has not confirmed, and when the oldest was made.
    package let outbox: (count: Int, oldest: Timestamp?)
    /// Events that came before their turn, and since when the oldest waits.
    package let waiting: (count: Int, oldest: Timestamp?)
    /// Acts that no seal covers yet.
    package let unsealed: Int
    /// Messages in the work queue.
    package let work: Int
    /// Messages that an operator must decide about.
    package let parked: Int
    /// Messages resting on the ladder's rungs.
    package let retrying: Int

    /// Reads a service's schema and queues.
    ///
    /// - Throws: `DatabaseError`, `BrokerError`; `.refused` when a queue is missing.
    package static func of(
        _ service: ServiceName,
        database: Database,
        broker: BrokerConfiguration,
        topology: Topology
    ) async throws -> Backlog {
        let rows = try await database.query(
            """
            SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT min(occurred_at) FROM outbox) AS outbox_oldest,
                   (SELECT count(*) FROM waiting) AS waiting, (SELECT min(waiting_since) FROM waiting) AS waiting_oldest,
                   (SELECT count(*) FROM acts
                    WHERE (xid, id) > (coalesce((SELECT last_xid FROM seals ORDER BY number DESC LIMIT 1), '0'::xid8),
                                       coalesce((SELECT last_id FROM seals ORDER BY number DESC LIMIT 1), \(UUID.least)))
                   ) AS unsealed
            """
        )
        let row = rows[0]
        let counts = try await BrokerAdministration.connected(broker) { broker in
            var retrying = 0
            for rung in topology.ladder {
                retrying += try await broker.messageCount(of: topology.retryQueue(of: service, rung))
            }
            return (
                work: try await broker.messageCount(of: topology.workQueue(of: service)),
                parked: try await broker.messageCount(of: topology.parkedQueue(of: service)),
                retrying: retrying
            )
        }
        return Backlog(
            outbox: (try row["outbox", as: Int.self], try row["outbox_oldest", as: Timestamp?.self]),
            waiting: (try row["waiting", as: Int.self], try row["waiting_oldest", as: Timestamp?.self]),
            unsealed: try row["unsealed", as: Int.self],
            work: counts.work,
            parked: counts.parked,
            retrying: counts.retrying
        )
    }

    /// Messages that no queue was bound for: each is one too many.
    ///
    /// - Throws: `BrokerError`.
    package static func unrouted(broker: BrokerConfiguration, topology: Topology) async throws -> Int {
        try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: topology.unrouted) }
    }
}
