package import Contracts
package import Logging
package import PostgreSQL
package import RabbitMQ

/// What a service tells and how: its database, its outbox, and the connection on which both its fresh and its left-behind
/// messages leave.
///
/// The one place that wires these parts, so that a service, a toy and a benchmark stand on the same engine.
package struct Engine: Sendable {
    /// The service.
    package let service: ServiceName
    /// The broker's objects.
    package let topology: Topology
    /// The service's schema.
    package let database: Database
    /// Where messages leave.
    package let publisher: Publisher
    /// Commits changes together with what they announce.
    package let outbox: Outbox
    /// Publishes what a crash or a refusal left behind.
    package let relay: Relay
    /// Chains the acts.
    package let sealer: Sealer
    private let gauges: BacklogGauges
    let broker: BrokerConfiguration
    private let logger: Logger
    private let observe: StepObserver

    /// Wires the parts; nothing is connected yet.
    ///
    /// - Parameter account: under whose account messages go, where that is not the connection's own: an operator's, who
    ///   speaks for the service and must bear the tag `impersonator`.
    package init(
        service: ServiceName,
        topology: Topology,
        database: DatabaseConfiguration,
        broker: BrokerConfiguration,
        account: String? = nil,
        logger: Logger,
        observe: @escaping StepObserver = { _ in }
    ) {
        self.service = service
        self.topology = topology
        self.broker = broker
        self.logger = logger
        self.observe = observe
        self.database = Database(configuration: database, logger: logger)
        publisher = Publisher(configuration: broker, logger: logger)
        outbox = Outbox(
            database: self.database,
            publisher: publisher,
            topology: topology,
            service: service,
            account: account ?? broker.user,
            logger: logger,
            observe: observe
        )
        relay = Relay(outbox: outbox, logger: logger, observe: observe)
        sealer = Sealer(outbox: outbox, logger: logger)
        gauges = BacklogGauges(of: service, database: self.database, broker: broker, topology: topology)
    }

    /// Runs until cancelled; then what is in memory leaves, and the connections close.
    ///
    /// - Parameter seals: whether this process takes part in chaining the acts.
    package func run(seals: Bool = true) async {
        // A task of its own: cancellation must reach the connection only after the outbox has drained through it.
        let connection = Task { await publisher.run() }
        await withDiscardingTaskGroup { group in
            group.addTask { await outbox.run() }
            group.addTask { await relay.run() }
            group.addTask { await gauges.run() }
            if seals { group.addTask { await sealer.run() } }
        }
        connection.cancel()
        await connection.value
        await database.close()
    }

    /// The consumer of the service's work queue.
    ///
    /// - Parameters:
    ///   - handlers: one an event name.
    ///   - follower: takes what it names in whole batches.
    ///   - known: names whose versions count here and nothing else.
    ///   - singles: names of owners whose order is not kept here, each message known by its id.
    ///   - holdLimit: how long an outage is sat out with deliveries in hand.
    ///   - senderAccount: the account under which a service publishes.
    package func consumption(
        of handlers: [any Handler],
        follower: (any Follower)? = nil,
        known: Set<EventName> = [],
        singles: Set<EventName> = [],
        mode: InboxMode = .inOrder,
        holdLimit: Duration = Consumer.holdLimit,
        senderAccount: @escaping @Sendable (ServiceName) -> String = { $0.rawValue }
    ) -> Consumption {
        consumption(
            from: [topology.workQueue(of: service)],
            prefetch: Consumer.prefetch,
            handlers,
            follower: follower,
            known: known,
            singles: singles,
            mode: mode,
            holdLimit: holdLimit,
            senderAccount: senderAccount
        )
    }

    /// The consumer of what departments send, a queue each.
    ///
    /// - Parameters:
    ///   - departments: whose queues there are; at least one.
    ///   - prefetch: the most messages of one department in hand at a time.
    ///   - share: how many of them a batch takes, so that a flood hurts its sender alone.
    ///   - handler: gets what arrives together, each message once.
    package func correspondence(
        with departments: [DepartmentCode],
        prefetch: Int = 100,
        share: Int = 16,
        handler: some Handler<Letter>
    ) -> Consumption {
        consumption(
            from: departments.map { topology.departmentInbox(of: $0.rawValue) },
            prefetch: prefetch,
            share: share,
            [handler],
            mode: .byID
        )
    }

    private func consumption(
        from queues: [String],
        prefetch: Int,
        share: Int? = nil,
        _ handlers: [any Handler],
        follower: (any Follower)? = nil,
        known: Set<EventName> = [],
        singles: Set<EventName> = [],
        mode: InboxMode,
        holdLimit: Duration = Consumer.holdLimit,
        senderAccount: @escaping @Sendable (ServiceName) -> String = { $0.rawValue }
    ) -> Consumption {
        let subscriber = Subscriber(
            configuration: broker,
            queues: queues,
            prefetch: prefetch,
            share: share,
            logger: logger
        )
        return Consumption(
            subscriber: subscriber,
            consumer: Consumer(
                outbox: outbox,
                subscriber: subscriber,
                handlers: handlers,
                follower: follower,
                known: known,
                singles: singles,
                mode: mode,
                holdLimit: holdLimit,
                senderAccount: senderAccount,
                logger: logger,
                observe: observe
            )
        )
    }
}

/// A consumer with the connection it listens on.
package struct Consumption: Sendable {
    /// Where deliveries arrive.
    package let subscriber: Subscriber
    /// What handles them.
    package let consumer: Consumer

    /// Consumes until cancelled: takes nothing more, finishes what it has, acknowledges, closes.
    package func run() async {
        // A task of its own: cancellation must reach the connection only after what is in hand is acknowledged through it.
        let connection = Task { await subscriber.run() }
        await consumer.run()
        connection.cancel()
        await connection.value
    }
}
