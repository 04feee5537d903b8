extension BrokerAdministration {
    /// Takes messages out of a queue for good, oldest first.
    ///
    /// A quorum queue forgets acknowledgements that its channel still holds back when it ends, which it does from some thirty on
    /// that are on their way; those messages come back (rabbitmq-server, issue 10327). So the queue is looked at again, over a new
    /// connection each time, until none of them lies there. Every look counts as a delivery of what stays.
    ///
    /// - Parameters:
    ///   - queue: where they lie.
    ///   - maximum: looks at no more than so many; their bodies are in memory meanwhile.
    ///   - configuration: the broker.
    ///   - check: sees all that were found before the first is taken.
    ///   - choose: whether a message goes; it is acknowledged as soon as this says so.
    /// - Returns: what was taken.
    /// - Throws: `BrokerError`; what `check` and `choose` throw: what was not yet chosen stays then.
    package static func take(
        from queue: String,
        upTo maximum: Int,
        over configuration: BrokerConfiguration,
        checking check: ([Delivery]) throws -> Void = { _ in },
        where choose: (Delivery, BrokerAdministration) async throws -> Bool = { _, _ in true }
    ) async throws -> [Delivery] {
        let taken = try await connected(configuration) { administration in
            let found = try await administration.get(queue, maximum: maximum)
            try check(found)
            var taken: [Delivery] = []
            for delivery in found where try await choose(delivery, administration) {
                try await administration.acknowledge(delivery.tag)
                taken.append(delivery)
            }
            return taken
        }
        let gone = Set(taken.map(\.message))
        while !gone.isEmpty {
            let returned = try await connected(configuration) { administration in
                let returned = try await administration.get(queue, maximum: maximum).filter {
                    $0.isRedelivered && gone.contains($0.message)
                }
                for delivery in returned { try await administration.acknowledge(delivery.tag) }
                return returned.count
            }
            if returned == 0 { break }
        }
        return taken
    }
}

extension Delivery {
    /// What is the same each time a message is delivered.
    fileprivate var message: OutgoingMessage {
        var properties = properties
        // Kept by the queue for each message: deliveries, and since 4.0 those of them that were not failures.
        properties.headers.removeAll { $0.name == "x-delivery-count" || $0.name == "x-acquired-count" }
        return OutgoingMessage(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
    }
}
