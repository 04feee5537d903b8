import Threads

/// Declares, checks and browses the broker's objects over one short-lived connection.
package actor BrokerAdministration {
    /// The kinds of exchange (AMQP 0-9-1 §3.1.3).
    package enum ExchangeKind: String, Sendable {
        case topic, direct, fanout
    }

    private let executor = ThreadExecutor(name: "administration")
    private let configuration: BrokerConfiguration
    private var handle: BrokerHandle?
    private var hasConfirms = false

    /// The thread on which the blocking calls wait.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(configuration: BrokerConfiguration) {
        self.configuration = configuration
    }

    deinit { executor.stop() }

    /// Lends a connection to `body` and closes it afterwards; what `body` got and did not acknowledge goes back.
    ///
    /// - Throws: `BrokerError` of the last address when none can be reached; what `body` throws.
    package static func connected<Result: Sendable>(
        _ configuration: BrokerConfiguration,
        _ body: (BrokerAdministration) async throws -> Result
    ) async throws -> Result {
        let administration = BrokerAdministration(configuration: configuration)
        try await administration.open()
        do {
            let result = try await body(administration)
            await administration.close()
            return result
        } catch {
            await administration.close()
            throw error
        }
    }

    /// Declares a durable exchange; harmless when it exists alike.
    ///
    /// - Throws: `BrokerError` with `.refused` when it exists otherwise; the connection is of no more use then.
    package func declareExchange(_ name: String, _ kind: ExchangeKind, arguments: [Header] = []) throws {
        try connected().declareExchange(name, kind: kind.rawValue, passive: false, arguments: arguments)
    }

    /// Declares a durable queue; harmless when it exists alike.
    ///
    /// - Throws: as ``declareExchange(_:_:arguments:)``.
    package func declareQueue(_ name: String, arguments: [Header] = []) throws {
        _ = try connected().declareQueue(name, passive: false, arguments: arguments)
    }

    /// Binds a queue to an exchange.
    ///
    /// - Throws: `BrokerError` with `.refused` when either is missing.
    package func bind(_ queue: String, to exchange: String, key: String) throws {
        try connected().bindQueue(queue, to: exchange, key: key)
    }

    /// Removes a binding; harmless when there is none.
    package func unbind(_ queue: String, from exchange: String, key: String) throws {
        try connected().unbindQueue(queue, from: exchange, key: key)
    }

    /// The number of ready messages of a queue.
    ///
    /// - Throws: `BrokerError` with `.refused` (404) when there is no such queue.
    package func messageCount(of queue: String) throws -> Int {
        try connected().declareQueue(queue, passive: true, arguments: [])
    }

    /// Asks for a queue or an exchange without making it.
    ///
    /// - Throws: `BrokerError` with `.refused` (404) when there is none; the connection is of no more use then.
    package func demandQueue(_ name: String) throws { _ = try messageCount(of: name) }

    /// As ``demandQueue(_:)``.
    package func demandExchange(_ name: String) throws {
        // Of an exchange that is only asked for the broker does not compare the kind.
        try connected().declareExchange(name, kind: ExchangeKind.topic.rawValue, passive: true, arguments: [])
    }

    /// Deletes a queue with everything in it; harmless when there is none.
    package func deleteQueue(_ name: String) throws { try connected().deleteQueue(name) }

    /// Deletes an exchange; harmless when there is none.
    package func deleteExchange(_ name: String) throws { try connected().deleteExchange(name) }

    /// Removes every ready message of a queue.
    package func purge(_ queue: String) throws { try connected().purgeQueue(queue) }

    /// Takes messages out of a queue without acknowledging them, at most `maximum`, oldest first.
    ///
    /// What is not acknowledged goes back when the connection closes, and counts as delivered once more.
    package func get(_ queue: String, maximum: Int) throws -> [Delivery] {
        let handle = try connected()
        var deliveries: [Delivery] = []
        while deliveries.count < maximum, let delivery = try handle.get(queue) { deliveries.append(delivery) }
        return deliveries
    }

    /// Acknowledges a message from ``get(_:maximum:)``.
    package func acknowledge(_ tag: DeliveryTag) throws { try connected().acknowledge(tag.number, multiple: false) }

    /// Publishes one message and waits for its confirm.
    ///
    /// - Throws: `BrokerError`; `.refused` when no queue took it.
    package func publishConfirmed(_ message: OutgoingMessage) throws {
        let handle = try connected()
        if !hasConfirms {
            try handle.selectConfirms()
            hasConfirms = true
        }
        try handle.publishAndWait(message)
    }

    private func open() throws {
        var last = BrokerError(.connectionFailed, "no address")
        for address in configuration.addresses {
            do throws(BrokerError) {
                handle = try BrokerHandle(configuration, address) { _ in }
                return
            } catch {
                last = error
            }
        }
        throw last
    }

    private func close() {
        handle?.close()
        handle = nil
    }

    private func connected() throws -> BrokerHandle {
        guard let handle else { throw BrokerError(.notConnected, "closed") }
        return handle
    }
}
