package import Contracts
package import Foundation
package import Logging
package import Messaging
package import PostgreSQL
package import RabbitMQ

/// A toy service's world: schema, queues, what was sent, and the law of conservation over all of it.
package struct ToyHarness: Sendable {
    package let stack: TestStack
    package let topology: Topology
    /// Where its database is looked for; a test may add a server.
    package var database: DatabaseConfiguration
    package let broker: BrokerConfiguration
    package let mode: InboxMode

    /// Lends a world of its own and takes it down afterwards.
    package static func with(
        mode: InboxMode = .byID,
        ladder: [Duration] = [.milliseconds(200), .milliseconds(400)],
        workQueueLimit: Int = 1_000_000,
        stack: TestStack = TestStack(),
        broker: BrokerConfiguration? = nil,
        _ body: (ToyHarness) async throws -> Void
    ) async throws {
        // Each world has seven quorum queues and several connections; a broker on two cores serves a few at a time well.
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let topology = Topology(
            namespace: "\(TestStack.uniqueName()).",
            ladder: ladder,
            workQueueLimit: workQueueLimit
        )
        let broker = try broker ?? stack.broker()
        try await stack.withDatabase { name in
            let harness = ToyHarness(
                stack: stack,
                topology: topology,
                database: try stack.database(name, schema: "toy"),
                broker: broker,
                mode: mode
            )
            try await Toy.prepare(topology: topology, database: harness.database, broker: broker)
            do {
                try await body(harness)
            } catch {
                try? await harness.deleteQueues()
                throw error
            }
            try await harness.deleteQueues()
        }
    }

    private init(
        stack: TestStack,
        topology: Topology,
        database: DatabaseConfiguration,
        broker: BrokerConfiguration,
        mode: InboxMode
    ) {
        self.stack = stack
        self.topology = topology
        self.database = database
        self.broker = broker
        self.mode = mode
    }

    private func deleteQueues() async throws {
        try await BrokerAdministration.connected(broker) { try await topology.delete(Toy.subscriptions, on: $0) }
    }

    /// The service in this process, with other addresses for its servers when a proxy stands before them.
    package func toy(
        brokerPort: Int? = nil,
        databasePort: Int? = nil,
        holdLimit: Duration = Consumer.holdLimit,
        logger: Logger = .silent,
        observe: @escaping StepObserver = { _ in },
        changing change: (inout BrokerConfiguration) -> Void = { _ in }
    ) throws -> Toy {
        var (database, broker) = (database, broker)
        if let databasePort { database.hosts[0].port = databasePort }
        if let brokerPort { broker.addresses[0].port = brokerPort }
        change(&broker)
        return Toy(
            topology: topology,
            database: database,
            broker: broker,
            mode: mode,
            holdLimit: holdLimit,
            logger: logger,
            observe: observe
        )
    }

    /// Runs the service in this process while `body` runs.
    package func running(_ toy: Toy, _ body: () async throws -> Void) async throws {
        let run = Task { await toy.run() }
        do {
            try await body()
        } catch {
            run.cancel()
            await run.value
            throw error
        }
        run.cancel()
        await run.value
    }

    /// Starts the service as a process of its own, which kills itself at `step` when that is reached the `count`th time.
    ///
    /// - Parameter variables: of its environment, beside the stack's.
    package func process(
        killAt step: Step? = nil,
        count: Int = 1,
        variables: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "ToyProcess")
        // Tests run from inside the build folder's bundle or beside it, depending on the runner.
        if let url = process.executableURL, !FileManager.default.fileExists(atPath: url.path) {
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appending(path: "ToyProcess")
        }
        var environment = stack.environment.merging(variables) { $1 }
        environment["TOY_NAMESPACE"] = topology.namespace
        environment["TOY_LADDER"] = topology.ladder.map { String($0.milliseconds) }.joined(separator: ",")
        environment["TOY_DATABASE"] = database.database
        environment["TOY_MODE"] = mode == .inOrder ? "inOrder" : "byID"
        environment["TOY_KILL_AT"] = step?.rawValue
        environment["TOY_KILL_COUNT"] = String(count)
        process.environment = environment
        try process.run()
        return process
    }

    /// Sends knocks from the source and returns their ids; each is about an aggregate of its own, version 1.
    @discardableResult
    package func knock(
        _ count: Int,
        behaviour: String? = nil,
        within limit: Duration = .seconds(60)
    ) async throws -> [EventID] {
        let ids = (0..<count).map { _ in EventID.make() }
        try await send(
            try ids.map {
                try Toy.knock(Pinged(behaviour: behaviour), id: $0, topology: topology, account: broker.user)
            },
            within: limit
        )
        return ids
    }

    /// Publishes messages and insists on every confirm.
    package func send(_ messages: [OutgoingMessage], within limit: Duration = .seconds(60)) async throws {
        let source = Publisher(configuration: broker, logger: .silent)
        let run = Task { await source.run() }
        try await eventually("the source is connected") { source.status == .ready }
        var open = messages
        try await eventually("the source's messages are confirmed", within: limit) {
            let outcomes = await source.publish(open)
            open = zip(open, outcomes).filter { if case .confirmed = $0.1 { false } else { true } }.map(\.0)
            return open.isEmpty
        }
        run.cancel()
        await run.value
    }

    /// One integer from the service's schema.
    package func number(_ sql: SQL) async throws -> Int {
        let look = Database(configuration: database, logger: .silent)
        let value = try await look.query(sql)[0].value(at: 0, as: Int.self)
        await look.close()
        return value
    }

    /// The number of ready messages of a queue.
    package func count(_ queue: String) async throws -> Int {
        try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: queue) }
    }

    /// Takes everything out of a queue that is expected to hold `count` messages at least.
    package func take(_ count: Int, from queue: String) async throws -> [Delivery] {
        let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 2_000, logger: .silent)
        let run = Task { await subscriber.run() }
        var deliveries: [Delivery] = []
        while deliveries.count < count {
            let next = try await subscriber.next(maximum: 2_000)
            deliveries += next
            await subscriber.acknowledge(next.map(\.tag))
        }
        run.cancel()
        await run.value
        return deliveries
    }

    /// Waits until every knock has taken effect, then checks that each did exactly once and was told of.
    ///
    /// By their ids: what was sent is what is in the inbox and what lies in the parked queue, and nothing is in both; the outbox is
    /// empty; and what the next consumer got, repeats aside, is one answer to each that took effect.
    package func conserved(_ ids: [EventID], parked: Int = 0, within limit: Duration = .seconds(40)) async throws {
        let expected = ids.count - parked
        try await eventually("\(expected) effects and an empty outbox", within: limit, every: .milliseconds(100)) {
            // A server that a test has just taken down may still be on its way up.
            let effects = (try? await number("SELECT coalesce(sum(count), 0)::int8 FROM effects")) ?? -1
            let outbox = (try? await number("SELECT count(*) FROM outbox")) ?? -1
            return effects >= expected && outbox == 0
        }
        let effects = try await number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
        guard effects == expected else { throw TookTooLong(description: "\(effects) effects of \(expected) knocks") }
        let handled = try await number(
            mode == .byID ? "SELECT count(*) FROM inbox" : "SELECT coalesce(sum(version), 0)::int8 FROM positions"
        )
        guard handled == expected else { throw TookTooLong(description: "\(handled) handled of \(expected) knocks") }
        let held = try await count(topology.parkedQueue(of: .toy))
        guard held == parked else { throw TookTooLong(description: "\(held) parked of \(parked)") }
        let effective = Set(ids.map(\.description)).subtracting(parked > 0 ? try await parkedIDs() : [])
        guard effective.count == expected else {
            throw TookTooLong(description: "\(ids.count - effective.count) of the knocks are parked, not \(parked)")
        }
        if mode == .byID {
            let inbox = try await texts("SELECT id::text FROM inbox")
            guard inbox == effective else { throw different("in the inbox", inbox, effective) }
        }
        // The outbox is empty, so everything is confirmed and in the queue: repeats too, and any of them may come first.
        let sink = topology.workQueue(of: .sink)
        let told = try await take(try await count(sink), from: sink)
        var causes: Set<String> = []
        for case .string(let cause)? in told.map({ $0.properties[header: Envelope.HeaderName.cause] }) {
            causes.insert(cause)
        }
        guard causes == effective else { throw different("told of", causes, effective) }
    }

    private func different(_ what: String, _ found: Set<String>, _ expected: Set<String>) -> TookTooLong {
        let (missing, beyond) = (expected.subtracting(found), found.subtracting(expected))
        return TookTooLong(
            description: "\(found.count) \(what) of \(expected.count); missing \(missing.sorted().prefix(3)), "
                + "beyond \(beyond.sorted().prefix(3))"
        )
    }

    private func parkedIDs() async throws -> Set<String> {
        let letters = DeadLetters(broker: broker, topology: topology, service: .toy)
        let ids = Set(try await letters.list().map(\.id))
        // What was looked at is back once the connection's end has come through.
        let queue = topology.parkedQueue(of: .toy)
        try await eventually("the letters are back") { try await count(queue) >= ids.count }
        return ids
    }

    /// The values of a column of texts.
    private func texts(_ sql: SQL) async throws -> Set<String> {
        let look = Database(configuration: database, logger: .silent)
        let values = try await look.query(sql).map { try $0.value(at: 0, as: String.self) }
        await look.close()
        return Set(values)
    }

    /// Moves what the outbox waits for into the past, as if the time had gone by.
    package func hastenOutbox() async throws {
        _ = try await number(
            """
            WITH moved AS (UPDATE outbox SET not_before = now() - interval '1 second' RETURNING 1)
            SELECT count(*) FROM moved
            """
        )
    }
}
