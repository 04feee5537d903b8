import Foundation
import PostgreSQL
import Support
import Testing

/// The link to the database encrypted: chain and name are checked, and what does not fit ends in an error and in time.
@Suite(.timeLimit(.minutes(5)))
struct DatabaseTLSIntegrationTests {
    private let stack = TestStack()

    /// The stack's server over TLS; its certificate names `localhost` and nothing else.
    private func configuration(host: String = "localhost", authority: String? = nil) throws -> DatabaseConfiguration {
        var configuration = try stack.database("postgres", poolSize: 1)
        configuration.hosts[0].name = host
        configuration.tls = .init(rootCertificateFile: try authority ?? stack.variable("EBINDA_TLS_AUTHORITY"))
        configuration.connectTimeout = .seconds(2)
        return configuration
    }

    private func failure(_ configuration: DatabaseConfiguration) async -> DatabaseError? {
        let clock = ContinuousClock()
        let start = clock.now
        let database = Database(configuration: configuration, logger: .silent)
        let error = await #expect(throws: DatabaseError.self) { try await database.query("SELECT 1::int8") }
        #expect(clock.now - start < .seconds(4), "refused in time")
        #expect(error?.isInfrastructure == true, "waiting, not parking, is the answer to it")
        return error
    }

    @Test func `a verified link is encrypted and carries transactions of any size`() async throws {
        let database = Database(configuration: try configuration(), logger: .silent)
        let version = try await database.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
        #expect(try version[0].value(at: 0, as: String.self).hasPrefix("TLSv1."))
        // Beyond one TLS record both ways: bytes that OpenSSL has read ahead must not be left lying.
        let texts = (0..<200).map { String(repeating: "滨江\($0)", count: 1_000) }
        let rows = try await database.transaction { transaction in
            try await transaction.query("SELECT text FROM unnest(\(texts)) AS row (text)")
        }
        #expect(try rows.map { try $0.value(at: 0, as: String.self) } == texts)
        await database.close()
    }

    @Test func `a certificate for another name is refused and both names are said`() async throws {
        let error = await failure(try configuration(host: "127.0.0.1"))
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("does not match host name") == true, "\(error as Any)")
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        try await TestAuthority.with { file in
            let error = await failure(try configuration(authority: file))
            #expect(error?.message.contains("certificate verify failed") == true, "\(error as Any)")
        }
    }

    @Test func `a missing file of authorities is refused`() async throws {
        let error = await failure(try configuration(authority: "/nonexistent.pem"))
        #expect(error?.message.contains("root certificate file") == true, "\(error as Any)")
    }

    @Test
    func `plain words to a port that speaks TLS alone, and an encrypted hello to one that does not, end in an error`()
        async throws
    {
        var plain = try configuration()
        plain.tls = nil
        plain.hosts[0].port = Int(try stack.variable("EBINDA_BROKER_TLS_PORT")) ?? 0
        #expect(await failure(plain)?.code == .connectionFailed)
        var encrypted = try configuration()
        encrypted.hosts[0].port = Int(try stack.variable("EBINDA_BROKER_PORT")) ?? 0
        #expect(await failure(encrypted)?.code == .connectionFailed)
    }

    @Test func `a peer that takes the connection and says nothing is given up in time`() async throws {
        let proxy = TCPProxy(to: Int(try stack.variable("EBINDA_DATABASE_PORT")) ?? 0)
        defer { proxy.close() }
        proxy.pause()
        var configuration = try configuration()
        configuration.hosts[0].port = proxy.port
        #expect(await failure(configuration)?.code == .connectionFailed)
    }
}
