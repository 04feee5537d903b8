import Contracts
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// Three threads of other products' issue trackers that want the real database: what is said, what is closed, who sweeps.
@Suite(.timeLimit(.minutes(5)))
struct SaidAndClosedIntegrationTests {
    private typealias World = RemindersWorld

    /// Every column of the clocks but when they were looked at: what a comment must leave alone.
    private func clocks(_ world: World, _ engine: Engine) async throws -> [String] {
        try await engine.database.query(
            """
            SELECT concat_ws(' ', assignment, round, started_at, due_at, ended_at, missed_due_at, next_stage, next_at) AS line
            FROM clocks ORDER BY assignment, round
            """
        ).map { try $0["line", as: String.self] }
    }

    /// Sweeps until nothing is due; what another replica holds is skipped, not gone.
    private func drain(_ world: World, _ engine: Engine) async throws -> Int {
        let sweep = world.sweep(engine)
        var told = 0
        while try await world.number("SELECT count(*) FROM clocks WHERE next_at <= now()", on: engine) > 0 {
            told += try await sweep.sweep(judges: true).told
        }
        return told
    }

    @Test
    func `what a department says beside a breach, and a verdict with a comment, leave the clock (comment resets)`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let (suggestion, leg) = (SuggestionID.make(), Leg(startedAt: now.days(-40), dueAt: now.days(-1)))
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            #expect(try await drain(world, engine) == 1)
            let before = try await clocks(world, engine)
            #expect(before.count == 1)
            let desk = ExcuseDesk(outbox: engine.outbox)
            let id = RunningClock.ID(assignment: leg.assignment, round: 1)
            for words in ["汛期抢险", "已于当月补办"] {
                _ = try await desk.excuse(id, text: words, for: leg.department, by: "person:x")
            }
            let verdict = ReplyEvaluated(
                round: 1,
                attitude: .satisfied,
                result: .satisfied,
                comment: "谢谢，再催一下。",
                reopened: [],
                evaluatedAt: now
            )
            try await world.hear([(suggestion, verdict)], version: 2, on: engine)
            #expect(try await clocks(world, engine) == before)
            await engine.database.close()
        }
    }

    @Test func `a closed matter stays closed, whatever is heard of it later (reopened after close)`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let (suggestion, leg) = (SuggestionID.make(), Leg(startedAt: now.days(-60), dueAt: now.days(-30)))
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            // The second round is answered and the matter closed; the verdict that opened the round is heard last.
            let closed = SuggestionClosed(number: "BJ-1", outcome: .solved, rounds: 2, closedAt: now.days(-35))
            try await world.hear([(suggestion, closed)], version: 4, on: engine)
            let again = Leg(leg.assignment, startedAt: now.days(-50), dueAt: now.days(-5))
            let verdict = ReplyEvaluated(
                round: 1,
                attitude: .accepted,
                result: .dissatisfied,
                comment: "没有解决",
                reopened: [again],
                evaluatedAt: now.days(-50)
            )
            try await world.hear([(suggestion, verdict)], version: 2, on: engine)
            #expect(try await drain(world, engine) == 0)
            #expect(try await world.ledger(leg.assignment, on: engine) == [])
            #expect(try await world.number("SELECT count(*) FROM clocks WHERE ended_at IS NULL", on: engine) == 0)
            await engine.database.close()
        }
    }

    @Test func `two replicas that sweep at once escalate once (two replicas escalate twice)`() async throws {
        try await World.with { world in
            let replicas = [world.replica(), world.replica()]
            let now = Timestamp.now
            let assigned = (0..<200).map { index in
                let department = DepartmentCode(rawValue: "department-\(index)")
                let leg = Leg(startedAt: now.days(-40), dueAt: now.days(-1), department: department)
                return (SuggestionID.make(), SuggestionAssigned([leg]))
            }
            try await world.hear(assigned, on: replicas[0])
            let told = try await withThrowingTaskGroup(of: Int.self) { group in
                for replica in replicas { group.addTask { try await drain(world, replica) } }
                return try await group.reduce(0, +)
            }
            #expect(told == 200)
            let acts = "SELECT count(*) FROM acts WHERE name = 'deadline.missed'" as SQL
            #expect(try await world.number(acts, on: replicas[0]) == 200)
            #expect(try await world.number("SELECT count(DISTINCT aggregate) FROM acts", on: replicas[0]) == 200)
            for replica in replicas { await replica.database.close() }
        }
    }
}
