import Foundation
import PostgreSQL
import Support
import Testing

/// A client's certificate logs in, and no password does: mutual TLS with the database.
@Suite(.timeLimit(.minutes(5)))
struct DatabaseCertificateIntegrationTests {
    /// The role that the stack's server lets in by certificate alone.
    private static let role = "certified"
    private let stack = TestStack()

    private func configuration(_ certificate: String?, _ key: String?) throws -> DatabaseConfiguration {
        var configuration = try stack.database("postgres", poolSize: 1)
        configuration.hosts[0].name = "localhost"
        (configuration.user, configuration.password) = (Self.role, "wrong")
        configuration.tls = .init(
            rootCertificateFile: try stack.variable("EBINDA_TLS_AUTHORITY"),
            certificateFile: certificate,
            keyFile: key
        )
        return configuration
    }

    private func makeRole() async throws {
        let database = Database(configuration: try stack.database("postgres", poolSize: 1), logger: .silent)
        try await database.runScript(
            """
            DO $$ BEGIN CREATE ROLE \(Self.role) LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
            """
        )
        await database.close()
    }

    @Test func `a certificate of the authority is its role, without a password`() async throws {
        try await makeRole()
        let authority = try stack.variable("EBINDA_TLS_AUTHORITY")
        try await TestAuthority.certificate(for: Self.role, by: authority) { certificate, key in
            let database = Database(configuration: try configuration(certificate, key), logger: .silent)
            let rows = try await database.query(
                "SELECT current_user::text AS role, client_dn::text AS name FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            )
            #expect(try rows[0]["role", as: String.self] == Self.role)
            #expect(try rows[0]["name", as: String.self] == "/CN=\(Self.role)")
            await database.close()
        }
    }

    @Test func `another's certificate, another authority's, and none are refused`() async throws {
        try await makeRole()
        let authority = try stack.variable("EBINDA_TLS_AUTHORITY")
        try await TestAuthority.certificate(for: "another", by: authority) { try await refused(configuration($0, $1)) }
        try await TestAuthority.with { foreign in
            try await TestAuthority.certificate(for: Self.role, by: foreign) {
                try await refused(configuration($0, $1))
            }
        }
        try await refused(configuration(nil, nil))
    }

    private func refused(_ configuration: DatabaseConfiguration) async throws {
        let database = Database(configuration: configuration, logger: .silent)
        let error = await #expect(throws: DatabaseError.self) { try await database.query("SELECT 1::int8") }
        #expect(error?.isInfrastructure == true, "\(error as Any)")
        await database.close()
    }
}
