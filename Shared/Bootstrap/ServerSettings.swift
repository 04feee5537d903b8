package import PostgreSQL
package import RabbitMQ

extension DatabaseConfiguration {
    /// Reads the section of the database.
    ///
    /// - `host` (text, `127.0.0.1`): a host, or several with commas; then the one that takes writes is used.
    /// - `port` (number, `5432`): the port of all of them.
    /// - `name` (text, `ebinda`): the database.
    /// - `user` (text, the service's name): the role.
    /// - `password` (secret, required), or `passwordFile`.
    /// - `rootCertificateFile` (text): the authority to trust; TLS without checks is not offered.
    /// - `poolSize` (number, `4`): connections.
    ///
    /// - Parameters:
    ///   - service: the schema, and the default of the role.
    package init(settings: Settings, service: String) async throws(ConfigurationError) {
        let port = try await settings.number("port", in: 1...65_535, default: 5432)
        let hosts = try await settings.text("host") ?? "127.0.0.1"
        self.init(
            hosts: hosts.split(separator: ",").map { Host(name: String($0), port: port) },
            database: try await settings.text("name") ?? "ebinda",
            user: try await settings.text("user") ?? service,
            password: try await settings.requiredSecret("password").revealed(),
            schema: service,
            tls: try await settings.text("rootCertificateFile").map { TLS(rootCertificateFile: $0) },
            poolSize: try await settings.number("poolSize", in: 1...64, default: 4),
            applicationName: "ebinda-\(service)"
        )
        guard !self.hosts.isEmpty else { throw settings.fault("host", "must name a host") }
    }
}

extension BrokerConfiguration {
    /// Reads the section of the broker.
    ///
    /// - `host` (text, `127.0.0.1`): a host, or several with commas, tried in turn.
    /// - `port` (number, `5672`): the port of all of them.
    /// - `virtualHost` (text, `/`).
    /// - `user` (text, the service's name): the account.
    /// - `password` (secret, required), or `passwordFile`.
    /// - `rootCertificateFile` (text): the authority to trust; with it the connection is TLS.
    ///
    /// - Parameters:
    ///   - service: the connection's name on the broker, and the default of the account.
    package init(settings: Settings, service: String) async throws(ConfigurationError) {
        let port = try await settings.number("port", in: 1...65_535, default: 5672)
        let hosts = try await settings.text("host") ?? "127.0.0.1"
        self.init(
            addresses: hosts.split(separator: ",").map { Address(host: String($0), port: port) },
            virtualHost: try await settings.text("virtualHost") ?? "/",
            user: try await settings.text("user") ?? service,
            password: try await settings.requiredSecret("password").revealed(),
            connectionName: "ebinda-\(service)",
            tls: try await settings.text("rootCertificateFile").map { TLS(rootCertificateFile: $0) }
        )
        guard !addresses.isEmpty else { throw settings.fault("host", "must name a host") }
    }
}
