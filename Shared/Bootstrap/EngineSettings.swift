package import Contracts
package import Foundation
package import Messaging
package import PostgreSQL
package import RabbitMQ

extension Runtime {
    /// The service's database. Keys, in the section `database`:
    ///
    /// - `hosts` (text, `127.0.0.1:5432`): `host:port`, several separated by commas; with several, one that takes writes
    ///   is chosen.
    /// - `name` (text, `ebinda`): the database.
    /// - `user` (text, the service's name) and `password` (secret): the role.
    /// - `poolSize` (number, `4`): connections at most.
    /// - `tlsRootFile` (text): certificates that the server's must chain to; without it the link is not encrypted.
    /// - `tlsCertificateFile` and `tlsKeyFile` (text): the service's own, for a server that asks for one.
    ///
    /// The schema is named after the service.
    package func database() async throws(ConfigurationError) -> DatabaseConfiguration {
        let section = settings.scoped(to: "database")
        let addresses = try await section.addresses("hosts", default: "127.0.0.1:5432")
        return DatabaseConfiguration(
            hosts: addresses.map { DatabaseConfiguration.Host(name: $0.host, port: $0.port) },
            database: try await section.text("name") ?? "ebinda",
            user: try await section.text("user") ?? service.rawValue,
            password: try await section.secret("password")?.revealed() ?? "",
            schema: service.rawValue,
            tls: try await section.certificates().map {
                DatabaseConfiguration.TLS(
                    rootCertificateFile: $0.root,
                    certificateFile: $0.certificate,
                    keyFile: $0.key
                )
            },
            poolSize: try await section.number("poolSize", in: 2...64, default: 4),
            planning: .byIndex,
            applicationName: "ebinda-\(service)"
        )
    }

    /// The broker. Keys, in the section `broker`:
    ///
    /// - `addresses` (text, `127.0.0.1:5672`): `host:port`, several separated by commas, tried in turn.
    /// - `virtualHost` (text, `/`).
    /// - `user` (text, the service's name) and `password` (secret): the account.
    /// - `tlsRootFile` (text): certificates that the broker's must chain to; without it the link is not encrypted.
    /// - `tlsCertificateFile` and `tlsKeyFile` (text): the service's own, for a broker that asks for one.
    /// - `tlsLogin` (flag, `false`): whether that certificate logs in (SASL EXTERNAL), and no password does.
    package func broker() async throws(ConfigurationError) -> BrokerConfiguration {
        let section = settings.scoped(to: "broker")
        let addresses = try await section.addresses("addresses", default: "127.0.0.1:5672")
        let certificates = try await section.certificates()
        let logsIn = try await section.flag("tlsLogin", default: false)
        guard !logsIn || certificates?.certificate != nil else {
            throw section.fault("tlsLogin", "must not be set without tlsCertificateFile")
        }
        return BrokerConfiguration(
            addresses: addresses.map { BrokerConfiguration.Address(host: $0.host, port: $0.port) },
            virtualHost: try await section.text("virtualHost") ?? "/",
            user: try await section.text("user") ?? service.rawValue,
            password: try await section.secret("password")?.revealed() ?? "",
            connectionName: "ebinda-\(service)",
            tls: certificates.map {
                BrokerConfiguration.TLS(
                    rootCertificateFile: $0.root,
                    certificateFile: $0.certificate,
                    keyFile: $0.key,
                    logsIn: logsIn
                )
            }
        )
    }

    /// The one account that all use, as on a developer's machine: `broker.sharedAccount` (flag, `false`); else nil, and each
    /// service and department has the account of its name.
    package func sharedAccount() async throws(ConfigurationError) -> String? {
        try await settings.scoped(to: "broker").flag("sharedAccount", default: false) ? try await broker().user : nil
    }

    /// Under which broker account a service publishes.
    package func senderAccount() async throws(ConfigurationError) -> @Sendable (ServiceName) -> String {
        guard let shared = try await sharedAccount() else { return { $0.rawValue } }
        return { _ in shared }
    }

    /// The broker's objects: `namespace` (text, empty) stands before every name, for several installations on one broker.
    package func topology() async throws(ConfigurationError) -> Topology {
        Topology(namespace: try await settings.text("namespace") ?? "")
    }

