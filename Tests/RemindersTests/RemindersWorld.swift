import Contracts
import Foundation
import Logging
import PostgreSQL
import RabbitMQ
import Support

@testable import Messaging
@testable import Reminders

/// A schema of Reminders in a database of its own, and queues when a test wants them.
struct RemindersWorld: Sendable {
    /// Three stages in calendar days before the end, none behind it, and no settling: what is over is judged at once.
    ///
    /// What ships counts working days: the tests of what happens at an instant would depend on the day on which they run.
    static let stages: Stages = {
        do {
            return try Stages(pack: Data(plain.utf8), settling: .zero)
        } catch {
            preconditionFailure("the stages cannot be read: \(error)")
        }
    }()

    private static let plain: String = {
        let words = #""name": {"zh": "催办", "en": "a reminder"}, "basis": {"standing": "custom", "text": "通行做法"}"#
        let before = ["P10D", "P3D", "P1D"].map { #"{"id": "\#($0)", "term": "\#($0)", \#(words)}"# }
        return #"{"stages": {"before": [\#(before.joined(separator: ","))], "overdue": {"id": "overdue", \#(words)}}}"#
    }()

    /// `Deploy/Rules/zhejiang-hangzhou.json`.
    static var shippedStages: Data {
        get throws { try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")) }
    }

    static let department = DepartmentCode(rawValue: "chengguan")

    let stack: TestStack
    let topology: Topology
    let configuration: DatabaseConfiguration
    let broker: BrokerConfiguration

    /// Lends a world and takes it down afterwards.
    static func with(queues: Bool = false, _ body: (Self) async throws -> Void) async throws {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let stack = TestStack()
        let topology = Topology(namespace: "\(TestStack.uniqueName()).", ladder: [.milliseconds(200)])
        try await stack.withDatabase { name in
            let administration = Database(configuration: try stack.database(name, poolSize: 1), logger: .silent)
            _ = try await Migrator(database: administration, schema: "reminders")
                .migrate(Migration.messaging + Main.migrations)
            await administration.close()
            let world = Self(
                stack: stack,
                topology: topology,
                configuration: try stack.database(name, schema: "reminders"),
                broker: try stack.broker()
            )
            guard queues else { return try await body(world) }
            let subscriptions = [Subscription(service: .reminders, owners: [.routing, .replies])]
            try await BrokerAdministration.connected(world.broker) { broker in
                try await topology.declareShared(on: broker)
                for subscription in subscriptions { try await topology.declare(subscription, on: broker) }
            }
            do {
                try await body(world)
            } catch {
                try? await BrokerAdministration.connected(world.broker) {
                    try await topology.delete(subscriptions, on: $0)
                }
                throw error
            }
            try await BrokerAdministration.connected(world.broker) {
                try await topology.delete(subscriptions, on: $0)
            }
        }
    }

    /// One replica; nothing of it runs yet.
    func replica(observe: @escaping StepObserver = { _ in }) -> Engine {
        Engine(
            service: .reminders,
            topology: topology,
            database: configuration,
            broker: broker,
            logger: .silent,
            observe: observe
        )
    }

    /// The sweep of a replica.
    func sweep(_ engine: Engine, hearing: Hearing = Hearing(quiet: .zero) { 0 }) -> Sweep {
        Sweep(outbox: engine.outbox, timetable: Timetable(Self.stages), hearing: hearing, logger: .silent)
    }

    /// Hands events to whoever takes them in one transaction, as the consumer does.
    ///
    /// - Parameter version: of the first; further ones follow it.
    func hear<Body: Event>(
        _ events: [(SuggestionID, Body)],
        version: Int = 1,
        by timetable: Timetable = Timetable(Self.stages),
        sending webhooks: Webhooks = .none,
        on engine: Engine
    ) async throws {
        let received = try events.enumerated().map { index, event in
            try Received(
                metadata: EventMetadata(
                    id: .make(),
                    name: Body.name,
                    owner: Body.owner,
                    aggregate: event.0,
                    version: version + index,
                    time: .now
                ),
                body: event.1
            )
        }
        try await engine.outbox.transaction { transaction in
            let follower = FollowClocks(timetable: timetable, webhooks: webhooks)
            if follower.names.contains(Body.name) {
                let unread = received.map { Unread(metadata: $0.metadata, encoded: $0.encoded) }
                try await follower.follow(unread, in: transaction)
            }
            for handler in Main.handlers {
                if let handler = handler as? any Handler<Body> { try await handler.handle(received, in: transaction) }
            }
        }
    }

    /// What handles a replica's batches, as its consumer has it.
    func applying(_ engine: Engine) -> Applying {
        Applying(
            outbox: engine.outbox,
            handlers: Dictionary(uniqueKeysWithValues: Main.handlers.map { AnyHandler($0) }.map { ($0.name, $0) }),
            follower: FollowClocks(timetable: Timetable(Self.stages)),
            singles: [],
            mode: .byID,
            readsLetters: false
        )
    }

    /// One whole number.
    func number(_ sql: SQL, on engine: Engine) async throws -> Int {
        try await engine.database.query(sql)[0].value(at: 0, as: Int.self)
    }

    /// The ledger of a leg: `stage outcome`, sorted.
    func ledger(_ assignment: AssignmentID, on engine: Engine) async throws -> [String] {
        try await engine.database.query(
            """
            SELECT stage || ' ' || outcome AS line FROM notices WHERE assignment = \(assignment.rawValue) ORDER BY 1
            """
        ).map { try $0["line", as: String.self] }
    }

    /// The names of everything told, in the order of their versions.
    func told(about suggestion: SuggestionID, on engine: Engine) async throws -> [String] {
        try await engine.database.query(
            """
            SELECT version || ' ' || name AS line FROM acts WHERE aggregate = \(suggestion.rawValue) ORDER BY version
            """
        ).map { try $0["line", as: String.self] }
    }
}

extension Leg {
    /// A leg of the tests' department.
    init(
        _ assignment: AssignmentID = .make(),
        startedAt: Timestamp,
        dueAt: Timestamp,
        term: String = "P30D",
        department: DepartmentCode = RemindersWorld.department
    ) {
        self.init(
            assignment: assignment,
            department: department,
            role: .single,
            clock: Clock(startedAt: startedAt, term: term, dueAt: dueAt, basis: "约定")
        )
    }
}

extension SuggestionAssigned {
    init(_ legs: [Leg], withdrawn: [AssignmentID] = [], at moment: Timestamp = .now) {
        self.init(
            number: "BJ-7F3K9Q2M",
            kind: .opinion,
            title: "题",
            text: "文",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: legs,
            withdrawn: withdrawn,
            reason: "规则",
            assignedAt: moment
        )
    }
}

extension ReplyIssued {
    init(_ assignment: AssignmentID, round: Int = 1, at moment: Timestamp, dueAt: Timestamp) {
        self.init(
            assignment: assignment,
            department: RemindersWorld.department,
            role: .single,
            round: round,
            outcome: .solved,
            text: "已解决",
            issuedAt: moment,
            dueAt: dueAt,
            completesRound: true
        )
    }
}

extension Timestamp {
    /// A number of days later.
    func days(_ count: Int) -> Self { self + .seconds(count * 86_400) }
}
