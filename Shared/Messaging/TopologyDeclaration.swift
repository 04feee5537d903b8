package import Contracts
package import RabbitMQ

extension Topology {
    /// A limit on deliveries that no healthy message reaches, positive because 3.10 takes −1 for «drop at once».
    ///
    /// A backstop alone: a message that has been in the hands of three dying processes is tried by itself, and is parked
    /// long before this.
    private static let deliveryLimit: Int64 = 50
    /// For queues that operators browse: each look counts as a delivery, and no number of looks may drop a message.
    private static let browsingLimit: Int64 = 1_000_000_000

    /// Declares the exchanges that services share; for the account of `ebinda migrate`.
    ///
    /// - Throws: `BrokerError`; `.refused` when an object exists with other arguments.
    package func declareShared(on broker: BrokerAdministration) async throws {
        try await broker.declareExchange(unrouted, .fanout)
        try await broker.declareQueue(
            unrouted,
            arguments: Self.quorum([("x-delivery-limit", .int(Self.browsingLimit))])
        )
        try await broker.bind(unrouted, to: unrouted, key: "")
        try await broker.declareExchange(
            events,
            .topic,
            arguments: [Header("alternate-exchange", .string(unrouted))]
        )
        try await broker.declareExchange(departmentsOut, .direct)
        try await broker.declareExchange(
            departmentsIn,
            .topic,
            arguments: [Header("alternate-exchange", .string(unrouted))]
        )
    }

    /// Declares a service's own queues, its ladder, and its bindings.
    ///
    /// - Throws: as ``declareShared(on:)``.
    package func declare(_ subscription: Subscription, on broker: BrokerAdministration) async throws {
        let service = subscription.service
        let retry = retryExchange(of: service)
        try await broker.declareExchange(retry, .direct)
        try await broker.declareQueue(
            parkedQueue(of: service),
            arguments: Self.quorum([("x-delivery-limit", .int(Self.browsingLimit))])
        )
        try await broker.bind(parkedQueue(of: service), to: retry, key: "parked")
        try await broker.declareQueue(
            workQueue(of: service),
            arguments: Self.quorum([
                ("x-delivery-limit", .int(Self.deliveryLimit)),
                ("x-dead-letter-exchange", .string(retry)),
                ("x-dead-letter-routing-key", .string("parked")),
                ("x-dead-letter-strategy", .string("at-least-once")),
                ("x-max-length", .int(Int64(workQueueLimit))),
            ])
        )
        try await broker.bind(workQueue(of: service), to: retry, key: "work")
        for rung in ladder {
            try await broker.declareQueue(
                retryQueue(of: service, rung),
                arguments: Self.quorum([
                    ("x-message-ttl", .int(rung.milliseconds)),
                    ("x-dead-letter-exchange", .string(retry)),
                    ("x-dead-letter-routing-key", .string("work")),
                    // Without it a message whose work queue is missing at the time is dropped without a trace.
                    ("x-dead-letter-strategy", .string("at-least-once")),
                ])
            )
            try await broker.bind(retryQueue(of: service, rung), to: retry, key: rung.label)
        }
        for owner in subscription.owners {
            try await broker.bind(workQueue(of: service), to: events, key: bindingKey(owner: owner))
        }
        if subscription.keepsSeals { try await broker.bind(workQueue(of: service), to: events, key: "seal.#") }
    }

    /// Deletes what ``declare(_:on:)`` and ``declareShared(on:)`` made; for tests with a namespace of their own.
    package func delete(_ subscriptions: [Subscription], on broker: BrokerAdministration) async throws {
        for service in subscriptions.map(\.service) {
            for queue in [workQueue(of: service), parkedQueue(of: service)]
                + ladder.map({ retryQueue(of: service, $0) })
            {
                try await broker.deleteQueue(queue)
            }
            try await broker.deleteExchange(retryExchange(of: service))
        }
        for exchange in [events, unrouted, departmentsIn, departmentsOut] { try await broker.deleteExchange(exchange) }
        try await broker.deleteQueue(unrouted)
    }

    private static func quorum(_ arguments: [(String, HeaderValue)]) -> [Header] {
        [Header("x-queue-type", .string("quorum")), Header("x-overflow", .string("reject-publish"))]
            + arguments.map { Header($0.0, $0.1) }
    }
}
