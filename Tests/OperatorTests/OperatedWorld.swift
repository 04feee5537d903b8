import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Dashboard

/// A run of `ebinda`.
struct Command {
    private let arguments: [String]
    private let environment: [String: String]
    private let input: String?
    private let executable: URL

    /// Prepares one; without a configuration and an input but what is given.
    init(_ arguments: [String], _ environment: [String: String] = [:], input: String? = nil, program: URL? = nil) throws
    {
        (self.arguments, self.environment, self.input) = (arguments, environment, input)
        executable = try program ?? Self.program()
    }

    /// The program, which is built with the tests.
    static func program() throws -> URL {
        let beside = Bundle.main.executableURL?.deletingLastPathComponent()
        let found = [beside, Bundle.main.bundleURL.deletingLastPathComponent()]
            .compactMap { $0?.appending(path: "ebinda") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "ebinda is built with the tests")
    }

    /// Runs it to its end; no thread waits meanwhile.
    func run() async throws -> (status: Int32, output: String, errors: String) {
        let folder = FileManager.default.temporaryDirectory
        let (output, errors) = (folder.appending(path: UUID().uuidString), folder.appending(path: UUID().uuidString))
        let given = folder.appending(path: UUID().uuidString)
        for file in [output, errors] { try Data().write(to: file) }
        try Data((input ?? "").utf8).write(to: given)
        defer { for file in [output, errors, given] { try? FileManager.default.removeItem(at: file) } }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.standardInput = input == nil ? FileHandle.nullDevice : try FileHandle(forReadingFrom: given)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ends {}
        return (
            process.terminationStatus, try String(contentsOf: output, encoding: .utf8),
            try String(contentsOf: errors, encoding: .utf8)
        )
    }
}

/// A database and queues of its own, for the real programs.
struct OperatedWorld: Sendable {
    let topology: Topology
    private let broker: BrokerConfiguration
    private let database: DatabaseConfiguration
    private let environment: [String: String]

    /// Lends one.
    static func with(_ body: (Self) async throws -> Void) async throws {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let stack = TestStack()
        let broker = try stack.broker()
        let namespace = "\(TestStack.uniqueName())."
        let host = try stack.variable("EBINDA_DATABASE_HOST")
        let port = try stack.variable("EBINDA_DATABASE_PORT")
        let address = broker.addresses[0]
        try await stack.withDatabase { name in
            let world = Self(
                topology: Topology(namespace: namespace),
                broker: broker,
                database: try stack.database(name),
                environment: [
                    "EBINDA_NAMESPACE": namespace, "EBINDA_DATABASE_HOSTS": "\(host):\(port)",
                    "EBINDA_DATABASE_NAME": name,
                    "EBINDA_DATABASE_USER": try stack.variable("EBINDA_DATABASE_USER"),
                    "EBINDA_DATABASE_PASSWORD": try stack.variable("EBINDA_DATABASE_PASSWORD"),
                    "EBINDA_BROKER_ADDRESSES": "\(address.host):\(address.port)", "EBINDA_BROKER_USER": broker.user,
                    "EBINDA_BROKER_PASSWORD": try stack.variable("EBINDA_BROKER_PASSWORD"),
                    "EBINDA_BROKER_SHARED_ACCOUNT": "true",
                    "EBINDA_DIRECTORY_MASTER_KEY": String(repeating: "3c", count: 32),
                ]
            )
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
            try await BrokerAdministration.connected(broker) {
                try await world.topology.delete(Subscription.all, on: $0)
            }
            try outcome.get()
        }
    }

    /// Runs `ebinda` here, with more in its environment than this place needs.
    func command(
        _ arguments: [String],
        _ more: [String: String] = [:]
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await Command(arguments, environment.merging(more) { $1 }).run()
    }

