import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// What a department says beside an end that it has missed; and what is shown of a period's facts.
@Suite(.timeLimit(.minutes(5)))
struct ExcusesIntegrationTests {
    private static let department = DepartmentCode(rawValue: "zhujian")

    private struct Asked: Sendable {
        let world: RemindersWorld
        let engine: Engine
        let client: ServiceClient

        func excuse(
            _ assignment: AssignmentID,
            _ text: String = "汛期抢险",
            round: String = "1",
            as caller: String = "zhujian/signer"
        ) async throws -> ServiceClient.Answer {
            let body = String(decoding: try JSONEncoder().encode(["text": text]), as: UTF8.self)
            let path = "/v1/clocks/\(assignment)/breaches/\(round)/excuses"
            let answer = try await client.post(path, body, as: caller)
            #expect(answer.breaches == [])
            return answer
        }

        func explained(_ assignment: AssignmentID, as caller: String = "zhujian/clerk") async throws -> JSON? {
            let answer = try await client.send(.get, "/v1/clocks/\(assignment)", as: caller)
            #expect(answer.status == 200 && answer.breaches == [])
            return answer.json["items"]?[0]
        }
    }

    private func with(_ body: @escaping @Sendable (Asked) async throws -> Void) async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await ServiceClient.with(
                document: Documents.openAPI(of: .reminders),
                logger: .silent,
                routes: { router in
                    Routes(database: engine.database, stages: RemindersWorld.stages).add(to: router)
                    ExcuseRoutes(desk: ExcuseDesk(outbox: engine.outbox)).add(to: router)
                },
                { client in try await body(Asked(world: world, engine: engine, client: client)) }
            )
            await engine.database.close()
        }
    }

    @Test func `an excuse stands beside the breach, which stays as it was told, also when the matter is closed`()
        async throws
    {
        try await with { asked in
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-40), dueAt: now.days(-10), department: Self.department)
            let suggestion = SuggestionID.make()
            try await asked.world.hear([(suggestion, SuggestionAssigned([leg]))], on: asked.engine)
            #expect(try await asked.excuse(leg.assignment).status == 409, "nobody has told of a breach yet")
            #expect(try await asked.world.sweep(asked.engine).sweep(judges: true).told == 1)
            for _ in 0..<2 {
                let said = try await asked.excuse(leg.assignment)
                #expect(said.status == 201 && said.json["text"]?.text == "汛期抢险" && said.json["round"]?.whole == 1)
            }
            #expect(try await asked.excuse(leg.assignment, "已于当月补办", as: "zhujian/reviewer").status == 201)
            for (caller, round, status) in [
                ("chengguan/department", "1", 404), ("zhujian/clerk", "1", 403), ("chengjian/committee", "1", 403),
                ("deputy/deputy", "1", 403), ("zhujian/signer", "2", 404), ("zhujian/signer", "x", 404),
            ] {
                let answer = try await asked.excuse(leg.assignment, round: round, as: caller)
                #expect(answer.status == status, "\(caller) \(round)")
            }
            #expect(try await asked.excuse(leg.assignment, " ").status == 422)
            let reply = ReplyIssued(leg.assignment, at: now.days(-2), dueAt: leg.clock.dueAt)
            try await asked.world.hear([(suggestion, reply)], on: asked.engine)
            let closed = SuggestionClosed(number: "BJ-1", outcome: .solved, rounds: 1, closedAt: now)
            try await asked.world.hear([(suggestion, closed)], on: asked.engine)
            let shown = try await asked.explained(leg.assignment)
            #expect(shown?["missedDueAt"]?.text == "\(leg.clock.dueAt)")
            #expect(shown?["excuses"]?.elements.compactMap { $0["text"]?.text } == ["汛期抢险", "已于当月补办"])
            #expect(try await asked.explained(leg.assignment, as: "chengjian/committee")?["excuses"] != nil)
            #expect(
                try await asked.world.told(about: suggestion, on: asked.engine)
                    == ["1 deadline.missed", "2 breach.excused", "3 breach.excused"]
            )
            let acts = try await asked.engine.database.query(
                "SELECT DISTINCT actor, authority FROM acts WHERE name = 'breach.excused'"
            )
            #expect(try acts.map { try $0["authority", as: String.self] } == ["breach.excuse"])
            #expect(try acts[0]["actor", as: String.self] == "account:zhujian@zhujian")
        }
    }

    @Test func `of an end only so much is said, and many at once say the same once`() async throws {
        try await with { asked in
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-40), dueAt: now.days(-10), department: Self.department)
            try await asked.world.hear([(.make(), SuggestionAssigned([leg]))], on: asked.engine)
            try await asked.world.sweep(asked.engine).sweep(judges: true)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await asked.excuse(leg.assignment, "同时").status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 201, count: 8))
            for index in 1..<ExcuseDesk.limit {
                #expect(try await asked.excuse(leg.assignment, "第\(index)次").status == 201)
            }
            #expect(try await asked.excuse(leg.assignment, "再说一次").status == 409)
            #expect(try await asked.excuse(leg.assignment, "同时").status == 201, "said already")
            let said = "SELECT count(*) FROM acts WHERE name = 'breach.excused'" as SQL
            #expect(try await asked.world.number(said, on: asked.engine) == ExcuseDesk.limit)
        }
    }

    @Test func `a period shows when it stood still, how far it was extended, and that it stands still`() async throws {
        try await with { asked in
            let start = try #require(Timestamp("2026-03-02T10:00:00+08:00"))
            let end = try #require(Timestamp("2026-04-14T23:59:59.999999+08:00"))
            let leg = Leg(startedAt: start, dueAt: start.days(30), department: Self.department)
            let suggestion = SuggestionID.make()
            try await asked.world.hear([(suggestion, SuggestionAssigned([leg]))], on: asked.engine)
            var clock = leg.clock
            clock.pauses = [
                Clock.Pause(
                    from: try #require(Timestamp("2026-03-10T10:00:00+08:00")),
                    until: Timestamp("2026-03-13T10:00:00+08:00")
                )
            ]
            clock.extensions = [Clock.Extension(by: "P10D")]
            (clock.dueAt, clock.calendar) = (end, 1)
            func change(_ clock: Clock) -> ClockChanged {
                ClockChanged(
                    assignment: leg.assignment,
                    department: leg.department,
                    round: 1,
                    clock: clock,
                    previousDueAt: leg.clock.dueAt,
                    reason: .extended,
                    changedAt: start
                )
            }
            try await asked.world.hear([(suggestion, change(clock))], version: 3, on: asked.engine)
            let shown = try await asked.explained(leg.assignment)
            #expect(shown?["dueAt"]?.text == "\(end)" && shown?["pausedSince"] == nil)
            #expect(
                shown?["changes"]?.elements.compactMap { $0["zh"]?.text } == [
                    "延长10日", "2026-03-10 起中止，2026-03-13 恢复",
                ]
            )
            let days = shown?["explanation"]?.elements ?? []
            // Three days stood still, of which the words say so; forty count.
            #expect(days.count { $0["zh"]?.text?.contains("中止") == true } == 3)
            #expect(days.count { $0["counted"] == .boolean(true) } == 40)
            clock.pauses?.append(Clock.Pause(from: try #require(Timestamp("2026-03-20T10:00:00+08:00"))))
            try await asked.world.hear([(suggestion, change(clock))], version: 4, on: asked.engine)
            let still = try await asked.explained(leg.assignment)
            #expect(still?["pausedSince"]?.text == "2026-03-20T02:00:00.000000Z")
            #expect(still?["explanation"]?.elements.last?["day"]?.text == "2026-03-20")
            let listed = try await asked.client.send(.get, "/v1/clocks", as: "zhujian/clerk")
            #expect(listed.breaches == [] && listed.json["items"]?[0]?["pausedSince"]?.text != nil)
            #expect(listed.json["items"]?[0]?["nextAt"] == nil)
        }
    }
}
