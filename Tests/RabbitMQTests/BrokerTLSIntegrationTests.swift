import Foundation
import RabbitMQ
import Support
import Testing

/// The link to the broker encrypted: chain and name are checked, and what does not fit ends in an error and in time.
@Suite(.timeLimit(.minutes(5)))
struct BrokerTLSIntegrationTests {
    private let stack = TestStack()

    /// The stack's broker over TLS; its certificate names `localhost` and nothing else.
    private func broker(host: String = "localhost", authority: String? = nil) throws -> BrokerConfiguration {
        var configuration = try stack.broker(port: Int(stack.variable("EBINDA_BROKER_TLS_PORT")))
        configuration.addresses[0].host = host
        configuration.tls = .init(rootCertificateFile: try authority ?? stack.variable("EBINDA_TLS_AUTHORITY"))
        configuration.connectTimeout = .seconds(2)
        return configuration
    }

    private func failure(_ configuration: BrokerConfiguration) async -> BrokerError? {
        let clock = ContinuousClock()
        let start = clock.now
        let error = await #expect(throws: BrokerError.self) {
            try await BrokerAdministration.connected(configuration) { _ in }
        }
        // Twice the configured limit: connecting and logging in have one each.
        #expect(clock.now - start < .seconds(5), "refused in time")
        return error
    }

    @Test func `messages go both ways over a verified link`() async throws {
        let queue = TestStack.uniqueName()
        let broker = try broker()
        try await BrokerAdministration.connected(broker) {
            try await $0.declareQueue(queue, arguments: [Header("x-queue-type", .string("quorum"))])
        }
        let publisher = Publisher(configuration: broker, logger: .silent)
        let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 100, logger: .silent)
        let run = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await publisher.run() }
                group.addTask { await subscriber.run() }
            }
        }
        try await eventually("both are connected") { publisher.status == .ready && subscriber.status == .ready }
        // Beyond one TLS record, and many at once: bytes that OpenSSL has read ahead must not be left lying.
        let sent = (0..<100).map { index in
            OutgoingMessage(exchange: "", routingKey: queue, body: [UInt8](repeating: UInt8(index), count: 20_000))
        }
        let outcomes = await publisher.publish(sent)
        for outcome in outcomes {
            guard case .confirmed = outcome else {
                Issue.record("\(outcome)")
                break
            }
        }
        var bodies: [[UInt8]] = []
        while bodies.count < sent.count {
            let deliveries = try await subscriber.next(maximum: 100)
            bodies += deliveries.map(\.body)
            await subscriber.acknowledge(deliveries.map(\.tag))
        }
        #expect(bodies == sent.map(\.body))
        run.cancel()
        await run.value
        try await BrokerAdministration.connected(broker) { try await $0.deleteQueue(queue) }
    }

    @Test func `a certificate for another name is refused and the name is said to be the reason`() async throws {
        let error = await failure(try broker(host: "127.0.0.1"))
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("hostname") == true, "\(error as Any)")
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        try await TestAuthority.with { file in
            let error = await failure(try broker(authority: file))
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains("verification") == true, "\(error as Any)")
        }
    }

    @Test func `a missing file of authorities is refused before anything is sent`() async throws {
        let error = await failure(try broker(authority: "/nonexistent.pem"))
        #expect(error?.message.contains("root certificates") == true, "\(error as Any)")
    }

    @Test func `plain words to the encrypted port, and encrypted ones to the plain port, end in an error`() async throws
    {
        var plain = try broker()
        plain.tls = nil
        #expect(await failure(plain) != nil)
        var encrypted = try broker()
        encrypted.addresses[0].port = Int(try stack.variable("EBINDA_BROKER_PORT")) ?? 0
        #expect(await failure(encrypted) != nil)
    }

    @Test func `a peer that takes the connection and answers no handshake is given up in time`() async throws {
        let silent = ScriptedBroker()
        var configuration = try broker()
        configuration.addresses[0].port = silent.port
        #expect(await failure(configuration)?.code == .connectionFailed)
        withExtendedLifetime(silent) {}
    }
}
