import Contracts
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Reminders

/// The whole service but its HTTP side, over real queues.
@Suite(.timeLimit(.minutes(5)))
struct QueueIntegrationTests {
    private static func message<Body: Event>(
        _ event: Body,
        about suggestion: SuggestionID,
        version: Int,
        in world: RemindersWorld
    ) throws -> OutgoingMessage {
        Envelope.message(
            EventMetadata(
                id: .make(),
                name: Body.name,
                owner: Body.owner,
                aggregate: suggestion,
                version: version,
                time: .now
            ),
            body: try EventCoding.encode(event),
            exchange: world.topology.events,
            routingKey: world.topology.routingKey(owner: Body.owner, name: Body.name),
            isMandatory: false,
            account: world.broker.user
        )
    }

    private static func send(_ messages: [OutgoingMessage], in world: RemindersWorld) async throws {
        let publisher = Publisher(configuration: world.broker, logger: .silent)
        let run = Task { await publisher.run() }
        try await eventually("the owners are connected") { publisher.status == .ready }
        for outcome in await publisher.publish(messages) {
            guard case .confirmed = outcome else {
                Issue.record("not confirmed: \(outcome)")
                continue
            }
        }
        run.cancel()
        await run.value
    }

    private static func running(
        _ parts: [@Sendable () async -> Void],
        _ body: () async throws -> Void
    ) async throws {
        let run = Task {
            await withDiscardingTaskGroup { group in
                for part in parts { group.addTask { await part() } }
            }
        }
        do {
            try await body()
        } catch {
            run.cancel()
            await run.value
            throw error
        }
        run.cancel()
        await run.value
    }

    @Test func `a timely reply that lay in the queue while the service was away gives no missed deadline`() async throws
    {
        try await RemindersWorld.with(queues: true) { world in
            let engine = world.replica()
            let now = Timestamp.now
            let answered = Leg(startedAt: now.days(-20), dueAt: now.days(-1))
            let missed = Leg(startedAt: now.days(-20), dueAt: now.days(-1))
            let near = Leg(startedAt: now.days(-20), dueAt: now.days(2))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([answered, missed, near]))], on: engine)
            // The service was away: Replies' first event waits in the queue.
            let reply = ReplyIssued(answered.assignment, at: now.days(-2), dueAt: answered.clock.dueAt)
            try await Self.send([try Self.message(reply, about: suggestion, version: 1, in: world)], in: world)
            try await eventually("the reply lies in the queue") { try await engine.workQueueLength() == 1 }
            let hearing = Hearing(quiet: .milliseconds(500)) { try await engine.workQueueLength() }
            let sweep = world.sweep(engine, hearing: hearing)
            try await Self.running([{ await engine.run(seals: false) }, { await sweep.run() }]) {
                // It sweeps, and reminds; it does not judge before it has heard.
                try await eventually("the reminder is told") {
                    try await world.ledger(near.assignment, on: engine).contains("P3D fired")
                }
                #expect(
                    try await world.number("SELECT count(*) FROM notices WHERE stage = 'overdue'", on: engine) == 0
                )
                let consumption = engine.consumption(
                    of: Main.handlers,
                    follower: FollowClocks(timetable: Timetable(RemindersWorld.stages)),
                    mode: .byID,
                    senderAccount: { _ in world.broker.user }
                )
                try await Self.running([{ await consumption.run() }]) {
                    try await eventually("the other deadline is told") {
                        try await world.ledger(missed.assignment, on: engine).contains("overdue fired")
                    }
                }
                // The reminders it was late for were told before; the end never.
                #expect(try await !world.ledger(answered.assignment, on: engine).contains { $0.hasPrefix("overdue") })
                try await eventually("the notices have left") {
                    try await world.number("SELECT count(*) FROM outbox", on: engine) == 0
                }
            }
        }
    }

    @Test func `events of both owners in any order end alike, repeats change nothing`() async throws {
        try await RemindersWorld.with(queues: true) { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-20), dueAt: now.days(-5))
            let given = Leg(startedAt: now.days(-20), dueAt: now.days(20))
            let again = Leg(leg.assignment, startedAt: now.days(-3), dueAt: now.days(12))
            let verdict = ReplyEvaluated(
                round: 1,
                attitude: .accepted,
                result: .dissatisfied,
                comment: "没有解决",
                reopened: [again],
                evaluatedAt: now.days(-3)
            )
            let returned = AssignmentReturned(
                assignment: given.assignment,
                department: RemindersWorld.department,
                reason: "不属本单位职责",
                proposedDepartment: nil,
                returnedAt: now.days(-19)
            )
            let suggestions = [SuggestionID.make(), .make()]
            for (index, suggestion) in suggestions.enumerated() {
                let routing = [
                    try Self.message(
                        SuggestionAssigned([leg, given].map { $0.copy(index) }),
                        about: suggestion,
                        version: 1,
                        in: world
                    )
                ]
                let replies = [
                    try Self.message(returned.copy(index), about: suggestion, version: 1, in: world),
                    try Self.message(
                        ReplyIssued(leg.copy(index).assignment, at: now.days(-6), dueAt: leg.clock.dueAt),
                        about: suggestion,
                        version: 2,
                        in: world
                    ),
                    try Self.message(verdict.copy(index), about: suggestion, version: 3, in: world),
                ]
                // Once as it happened, once the other way round with every message twice.
                let all = index == 0 ? routing + replies : (replies.reversed() + routing).flatMap { [$0, $0] }
                try await Self.send(all, in: world)
            }
            let consumption = engine.consumption(
                of: Main.handlers,
                follower: FollowClocks(timetable: Timetable(RemindersWorld.stages)),
                mode: .byID,
                senderAccount: { _ in world.broker.user }
            )
            try await Self.running([{ await engine.run(seals: false) }, { await consumption.run() }]) {
                try await eventually("everything is heard") {
                    try await world.number("SELECT count(*) FROM inbox", on: engine) == 8
                }
                let rows = try await engine.database.query(
                    """
                    SELECT suggestion, string_agg(concat_ws(' ', round, due_at, next_stage, ended_at), '; '
                                                  ORDER BY round, due_at) AS clocks
                    FROM clocks GROUP BY suggestion
                    """
                )
                #expect(rows.count == 2)
                #expect(Set(try rows.map { try $0["clocks", as: String.self] }).count == 1)
                #expect(
                    try await world.number(
                        "SELECT count(*) FROM clocks WHERE ended_at IS NULL AND round = 2",
                        on: engine
                    )
                        == 2
                )
            }
        }
    }
}

extension AssignmentID {
    /// Another id for each copy of a scenario.
    fileprivate func copy(_ index: Int) -> Self {
        let words = rawValue.words
        return Self(rawValue: .init(words: (words.0, words.1 ^ UInt64(index))))
    }
}

extension Leg {
    fileprivate func copy(_ index: Int) -> Self {
        var leg = self
        leg.assignment = assignment.copy(index)
        return leg
    }
}

extension AssignmentReturned {
    fileprivate func copy(_ index: Int) -> Self {
        var event = self
        event.assignment = assignment.copy(index)
        return event
    }
}

extension ReplyEvaluated {
    fileprivate func copy(_ index: Int) -> Self {
        var event = self
        event.reopened = reopened.map { $0.copy(index) }
        return event
    }
}