    /// The service's engine, from the keys above.
    ///
    /// - Parameter account: under whose account messages go; nil for the connection's own.
    package func engine(speakingFor account: String? = nil) async throws(ConfigurationError) -> Engine {
        Engine(
            service: service,
            topology: try await topology(),
            database: try await database(),
            broker: try await broker(),
            account: account,
            logger: logger
        )
    }

    /// Brings the service's schema and its objects on the broker up to date; for an operator's accounts.
    ///
    /// - Returns: what was done, one line each.
    /// - Throws: `DatabaseError`, `BrokerError`, ``ConfigurationError``.
    package func migrate(
        _ migrations: [Migration],
        declaring more: (Topology, BrokerAdministration) async throws -> Void = { _, _ in }
    ) async throws -> [String] {
        var configuration = try await database()
        // The schema may not be there yet.
        configuration.schema = nil
        let database = Database(configuration: configuration, logger: logger)
        let applied = try await Migrator(database: database, schema: service.rawValue)
            .migrate(Migration.messaging + migrations)
        await database.close()
        let (topology, service) = (try await topology(), service)
        try await BrokerAdministration.connected(try await broker()) { broker in
            try await topology.declareShared(on: broker)
            if let subscription = Subscription.of(service) { try await topology.declare(subscription, on: broker) }
            try await more(topology, broker)
        }
        return applied.map { "\(service): applied \($0)" } + ["\(service): queues declared"]
    }
}

extension Settings {
    /// What the file that a key names holds, read by `parse`.
    ///
    /// - Throws: ``ConfigurationError`` when the key is not set, the file cannot be read, or `parse` refuses it; the reason is
    ///   the first line of its description.
    package func file<Value>(_ key: String, _ parse: (Data) throws -> Value) async throws(ConfigurationError) -> Value {
        let path = try await requiredText(key)
        let data = try ConfigurationSources.read(path, key: name(of: key))
        do {
            return try parse(data)
        } catch let error as DecodingError {
            throw fault(key, "\(path): \(Refusal(error).detail)")
        } catch {
            throw fault(key, "\(path): \(error)")
        }
    }

    /// A secret of 32 bytes in hexadecimal.
    package func key(_ key: String) async throws(ConfigurationError) -> [UInt8] {
        let digits = Array(try await requiredSecret(key).revealed().utf8)
        guard digits.count == 64 else { throw fault(key, "must be 64 hexadecimal digits") }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { Hexadecimal.value(of: digits[$0..<$0 + 2]) }
        guard bytes.count == 32 else { throw fault(key, "must be 64 hexadecimal digits") }
        return bytes.map { UInt8($0) }
    }

    /// The files of an encrypted link: whom to trust, and who this is; nil where the link is not encrypted.
    func certificates() async throws(ConfigurationError) -> (root: String, certificate: String?, key: String?)? {
        let (certificate, key) = (try await text("tlsCertificateFile"), try await text("tlsKeyFile"))
        guard (certificate == nil) == (key == nil) else {
            throw fault("tlsKeyFile", "must be set together with tlsCertificateFile")
        }
        guard let root = try await text("tlsRootFile") else {
            guard certificate == nil else {
                throw fault("tlsCertificateFile", "must not be set without tlsRootFile")
            }
            return nil
        }
        return (root, certificate, key)
    }

    /// `host:port`, several separated by commas; an IPv6 address in brackets.
    func addresses(_ key: String, default standard: String) async throws(ConfigurationError) -> [(
        host: String, port: Int
    )] {
        let text = try await text(key) ?? standard
        var addresses: [(host: String, port: Int)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let match = part.wholeMatch(of: /\s*(\[[0-9A-Fa-f:.]+\]|[^:\s]+):([0-9]{1,5})\s*/),
                let port = Int(match.2), (1...65_535).contains(port)
            else { throw fault(key, "must be host:port, several separated by commas") }
            addresses.append((match.1.trimming(["[", "]"]), port))
        }
        return addresses
    }
}

extension Substring {
    fileprivate func trimming(_ characters: Set<Character>) -> String {
        String(drop { characters.contains($0) }.reversed().drop { characters.contains($0) }.reversed())
    }
}
