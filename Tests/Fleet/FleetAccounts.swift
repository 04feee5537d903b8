package import Contracts
import Foundation
import Messaging
package import PostgreSQL
import RabbitMQ
import Support

/// Looks into a fleet's schemas and queues: what was sent, stored, routed, answered and shown.
extension Fleet {
    /// One integer from a service's schema.
    package func number(_ sql: SQL, of service: ServiceName) async throws -> Int {
        try await look(service) { try await $0.query(sql)[0].value(at: 0, as: Int.self) }
    }

    /// One text from a service's schema.
    package func text(_ sql: SQL, of service: ServiceName) async throws -> String {
        try await look(service) { try await $0.query(sql)[0].value(at: 0, as: String.self) }
    }

    /// Lends a connection to a service's schema.
    ///
    /// - Parameter isLong: whether it is for statements that read or write much of a table, and may take minutes.
    package func look<Result>(
        _ service: ServiceName,
        atMuch isLong: Bool = false,
        _ body: (Database) async throws -> Result
    ) async throws -> Result {
        var configuration = try stack.database(databaseName, schema: service.rawValue, poolSize: 1)
        if isLong { (configuration.planning, configuration.statementTimeout) = (.byStatistics, .seconds(1_800)) }
        let database = Database(configuration: configuration, logger: .silent)
        do {
            let result = try await body(database)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }

    /// What lies in any service's queue or table on its way; an empty text when nothing does.
    package func pending() async throws -> String {
        var lines: [String] = []
        for service in ServiceName.all {
            let outbox = try await number("SELECT count(*) FROM outbox", of: service)
            let waiting = try await number("SELECT count(*) FROM waiting", of: service)
            if outbox > 0 { lines.append("\(service): \(outbox) in the outbox") }
            if waiting > 0 { lines.append("\(service): \(waiting) wait for their turn") }
        }
        var queues = Subscription.all.map(\.service).flatMap { service in
            [topology.workQueue(of: service)] + topology.ladder.map { topology.retryQueue(of: service, $0) }
        }
        queues += departments.flatMap {
            [topology.departmentQueue(of: $0.rawValue), topology.departmentInbox(of: $0.rawValue)]
        }
        lines += try await lengths(of: queues)
        return lines.joined(separator: "; ")
    }

    /// The queues, of those with what was set aside, that hold something.
    package func parked() async throws -> [String] {
        try await lengths(of: Subscription.all.map { topology.parkedQueue(of: $0.service) } + [topology.unrouted])
    }

    private func lengths(of queues: [String]) async throws -> [String] {
        try await BrokerAdministration.connected(broker) { broker in
            var lines: [String] = []
            for queue in queues {
                let count = try await broker.messageCount(of: queue)
                if count > 0 { lines.append("\(queue): \(count)") }
            }
            return lines
        }
    }
}
