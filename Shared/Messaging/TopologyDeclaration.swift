package import Contracts
package import RabbitMQ

extension Topology {
    /// Declares the exchanges that services share; for the account of `ebinda migrate`.
    ///
    /// - Throws: `BrokerError`; `.refused` when an object exists with other arguments.
    package func declareShared(on broker: BrokerAdministration) async throws {
        try await broker.declareExchange(unrouted, .fanout)
        try await broker.declareQueue(unrouted, arguments: Self.headers(QueueArguments.browsed))
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
        try await broker.declareQueue(parkedQueue(of: service), arguments: Self.headers(QueueArguments.browsed))
        try await broker.bind(parkedQueue(of: service), to: retry, key: "parked")
        try await broker.declareQueue(
            workQueue(of: service),
            arguments: Self.headers(QueueArguments.work(retryExchange: retry, limit: workQueueLimit))
        )
        try await broker.bind(workQueue(of: service), to: retry, key: "work")
        for rung in ladder {
            try await broker.declareQueue(
                retryQueue(of: service, rung),
                arguments: Self.headers(QueueArguments.rung(rung, retryExchange: retry))
            )
            try await broker.bind(retryQueue(of: service, rung), to: retry, key: rung.label)
        }
        for owner in subscription.owners {
            try await broker.bind(workQueue(of: service), to: events, key: bindingKey(owner: owner))
        }
        for kind in subscription.kinds {
            let key = routingKey(owner: kind.owner, name: kind.name)
            try await broker.bind(workQueue(of: service), to: events, key: key)
        }
        // Where an earlier version heard everything of an owner.
        for owner in Set(subscription.kinds.map(\.owner)).subtracting(subscription.owners) {
            try await broker.unbind(workQueue(of: service), from: events, key: bindingKey(owner: owner))
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

    /// Declares a department's queue, and the one that keeps its messages apart from every other's.
    ///
    /// - Throws: as ``declareShared(on:)``.
    package func declareDepartment(_ code: DepartmentCode, on broker: BrokerAdministration) async throws {
        let (queue, inbox) = (departmentQueue(of: code.rawValue), departmentInbox(of: code.rawValue))
        try await broker.declareQueue(queue, arguments: Self.headers(QueueArguments.department))
        try await broker.bind(queue, to: departmentsOut, key: code.rawValue)
        try await broker.declareQueue(
            inbox,
            arguments: Self.headers(QueueArguments.departmentInbox(retryExchange: retryExchange(of: .replies)))
        )
        // Of any number of words: what is misspelled comes to its department's own letters and is answered there.
        try await broker.bind(inbox, to: departmentsIn, key: "\(code).#")
        try await broker.unbind(inbox, from: departmentsIn, key: "\(code).*")
    }

    private static func headers(_ arguments: [(String, JSONValue)]) -> [Header] {
        arguments.compactMap { name, value in
            switch value {
            case .string(let text): Header(name, .string(text))
            case .integer(let number): Header(name, .int(Int64(number)))
            // No argument of a queue is anything else.
            case .boolean, .array, .object, .written: nil
            }
        }
    }
}
