package import Contracts
package import Foundation
import Messaging
import PostgreSQL
package import RabbitMQ
package import Support
import Synchronization

/// All services as processes of their own, in a world of their own: a database, a namespace on the broker, free ports.
///
/// What tests, the soak and the benchmarks start, kill and measure; the programs are those that lie beside this one.
package final class Fleet: Sendable {
    /// One replica of a service.
    package struct Member: Hashable, Sendable, CustomStringConvertible {
        /// Which service.
        package let service: ServiceName
        /// From 0.
        package let replica: Int
        /// Names a replica.
        package init(service: ServiceName, replica: Int) { (self.service, self.replica) = (service, replica) }

        /// `intake`, or `intake.1` for a further replica.
        package var description: String { replica == 0 ? service.rawValue : "\(service).\(replica)" }
    }

    /// A program of the fleet that failed, with the end of what it wrote.
    package struct Failure: Error, CustomStringConvertible {
        /// Which, how, and its last lines.
        package let description: String
    }

    /// The servers.
    package let stack: TestStack
    /// The database of all services.
    package let databaseName: String
    /// The broker's objects of this world.
    package let topology: Topology
    /// The account that all share here.
    package let broker: BrokerConfiguration
    private let tokens = FleetTokens()
    /// The departments with queues.
    package let departments: [DepartmentCode]
    /// Every replica there can be.
    package let members: [Member]

    /// The pages, which stand beside the services and are started by those who want them.
    package let portal = Member(service: .portal, replica: 0)

    private let settings: FleetSettings
    private let running = Mutex<[Member: Process]>([:])

    /// Lends a world in which every service is migrated and none runs yet; takes it down afterwards.
    ///
    /// - Parameters:
    ///   - departments: those that have queues of their own.
    ///   - replicas: how many processes of each service there can be.
    ///   - adding: environment variables for all of them.
    package static func with(
        departments: [DepartmentCode] = [],
        replicas: Int = 1,
        adding: [String: String] = [:],
        _ body: (Fleet) async throws -> Void
    ) async throws {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let stack = TestStack()
        try await stack.withDatabase { name in
            let fleet = try Fleet(stack, name, departments, replicas, adding)
            for service in ServiceName.all { try await fleet.runToEnd(service, ["migrate"]) }
            try await fleet.seed()
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(fleet)) } catch { outcome = .failure(error) }
            for member in fleet.members + [fleet.portal] { await fleet.kill(member) }
            try await fleet.takeDown()
            try outcome.get()
        }
    }

    private init(
        _ stack: TestStack,
        _ databaseName: String,
        _ departments: [DepartmentCode],
        _ replicas: Int,
        _ adding: [String: String]
    ) throws {
        (self.stack, self.databaseName, self.departments) = (stack, databaseName, departments)
        topology = Topology(namespace: "\(TestStack.uniqueName()).")
        broker = try stack.broker()
        members = ServiceName.all.flatMap { service in (0..<replicas).map { Member(service: service, replica: $0) } }
        settings = try FleetSettings(
            stack: stack,
            database: databaseName,
            namespace: topology.namespace,
            departments: departments,
            members: members + [portal],
            adding: adding
        )
    }

    /// The address of a replica's HTTP side.
    package func address(of member: Member) -> String { "http://127.0.0.1:\(settings.ports[member] ?? 0)" }

    /// The address of a service's first replica.
    package func address(of service: ServiceName) -> String { address(of: Member(service: service, replica: 0)) }

    /// The process of a replica; nil while it does not run.
    package func process(of member: Member) -> Int32? { running.withLock { $0[member]?.processIdentifier } }

    /// The services that let others have the processor first, as `Deploy/run` starts them (decision 0048).
    private static let yielding: Set<ServiceName> = [.routing, .replies, .reminders, .dashboard]

    /// Starts a replica; harmless while it runs.
    package func start(_ member: Member) throws {
        try running.withLock { running in
            if running[member]?.isRunning == true { return }
            running[member] = try spawn(member.service, ["run"], as: member)
        }
    }

    /// Starts every replica and waits until all are ready.
    package func startAll(_ services: [ServiceName] = ServiceName.all) async throws {
        let wanted = members.filter { services.contains($0.service) }
        for member in wanted { try start(member) }
        for member in wanted { try await ready(member) }
        guard services.contains(.directory) else { return }
        try await tokens.signIn(at: address(of: .directory), secrets: secrets) { login in
            try await operate(["people", "invite", login]).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        for service in services {
            try await eventually("\(service) knows the keys of tokens") {
                try await number("SELECT count(*) FROM known_keys", of: service) > 0
            }
        }
        guard services.contains(.replies) else { return }
        try await eventually("Replies knows the deputy of all stations") {
            try await number("SELECT count(*) FROM known_holdings WHERE cardinality(stations) > 20", of: .replies) > 0
        }
    }

    /// The token of a system, such as `operator` or `screen`, or of `deputy` or `chengjian`, who are people, once everything was
    /// started.
    package func token(of account: String) -> String { tokens.token(of: account) }

    private var secrets: URL { settings.folder.appending(path: "secrets") }

    private func seed() async throws {
        let rules = FleetUnits.rules.path
        let files = [
            "--units", FleetSettings.root.appending(path: "Deploy/Directory/units.csv").path,
            "--people", try FleetUnits.people(in: settings.folder).path,
        ]
        try await runToEnd(.directory, ["seed", "--rules", rules, "--secrets", secrets.path] + files)
    }

    /// Waits until a replica says that it is ready.
    package func ready(_ member: Member) async throws {
        try await eventually("\(member) is ready (its log: \(settings.log(of: member).path))", within: .seconds(60)) {
            await FleetClient.answers(self.address(of: member) + "/health/ready")
        }
    }

    /// Kills a replica with SIGKILL and waits for its end; harmless when it does not run.
    package func kill(_ member: Member) async { await end(member, with: SIGKILL) }

    /// Asks a replica to stop and waits until it has drained.
    package func stop(_ member: Member) async { await end(member, with: SIGTERM) }

    private func end(_ member: Member, with signal: Int32) async {
        guard let process = running.withLock({ $0.removeValue(forKey: member) }) else { return }
        if process.isRunning { Foundation.kill(process.processIdentifier, signal) }
        await process.ended()
    }

    /// Runs a service's program, or one beside it, to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: ``Failure`` unless it ends with 0.
    @discardableResult
    package func runToEnd(_ service: ServiceName, _ arguments: [String]) async throws -> String {
        let member = Member(service: service, replica: 0)
        let output = settings.folder.appending(path: "\(service)-\(arguments.first ?? "").out")
        // Of this run alone: another with the same first word may have been before.
        try? FileManager.default.removeItem(at: output)
        let process = try spawn(service, arguments, as: member, output: output)
        await process.ended()
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        guard process.terminationStatus == 0 else {
            let log = (try? String(contentsOf: settings.log(of: member), encoding: .utf8)) ?? ""
            throw Failure(
                description: "\(service) \(arguments): \(process.terminationStatus)\n\(text)\(log.suffix(2_000))"
            )
        }
        return text
    }

    /// Runs the operators' command line to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: ``Failure`` unless it ends with 0.
    @discardableResult
    package func operate(_ arguments: [String]) async throws -> String {
        let member = Member(service: .intake, replica: 0)
        let output = settings.folder.appending(path: "ebinda-\(UUID().uuidString).out")
        let process = try spawn("ebinda", arguments, as: member, output: output)
        await process.ended()
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        // What it printed is an answer to its operator, and none of the fleet's traces.
        try? FileManager.default.removeItem(at: output)
        guard process.terminationStatus == 0 else {
            throw Failure(description: "ebinda \(arguments): \(process.terminationStatus)\n\(text)")
        }
        return text
    }

    /// Everything that the fleet's processes have logged or printed so far.
    package func logs() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: settings.folder, includingPropertiesForKeys: nil)
            .filter { ["log", "out"].contains($0.pathExtension) }
    }

    private func spawn(
        _ service: ServiceName,
        _ arguments: [String],
        as member: Member,
        output: URL? = nil
    ) throws -> Process {
        try spawn(service.rawValue.capitalized, arguments, as: member, output: output)
    }

    private func spawn(
        _ program: String,
        _ arguments: [String],
        as member: Member,
        output: URL? = nil
    ) throws -> Process {
        let process = Process()
        let executable = FleetSettings.programs.appending(path: program)
        let isYielding = arguments == ["run"] && Self.yielding.contains(member.service)
        process.executableURL = isYielding ? URL(filePath: "/usr/bin/nice") : executable
        process.arguments = (isYielding ? ["-n", "10", executable.path] : []) + arguments
        process.environment = settings.environment(of: member)
        let log = try settings.opened(settings.log(of: member))
        process.standardError = log
        process.standardOutput = try output.map(settings.opened) ?? log
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func takeDown() async throws {
        try await BrokerAdministration.connected(broker) { broker in
            try await topology.delete(Subscription.all, on: broker)
            for department in departments {
                try await broker.deleteQueue(topology.departmentQueue(of: department.rawValue))
                try await broker.deleteQueue(topology.departmentInbox(of: department.rawValue))
            }
        }
        try FileManager.default.removeItem(at: settings.folder)
    }
}
