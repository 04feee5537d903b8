import Foundation
package import Logging
package import PostgreSQL
package import RabbitMQ

/// The servers that tests and benchmarks use, as the stack's environment names them.
package struct TestStack: Sendable {
    /// Why there is nothing to test against; a missing server fails and never skips.
    package struct Missing: Error, CustomStringConvertible {
        /// The variable that is not set.
        package let variable: String
        /// What to do about it.
        package var description: String {
            "\(variable) is not set: start the servers with `Deploy/stack start --name test` and export what "
                + "`Deploy/stack environment --name test` prints, or use `make test`"
        }
    }

    /// The variables of the process, with some overridden; also what a process under test is given.
    package let environment: [String: String]

    /// Reads the environment of the process.
    ///
    /// - Parameter variables: instead of those of the same name.
    package init(overriding variables: [String: String] = [:]) {
        environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    }

    /// The same stack with its frail database for the main one.
    package static func frail() throws -> TestStack {
        TestStack(overriding: ["EBINDA_DATABASE_PORT": try TestStack().variable("EBINDA_DATABASE_FRAIL_PORT")])
    }

    /// A variable of the stack.
    ///
    /// - Throws: ``Missing``.
    package func variable(_ name: String) throws -> String {
        guard let value = environment[name], !value.isEmpty else { throw Missing(variable: name) }
        return value
    }

    /// The account that tests and toy services share.
    package var account: String { get throws { try variable("EBINDA_BROKER_USER") } }

    /// The broker, for the stack's administrator.
    package func broker(port: Int? = nil) throws -> BrokerConfiguration {
        BrokerConfiguration(
            addresses: [
                .init(
                    host: try variable("EBINDA_BROKER_HOST"),
                    port: try port ?? Int(variable("EBINDA_BROKER_PORT")) ?? 0
                )
            ],
            user: try account,
            password: try variable("EBINDA_BROKER_PASSWORD"),
            connectionName: "test"
        )
    }

    /// All three nodes of the broker, for the stack's administrator.
    package func cluster() throws -> BrokerConfiguration {
        var configuration = try broker()
        let ports = try variable("EBINDA_BROKER_PORTS").split(separator: ",").compactMap { Int($0) }
        configuration.addresses = ports.map { .init(host: configuration.addresses[0].host, port: $0) }
        return configuration
    }

    /// A database of the stack, for its superuser; with a schema, the session plans as a service's does.
    package func database(_ name: String, schema: String? = nil, poolSize: Int = 4, port: Int? = nil) throws
        -> DatabaseConfiguration
    {
        DatabaseConfiguration(
            hosts: [
                .init(
                    name: try variable("EBINDA_DATABASE_HOST"),
                    port: try port ?? Int(variable("EBINDA_DATABASE_PORT")) ?? 0
                )
            ],
            database: name,
            user: try variable("EBINDA_DATABASE_USER"),
            password: try variable("EBINDA_DATABASE_PASSWORD"),
            schema: schema,
            poolSize: poolSize,
            planning: schema == nil ? .byStatistics : .byIndex
        )
    }

    /// A name that no other test has, usable for databases, schemas and namespaces.
    package static func uniqueName() -> String {
        "t" + UUID().uuidString.replacing("-", with: "").lowercased().prefix(20)
    }

    /// Lends a database of its own, dropped afterwards.
    package func withDatabase<Result>(
        _ body: (_ name: String) async throws -> Result
    ) async throws -> Result {
        let name = Self.uniqueName()
        let administration = Database(configuration: try database("postgres", poolSize: 1), logger: .silent)
        try await administration.runScript("CREATE DATABASE \(name) STRATEGY = file_copy")
        do {
            let result = try await body(name)
            try await administration.runScript("DROP DATABASE \(name) WITH (FORCE)")
            return result
        } catch {
            try? await administration.runScript("DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
    }
}

extension Logger {
    /// Says errors alone.
    package static var silent: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}
