import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// Many notices at once are collected, and those whom each concerns find it among theirs.
@Suite(.timeLimit(.minutes(5)))
struct DigestIntegrationTests {
    private typealias World = RemindersWorld

    @Test func `a department gets twenty notices one by one and the rest in one message, each stage once`() async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let assigned = (0..<50).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-28), dueAt: now.days(2))]))
            }
            try await world.hear(assigned, on: engine)
            var other = Leg(startedAt: now.days(-28), dueAt: now.days(2))
            other.department = DepartmentCode(rawValue: "jiaojing")
            try await world.hear([(.make(), SuggestionAssigned([other]))], on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true).told == 51)
            let single = """
                SELECT count(*) FROM acts WHERE name = 'reminder.due' AND NOT convert_from(body, 'UTF8')::jsonb ? 'digest'
                """ as SQL
            #expect(try await world.number(single, on: engine) == 21)
            let ledger = """
                SELECT count(*) FILTER (WHERE outcome = 'fired') * 1000 + count(*) FILTER (WHERE outcome = 'digest')
                FROM notices WHERE stage = 'P3D'
                """ as SQL
            #expect(try await world.number(ledger, on: engine) == 21_030)
            // The other department's is not held up by them.
            #expect(try await world.ledger(other.assignment, on: engine) == ["P10D skipped", "P3D fired"])
            var hearing = Hearing(quiet: .zero) { 0 }
            _ = try await sweep.look(&hearing)
            let told = "SELECT count(*) FROM acts WHERE name = 'digest.due'" as SQL
            #expect(try await world.number(told, on: engine) == 0, "it is still collecting")
            try await engine.database.execute("UPDATE digests SET closes_at = now()")
            let replicas = [engine, world.replica(), world.replica()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for replica in replicas {
                    group.addTask {
                        var hearing = Hearing(quiet: .zero) { 0 }
                        _ = try await world.sweep(replica).look(&hearing)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.number(told, on: engine) == 1)
            let act = try await engine.database.query(
                "SELECT actor, convert_from(body, 'UTF8') AS body FROM acts WHERE name = 'digest.due'"
            )[0]
            #expect(try act["actor", as: String.self] == "rule:digest")
            let digest = try EventCoding.decode(DigestDue.self, from: Array(act["body", as: String.self].utf8))
            #expect(digest.count == 30 && digest.notices.count == 30 && digest.department == World.department)
            #expect(Set(digest.notices.map(\.assignment)).count == 30)
            #expect(digest.notices.allSatisfy { $0.stage == "P3D" && $0.number == "BJ-7F3K9Q2M" })
            for replica in replicas { await replica.database.close() }
        }
    }

    @Test
    func `an end is an event however many there are, and its department gets those that are too many in one message`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let assigned = (0..<60).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-28), dueAt: now.days(-1))]))
            }
            try await world.hear(assigned, on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true).told == 60)
            let events = "SELECT count(*) FROM acts WHERE name = 'deadline.missed'" as SQL
            #expect(try await world.number(events, on: engine) == 60)
            let collected = """
                SELECT count(*) FROM acts JOIN digests ON convert_from(body, 'UTF8')::jsonb ->> 'digest' = digests.id::text
                WHERE name = 'deadline.missed'
                """ as SQL
            #expect(try await world.number(collected, on: engine) == 40)
            #expect(try await world.number("SELECT count(*) FROM clocks WHERE missed", on: engine) == 60)
            try await engine.database.execute("UPDATE digests SET closes_at = now()")
            var hearing = Hearing(quiet: .zero) { 0 }
            _ = try await sweep.look(&hearing)
            let count = """
                SELECT (convert_from(body, 'UTF8')::jsonb ->> 'count')::int8 FROM acts WHERE name = 'digest.due'
                """ as SQL
            #expect(try await world.number(count, on: engine) == 40)
            await engine.database.close()
        }
    }

    @Test func `what the ledger has takes nothing of a pace and opens no digest`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let assigned = (0..<20).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-28), dueAt: now.days(2))]))
            }
            try await world.hear(assigned, on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true).told == 20)
            try await engine.database.execute(
                "UPDATE clocks SET next_stage = 'P3D', next_at = due_at - interval '3 days'"
            )
            #expect(try await sweep.sweep(judges: true).told == 0)
            #expect(try await world.number("SELECT count(*) FROM digests", on: engine) == 0)
            #expect(try await world.number("SELECT max(told)::int8 FROM paces", on: engine) == 20)
            await engine.database.close()
        }
    }

    @Test func `a digest that has collected long enough waits for the working hours`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let assigned = (0..<21).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-28), dueAt: now.days(-1))]))
            }
            try await world.hear(assigned, on: engine)
            #expect(
                try await world.sweep(engine).sweep(judges: true).told == 21,
                "what has happened is told at any hour"
            )
            try await engine.database.execute("UPDATE digests SET closes_at = now()")
            for (isOpen, told) in [(false, 0), (true, 1)] {
                let sweep = Sweep(
                    outbox: engine.outbox,
                    timetable: Timetable(World.stages),
                    hearing: Hearing(quiet: .zero) { 0 },
                    quiet: QuietHours { _ in isOpen },
                    logger: .silent
                )
                var hearing = Hearing(quiet: .zero) { 0 }
                _ = try await sweep.look(&hearing)
                let digests = "SELECT count(*) FROM acts WHERE name = 'digest.due'" as SQL
                #expect(try await world.number(digests, on: engine) == told)
            }
            await engine.database.close()
        }
    }

    @Test func `an hour later a department is told one by one again`() {
        let start = Timestamp.now
        var pace = Pace(since: start, told: 0)
        let admitted = (0..<25).map { _ in pace.admits(at: start) }
        #expect(admitted.count { $0 } == 20 && admitted.prefix(20).allSatisfy { $0 })
        let within = pace.admits(at: start + .seconds(3_599))
        let behind = pace.admits(at: start + .seconds(3_600))
        #expect(!within && behind && pace.told == 1)
    }
}
