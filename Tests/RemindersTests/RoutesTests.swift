import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

@Suite(.timeLimit(.minutes(5)))
struct RoutesTests {
    private struct ClockPage: Decodable {
        struct Item: Decodable, Hashable {
            let assignment: AssignmentID
            let department: String
            let dueAt: Timestamp
            let nextStage: String?
            let missed: Bool
        }
        let items: [Item]
        let next: String?
    }

    private struct NoticeList: Decodable {
        struct Item: Decodable, Hashable {
            let stage: String
            let outcome: String
            let name: [String: String]?
            let basis: String?
        }
        let items: [Item]
    }

    @Test func `the document names the routes that there are`() throws {
        let engine = Engine(
            service: .reminders,
            topology: Topology(),
            database: try TestStack().database("postgres"),
            broker: try TestStack().broker(),
            logger: .silent
        )
        let differences = try RouteContract.differences(document: Documents.openAPI(of: .reminders)) { router in
            Routes(database: engine.database, stages: RemindersWorld.stages).add(to: router)
            FeedRoutes(database: engine.database, desk: FeedDesk(outbox: engine.outbox)).add(to: router)
            ExcuseRoutes(desk: ExcuseDesk(outbox: engine.outbox)).add(to: router)
            PersonNoticeRoutes(database: engine.database).add(to: router)
            ActsRoutes(engine: engine).add(to: router)
        }
        #expect(differences == [])
    }

    private struct DueAnswer: Decodable {
        struct Line: Decodable { let counted: Bool }
        let due: String
        let explanation: [Line]
    }

    @Test func `anybody may ask when a period ends, and is told why`() async throws {
        try await RemindersWorld.with { world in
            try await RemindersHTTP.application(world.replica()).test(.router) { client in
                let answer: DueAnswer = try await RemindersHTTP.get(
                    "/v1/due-dates?start=2026-02-10&term=5wd",
                    as: "",
                    client
                )
                #expect(answer.due == "2026-02-24T23:59:59+08:00" && answer.explanation.count { $0.counted } == 5)
                for query in [
                    "", "start=2026-02-10", "term=5wd", "start=2026-02-30&term=5wd", "start=2026-02-10&term=5x",
                    "start=2026-02-10&term=37m", "start=2026-02-10&term=367d", "start=9999-12-31&term=1d",
                ] {
                    let path = "/v1/due-dates?\(query)"
                    let refused = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
                    #expect(refused.status == .badRequest, "\(query)")
                    try RemindersHTTP.check(path, refused)
                }
            }
        }
    }

    @Test func `whose way of counting is asked for is named, and one that is not here is refused`() async throws {
        struct Answer: Decodable {
            let due: String
            let pack: String?
        }
        var other = CountingRule(lastDay: .stays, closing: .midnight, basis: "a test")
        (other.firstDay, other.pack) = (.counted, "other v3")
        try await RemindersWorld.with { world in
            try await RemindersHTTP.application(world.replica(), packs: ["other": other]).test(.router) { client in
                let path = "/v1/due-dates?start=2026-03-02&term=6d"
                let plain: Answer = try await RemindersHTTP.get(path, as: "", client)
                #expect(plain.due == "2026-03-09T23:59:59+08:00" && plain.pack == nil)
                let named: Answer = try await RemindersHTTP.get("\(path)&pack=other", as: "", client)
                #expect(named.due == "2026-03-07T23:59:59+08:00" && named.pack == "other v3")
                for pack in ["nowhere", "", "../other"] {
                    let asked = "\(path)&pack=\(pack)"
                    let refused = try await client.executeRequest(uri: asked, method: .get, headers: [:], body: nil)
                    #expect(refused.status == .badRequest, "\(pack)")
                    try RemindersHTTP.check(asked, refused)
                }
            }
        }
    }

    @Test func `open clocks come page by page, the soonest first, and ended ones not at all`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let legs = (0..<150).map { index in Leg(startedAt: now, dueAt: now.days(150 - index)) }
            var other = Leg(startedAt: now, dueAt: now.days(1))
            other.department = DepartmentCode(rawValue: "jiaojing")
            let otherID = other.assignment
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned(legs + [other]))], on: engine)
            let ended = legs[149]
            try await world.hear(
                [(suggestion, ReplyIssued(ended.assignment, at: now, dueAt: ended.clock.dueAt))],
                on: engine
            )
            let expected = legs.dropLast().reversed().map(\.assignment)
            try await RemindersHTTP.application(engine).test(.router) { client in
                var listed: [AssignmentID] = []
                var path: String? = "/v1/clocks?department=chengguan"
                while let now = path {
                    let page = try await RemindersHTTP.get(now, as: "chengjian/committee", client, ClockPage.self)
                    listed += page.items.map(\.assignment)
                    path = page.next.map { "/v1/clocks?department=chengguan&after=\($0)" }
                }
                #expect(listed == expected)
                let soon = try await RemindersHTTP.get(
                    "/v1/clocks?due-before=\(now.days(3))",
                    as: "chengjian/committee",
                    client,
                    ClockPage.self
                )
                #expect(Set(soon.items.map(\.assignment)) == [otherID, legs[148].assignment])
                #expect(soon.items.first?.nextStage == "overdue")
                let own = try await RemindersHTTP.get("/v1/clocks", as: "jiaojing/department", client, ClockPage.self)
                #expect(own.items.map(\.assignment) == [otherID])
            }
            await engine.database.close()
        }
    }

    @Test func `a leg's ledger says what was told and what was skipped, to those whom it concerns`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-28), dueAt: now.days(2))
            try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
            try await world.sweep(engine).sweep(judges: true)
            try await RemindersHTTP.application(engine).test(.router) { client in
                let path = "/v1/notices?assignment=\(leg.assignment)"
                let list = try await RemindersHTTP.get(path, as: "chengguan/department", client, NoticeList.self)
                #expect(list.items.map(\.stage) == ["P10D", "P3D"])
                #expect(list.items.map(\.outcome) == ["skipped", "fired"])
                #expect(list.items.allSatisfy { $0.name?["zh"] != nil && $0.basis != nil })
                let foreign = try await RemindersHTTP.get(path, as: "jiaojing/department", client, NoticeList.self)
                #expect(foreign.items == [])
            }
            await engine.database.close()
        }
    }

    @Test(arguments: [
        ("/v1/clocks", "", 401), ("/v1/clocks", "station-1/liaison", 403), ("/v1/notices", "station-1/liaison", 403),
        ("/v1/clocks?department=jiaojing", "chengguan/department", 403),
        ("/v1/clocks?department=a%20b", "chengjian/committee", 400),
        ("/v1/clocks?due-before=tomorrow", "chengjian/committee", 400),
        ("/v1/clocks?after=x", "chengjian/committee", 400), ("/v1/notices", "chengjian/committee", 400),
        ("/v1/notices?assignment=x", "chengjian/committee", 400),
    ])
    func `what may not be asked is refused`(path: String, caller: String, status: Int) async throws {
        let engine = Engine(
            service: .reminders,
            topology: Topology(),
            database: try TestStack().database("postgres"),
            broker: try TestStack().broker(),
            logger: .silent
        )
        try await RemindersHTTP.application(engine).test(.router) { client in
            let response = try await client.executeRequest(
                uri: path,
                method: .get,
                headers: [.authorization: "Bearer \(caller)"],
                body: nil
            )
            #expect(response.status.code == status)
            try RemindersHTTP.check(path, response)
        }
        await engine.database.close()
    }
}
