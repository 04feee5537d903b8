import Foundation
import RabbitMQ
import Support
import Testing

/// A client's certificate logs in, and no password does (SASL EXTERNAL): mutual TLS with the broker.
@Suite(.timeLimit(.minutes(5)))
struct BrokerCertificateIntegrationTests {
    private let stack = TestStack()

    /// The broker over TLS, for whoever a certificate names.
    private func broker(_ certificate: String?, _ key: String?) throws -> BrokerConfiguration {
        var configuration = try stack.broker(port: Int(stack.variable("EBINDA_BROKER_TLS_PORT")))
        configuration.addresses[0].host = "localhost"
        configuration.tls = .init(
            rootCertificateFile: try stack.variable("EBINDA_TLS_AUTHORITY"),
            certificateFile: certificate,
            keyFile: key,
            logsIn: true
        )
        // No password could be right.
        configuration.password = "wrong"
        configuration.connectTimeout = .seconds(5)
        return configuration
    }

    @Test func `a certificate of the authority is its account, without a password`() async throws {
        let account = try stack.account
        let queue = TestStack.uniqueName()
        let authority = try stack.variable("EBINDA_TLS_AUTHORITY")
        try await TestAuthority.certificate(for: account, by: authority) { certificate, key in
            let configuration = try broker(certificate, key)
            try await BrokerAdministration.connected(configuration) { broker in
                try await broker.declareQueue(queue, arguments: [Header("x-queue-type", .string("quorum"))])
                try await broker.publishConfirmed(
                    OutgoingMessage(
                        exchange: "",
                        routingKey: queue,
                        // The broker holds it against the account that the certificate names.
                        properties: MessageProperties(userID: account),
                        body: [1]
                    )
                )
                try await broker.deleteQueue(queue)
            }
        }
    }

    @Test func `a certificate that names nobody, or none at all, is refused`() async throws {
        let authority = try stack.variable("EBINDA_TLS_AUTHORITY")
        try await TestAuthority.certificate(for: "nobody-\(TestStack.uniqueName())", by: authority) {
            certificate,
            key in
            let configuration = try broker(certificate, key)
            let error = await #expect(throws: BrokerError.self) {
                try await BrokerAdministration.connected(configuration) { _ in }
            }
            #expect(error?.code == .authenticationFailed, "\(error as Any)")
        }
        let bare = try broker(nil, nil)
        let error = await #expect(throws: BrokerError.self) {
            try await BrokerAdministration.connected(bare) { _ in }
        }
        #expect(error != nil)
    }

    @Test func `a certificate of another authority is refused before anything is said`() async throws {
        let account = try stack.account
        try await TestAuthority.with { authority in
            try await TestAuthority.certificate(for: account, by: authority) { certificate, key in
                let configuration = try broker(certificate, key)
                let error = await #expect(throws: BrokerError.self) {
                    try await BrokerAdministration.connected(configuration) { _ in }
                }
                #expect(
                    error.map { [.connectionFailed, .connectionLost].contains($0.code) } == true,
                    "\(error as Any)"
                )
            }
        }
    }
}
