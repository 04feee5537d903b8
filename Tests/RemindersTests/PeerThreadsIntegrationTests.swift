import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// What other products got wrong about escalations, a test a thread; the numbers are those of their issue trackers.
@Suite(.timeLimit(.minutes(5)))
struct PeerThreadsIntegrationTests {
    private typealias World = RemindersWorld

    /// Sweeps until nothing is due.
    private func drain(_ world: World, _ engine: Engine) async throws -> Int {
        let sweep = world.sweep(engine)
        var told = 0
        while try await world.number("SELECT count(*) FROM clocks WHERE next_at <= now()", on: engine) > 0 {
            told += try await sweep.sweep(judges: true).told
        }
        return told
    }

    @Test func `nothing is told at the moment at which a period begins (GLPI 15429)`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            // Shorter than every reminder's notice.
            let leg = Leg(startedAt: now, dueAt: now + .seconds(3_600))
            try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
            #expect(try await drain(world, engine) == 0)
            #expect(try await world.ledger(leg.assignment, on: engine) == [])
            await engine.database.close()
        }
    }

    @Test func `a breach stays when the matter is closed (osTicket 6346)`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let (suggestion, leg) = (SuggestionID.make(), Leg(startedAt: now.days(-40), dueAt: now.days(-10)))
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            #expect(try await drain(world, engine) == 1)
            try await world.hear(
                [(suggestion, ReplyIssued(leg.assignment, at: now.days(-2), dueAt: leg.clock.dueAt))],
                on: engine
            )
            let closed = SuggestionClosed(number: "BJ-1", outcome: .solved, rounds: 1, closedAt: now)
            try await world.hear([(suggestion, closed)], on: engine)
            #expect(
                try await world.number("SELECT count(*) FROM clocks WHERE missed AND ended_at IS NOT NULL", on: engine)
                    == 1
            )
            #expect(try await world.ledger(leg.assignment, on: engine).contains("overdue fired"))
            #expect(try await world.told(about: suggestion, on: engine) == ["1 deadline.missed"])
            await engine.database.close()
        }
    }

    @Test func `each leg has its own end, and none wins over another (Zammad 5177)`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let early = Leg(startedAt: now.days(-40), dueAt: now.days(-1))
            let late = Leg(startedAt: now.days(-40), dueAt: now.days(60))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([late, early]))], on: engine)
            // What answers the one leaves the other as it was.
            let other = SuggestionID.make()
            let pair = [
                Leg(startedAt: now.days(-40), dueAt: now.days(-1)), Leg(startedAt: now.days(-40), dueAt: now.days(-1)),
            ]
            try await world.hear([(other, SuggestionAssigned(pair))], on: engine)
            try await world.hear(
                [(other, ReplyIssued(pair[0].assignment, at: now.days(-3), dueAt: pair[0].clock.dueAt))],
                on: engine
            )
            #expect(try await drain(world, engine) == 2)
            #expect(try await world.ledger(early.assignment, on: engine).contains("overdue fired"))
            #expect(try await world.ledger(late.assignment, on: engine) == [])
            #expect(try await world.ledger(pair[0].assignment, on: engine) == [])
            #expect(try await world.ledger(pair[1].assignment, on: engine).contains("overdue fired"))
            await engine.database.close()
        }
    }

    @Test func `one item that cannot be told stops nobody else's escalation (Digit-Core 1404, 1413)`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let assigned = (0..<20).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-40), dueAt: now.days(-1))]))
            }
            try await world.hear(assigned, on: engine)
            let bad = assigned[7].0.rawValue
            // What it would tell has been told under the same version: no transaction with it in it can be committed.
            try await engine.outbox.transaction {
                let event = ReminderDue(
                    assignment: .make(),
                    department: World.department,
                    stage: "x",
                    dueAt: now,
                    remindedAt: now
                )
                try $0.publish(event, about: assigned[7].0, version: 1, act: Act(actor: "rule:x", authority: "x"))
            }
            var hearing = Hearing(quiet: .zero) { 0 }
            let sweep = world.sweep(engine)
            // The first look finds that ends have come, the second judges them.
            _ = try await sweep.look(&hearing)
            let held = await #expect(throws: Sweep.Held.self) { try await sweep.look(&hearing) }
            #expect(held?.suggestions == [assigned[7].0])
            #expect(try await world.number("SELECT count(*) FROM notices WHERE outcome = 'fired'", on: engine) == 19)
            // It is looked at again later; the log and readiness name it.
            let row = try await engine.database.query(
                "SELECT next_at > now() + interval '10 minutes' AS later FROM clocks WHERE suggestion = \(bad)"
            )[0]
            #expect(try row["later", as: Bool.self])
            await engine.database.close()
        }
    }

    @Test func `what is said about a matter leaves its clocks alone (comment resets the clock)`() {
        // What can move, end or begin a clock: these, and nothing that is merely said, signed for or read.
        func name<Heard: Handler>(of _: Heard) -> EventName { Heard.Body.name }
        #expect(
            FollowClocks(timetable: Timetable(World.stages)).names == [
                SuggestionAssigned.name, AssignmentReturned.name, ReplyIssued.name, ReplyEvaluated.name,
                ClockChanged.name, SuggestionClosed.name,
            ]
        )
        // What comes beside them touches none.
        #expect(
            Set(Main.handlers.map { name(of: $0) }) == [
                SuggestionErased.name, SigningKeysPublished.name, PersonChanged.name, PersonErased.name,
                AccountChanged.name, SignInLocked.name,
            ]
        )
    }

    @Test func `ten thousand that are overdue behind a hundred newer ones are all found (only the newest N)`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            try await engine.database.runScript(
                """
                WITH made AS (
                    INSERT INTO suggestions (id) SELECT gen_random_uuid() FROM generate_series(1, 10100) RETURNING id
                ), numbered AS (SELECT id, row_number() OVER () AS index FROM made)
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at)
                SELECT gen_random_uuid(), 1, id, 'd' || index % 40, now() - interval '90 days', due, 'overdue', due
                FROM (SELECT id, index, now() - CASE WHEN index <= 100 THEN interval '1 minute' ELSE interval '9 days' END AS due
                      FROM numbered) AS planned;
                """
            )
            #expect(try await drain(world, engine) == 10_100)
            #expect(try await world.number("SELECT count(*) FROM clocks WHERE missed", on: engine) == 10_100)
            await engine.database.close()
        }
    }

    @Test func `a matter that is opened again after its end has a clock of its own (reopened after close)`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let (suggestion, leg) = (SuggestionID.make(), Leg(startedAt: now.days(-60), dueAt: now.days(-30)))
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            try await world.hear(
                [(suggestion, ReplyIssued(leg.assignment, at: now.days(-35), dueAt: leg.clock.dueAt))],
                on: engine
            )
            let again = Leg(leg.assignment, startedAt: now.days(-20), dueAt: now.days(2))
            let verdict = ReplyEvaluated(
                round: 1,
                attitude: .accepted,
                result: .dissatisfied,
                comment: "没有解决",
                reopened: [again],
                evaluatedAt: now.days(-20)
            )
            try await world.hear([(suggestion, verdict)], on: engine)
            #expect(try await drain(world, engine) == 1)
            #expect(try await world.ledger(leg.assignment, on: engine) == ["P10D skipped", "P3D fired"])
            await engine.database.close()
        }
    }

    @Test func `the day before the end is a day of the calendar and not twenty-four hours (CCRS 1462)`() throws {
        let shipped = try Stages(pack: World.shippedStages, settling: .zero)
        let stage = try #require(shipped["1wd"])
        for end in ["00:00:00", "09:15:00", "23:59:59.999999"] {
            // Wednesday 4 March 2026, whatever the hour: the day's work before begins on Tuesday at half past eight.
            let due = try #require(Timestamp("2026-03-04T\(end)+08:00"))
            #expect(shipped.instant(of: stage, dueAt: due) == Timestamp("2026-03-03T08:30:00+08:00"), "\(end)")
        }
    }

    @Test
    func `a stage before an end in the afternoon window comes in the morning, and before the end (multi-window day)`()
        throws
    {
        let shipped = try Stages(pack: World.shippedStages, settling: .zero)
        // Eight working hours from Monday noon end on Tuesday at four in the afternoon.
        let due = try #require(Timestamp("2026-03-03T16:00:00+08:00"))
        for stage in shipped.ordered.prefix(while: { !$0.isEnd }) {
            #expect(shipped.instant(of: stage, dueAt: due) < due, "\(stage.id)")
        }
        let behind = try #require(shipped["after-1wd"])
        #expect(shipped.instant(of: behind, dueAt: due) == Timestamp("2026-03-04T08:30:00+08:00"))
    }
}
