package import Contracts
package import Messaging
package import PostgreSQL
package import RabbitMQ

/// A world for real services: a database of its own with a schema each, and queues under a name of its own.
package struct ServiceWorld: Sendable {
    private let stack: TestStack
    private let databaseName: String
    /// The broker's objects.
    package let topology: Topology
    /// The stack's account, which every service shares here.
    package let broker: BrokerConfiguration

    /// Lends a world in which these services are migrated, and takes it down afterwards.
    ///
    /// - Parameters:
    ///   - services: their migrations beside Messaging's.
    ///   - departments: those that have queues.
    ///   - stack: the servers.
    ///   - queues: whether there are any queues; what answers over HTTP alone wants none.
    package static func with(
        _ services: [ServiceName: [Migration]],
        departments: [DepartmentCode] = [],
        stack: TestStack = TestStack(),
        queues: Bool = true,
        _ body: (ServiceWorld) async throws -> Void
    ) async throws {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let broker = try stack.broker()
        let topology = Topology(
            namespace: "\(TestStack.uniqueName()).",
            ladder: [.milliseconds(200), .milliseconds(400)]
        )
        let subscriptions = services.keys.sorted().compactMap(Subscription.of)
        try await stack.withDatabase { name in
            let world = ServiceWorld(stack: stack, databaseName: name, topology: topology, broker: broker)
            for (service, migrations) in services {
                let database = Database(configuration: try stack.database(name), logger: .silent)
                _ = try await Migrator(database: database, schema: service.rawValue)
                    .migrate(Migration.messaging + migrations)
                await database.close()
            }
            guard queues else {
                try await body(world)
                return try await world.checkActs(of: services.keys.sorted())
            }
            try await BrokerAdministration.connected(broker) { broker in
                try await topology.declareShared(on: broker)
                for subscription in subscriptions { try await topology.declare(subscription, on: broker) }
                for department in departments { try await topology.declareDepartment(department, on: broker) }
            }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
            try await BrokerAdministration.connected(broker) { broker in
                try await topology.delete(subscriptions, on: broker)
                for department in departments {
                    try await broker.deleteQueue(topology.departmentQueue(of: department.rawValue))
                    try await broker.deleteQueue(topology.departmentInbox(of: department.rawValue))
                }
            }
            try outcome.get()
            try await world.checkActs(of: services.keys.sorted())
        }
    }

    /// Whatever a test has done, what people have done in it stands under a right of the table.
    private func checkActs(of services: [ServiceName]) async throws {
        for service in services {
            let database = Database(
                configuration: try stack.database(databaseName, schema: service.rawValue, poolSize: 1),
                logger: .silent
            )
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await ActedRights.check(in: database)) } catch { outcome = .failure(error) }
            await database.close()
            try outcome.get()
        }
    }

    /// A service's engine.
    package func engine(_ service: ServiceName) throws -> Engine {
        Engine(
            service: service,
            topology: topology,
            database: try stack.database(databaseName, schema: service.rawValue),
            broker: broker,
            logger: .silent
        )
    }

    /// Runs parts of services while `body` runs, then ends them in the order given.
    package func running(
        _ parts: [@Sendable () async -> Void],
        _ body: () async throws -> Void
    ) async throws {
        let tasks = parts.map { part in Task { await part() } }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        for task in tasks {
            task.cancel()
            await task.value
        }
        try outcome.get()
    }

    /// Publishes events as their owners would, each under the version given.
    package func tell(_ events: [OutgoingMessage]) async throws {
        try await BrokerAdministration.connected(broker) { broker in
            for event in events { try await broker.publishConfirmed(event) }
        }
    }

    /// The message of an event.
    package func message<Body: Event>(
        _ body: Body,
        about suggestion: SuggestionID,
        version: Int,
        id: EventID = .make()
    ) throws -> OutgoingMessage {
        Envelope.message(
            EventMetadata(
                id: id,
                name: Body.name,
                owner: Body.owner,
                aggregate: suggestion,
                version: version,
                time: .now
            ),
            body: try EventCoding.encode(body),
            exchange: topology.events,
            routingKey: topology.routingKey(owner: Body.owner, name: Body.name),
            isMandatory: false,
            account: broker.user
        )
    }

    /// One integer from a service's schema.
    package func number(_ sql: SQL, of service: ServiceName) async throws -> Int {
        let database = Database(
            configuration: try stack.database(databaseName, schema: service.rawValue, poolSize: 1),
            logger: .silent
        )
        do {
            let value = try await database.query(sql)[0].value(at: 0, as: Int.self)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Takes messages until so many different ones have come, the first of each.
    ///
    /// A relay sends anew what it has no confirm for in time, as it must: a queue holds each message at least once,
    /// and it is the reader's inbox that makes it once.
    ///
    /// - Parameter type: messages of other types are taken too, and left out; nil for any.
    package func takeDifferent(_ count: Int, of type: EventName? = nil, from queue: String) async throws -> [Delivery] {
        var (taken, seen): ([Delivery], Set<String?>) = ([], [])
        while taken.count < count {
            for delivery in try await take(1, upTo: count, from: queue) {
                guard type.map({ $0.rawValue == delivery.properties.type }) ?? true else { continue }
                if seen.insert(delivery.properties.messageID).inserted { taken.append(delivery) }
            }
        }
        return taken
    }

    /// Takes what lies in a queue, acknowledged.
    package func take(_ count: Int, from queue: String) async throws -> [Delivery] {
        try await take(count, upTo: count, from: queue)
    }

    private func take(_ count: Int, upTo most: Int, from queue: String) async throws -> [Delivery] {
        var taken: [Delivery] = []
        try await eventually("\(count) messages in \(queue)") {
            taken += try await BrokerAdministration.take(from: queue, upTo: most - taken.count, over: broker)
            return taken.count >= count
        }
        return taken
    }
}