    /// Parks letters as Routing's consumer would.
    func park(_ words: [String]) async throws {
        try await BrokerAdministration.connected(broker) { broker in
            for word in words {
                try await broker.publishConfirmed(
                    OutgoingMessage(
                        exchange: topology.retryExchange(of: .routing),
                        routingKey: "parked",
                        isMandatory: true,
                        properties: MessageProperties(
                            contentType: "application/json",
                            headers: [Header(Envelope.HeaderName.reason, .string("unknown-type"))],
                            messageID: EventID.make().description,
                            type: "suggestion.imagined"
                        ),
                        body: Array(#"{"word":"\#(word)"}"#.utf8)
                    )
                )
            }
        }
    }

    /// Publishes an event that no queue is bound for.
    func lose() async throws {
        try await BrokerAdministration.connected(broker) { broker in
            try await broker.publishConfirmed(
                OutgoingMessage(
                    exchange: topology.events,
                    routingKey: "nobody.hears-this",
                    isMandatory: false,
                    properties: MessageProperties(contentType: "application/json"),
                    body: Array("{}".utf8)
                )
            )
        }
    }

    /// The length of a queue.
    func count(_ queue: String) async throws -> Int {
        let name = topology.namespace + queue
        return try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: name) }
    }

    /// Lets Routing act so often, chains the acts, and keeps the head at the Dashboard as its own consumer would.
    ///
    /// - Returns: the acts' ids in the chain's order.
    func act(_ count: Int) async throws -> [UUID] {
        var configuration = database
        configuration.schema = ServiceName.routing.rawValue
        let engine = Engine(
            service: .routing,
            topology: topology,
            database: configuration,
            broker: broker,
            logger: .silent
        )
        let ids = (0..<count).map { _ in UUIDv7.make() }
        _ = try await engine.database.query(
            """
            INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body)
            SELECT id, id, 1, 'n', 'unit:a', 'r', now(), 'x' FROM unnest(\(ids)) AS row (id)
            """
        )
        // A transaction anywhere in the server may be older than these, and nothing is sealed past it.
        var sealed = 0
        try await eventually("the acts are sealed") {
            sealed += try await engine.sealer.seal()
            return sealed == count
        }
        _ = try await engine.database.query(
            """
            INSERT INTO dashboard.kept_seals (owner, number, count, head)
            SELECT 'routing', number, cardinality(ids), encode(head, 'hex') FROM seals ON CONFLICT DO NOTHING
            """
        )
        await engine.database.close()
        return ids
    }

    /// Lends one look of the Dashboard's at its folder of exported heads, as each of its replicas takes it.
    func exporting<Result>(_ body: (_ look: @Sendable (URL) async throws -> URL?) async throws -> Result) async throws
        -> Result
    {
        var configuration = database
        configuration.schema = ServiceName.dashboard.rawValue
        let database = Database(configuration: configuration, logger: .silent)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(
                try await body { try await HeadsExport(database: database, folder: $0, logger: .silent).export() }
            )
        } catch {
            outcome = .failure(error)
        }
        await database.close()
        return try outcome.get()
    }

    /// Runs a service's own program while `body` runs, which can read its log; told to end afterwards, it does so with status 0.
    func running(
        _ service: ServiceName,
        _ more: [String: String],
        _ body: (_ log: () throws -> String) async throws -> Void
    ) async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try Data().write(to: log)
        defer { try? FileManager.default.removeItem(at: log) }
        let process = Process()
        process.executableURL = try Command.program().deletingLastPathComponent()
            .appending(path: service.rawValue.capitalized)
        process.environment = environment.merging(more) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body { try String(contentsOf: log, encoding: .utf8) })
        } catch {
            outcome = .failure(error)
        }
        process.terminate()
        for await _ in ends {}
        try outcome.get()
        #expect(process.terminationStatus == 0)
    }

    /// Puts rows where no command does yet.
    func fill(_ script: String) async throws {
        let database = Database(configuration: database, logger: .silent)
        try await database.runScript(script)
        await database.close()
    }

    /// Does what only the database's superuser can: past the guard of the acts.
    func tamper(_ statement: String) async throws {
        let database = Database(configuration: database, logger: .silent)
        try await database.runScript("SET session_replication_role = replica; \(statement)")
        await database.close()
    }

    /// Who has acted in Routing, under which right.
    func acts() async throws -> [String] {
        let database = Database(configuration: database, logger: .silent)
        let lines = try await database.query("SELECT actor || ' ' || authority AS line FROM routing.acts ORDER BY id")
            .map { try $0["line", as: String.self] }
        await database.close()
        return lines
    }
}
