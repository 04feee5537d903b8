import Bootstrap
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

/// What officers and offices read of clocks: why they end when they do, what was told, what falls due.
@Suite(.timeLimit(.minutes(5)))
struct ReadingTests {
    private struct Explained: Decodable {
        struct Line: Decodable {
            let day: String
            let counted: Bool
        }
        struct Item: Decodable {
            let round: Int
            let dueAt: Timestamp
            let provisional: Bool
            let calendar: Int?
            let explanation: [Line]?
        }
        let items: [Item]
    }

    @Test func `a leg's periods say day by day why they end when they do, to those whom it concerns`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let start = try #require(Timestamp("2026-02-10T02:00:00Z"))
            let due = try #require(Timestamp("2026-02-24T15:59:59.999999Z"))
            let leg = Leg(startedAt: start, dueAt: due, term: "5wd")
            // Its owner says another end than this calendar gives: counted by an edition that is not known here yet.
            let other = Leg(startedAt: start, dueAt: due.days(1), term: "5wd")
            try await world.hear([(.make(), SuggestionAssigned([leg, other]))], on: engine)
            try await RemindersHTTP.application(engine).test(.router) { client in
                let path = "/v1/clocks/\(leg.assignment)"
                let answer = try await RemindersHTTP.get(path, as: "chengguan/department", client, Explained.self)
                let clock = try #require(answer.items.first)
                #expect(clock.dueAt == due && !clock.provisional && clock.calendar == 1)
                let days = try #require(clock.explanation)
                #expect(days.count == 15 && days.count { $0.counted } == 5 && days.last?.day == "2026-02-24")
                let unexplained = try await RemindersHTTP.get(
                    "/v1/clocks/\(other.assignment)",
                    as: "chengjian/committee",
                    client,
                    Explained.self
                )
                #expect(unexplained.items.map(\.dueAt) == [due.days(1)])
                #expect(unexplained.items[0].explanation == nil)
                for (caller, id, status) in [
                    ("jiaojing/department", "\(leg.assignment)", 404),
                    ("chengjian/committee", "\(AssignmentID.make())", 404), ("chengjian/committee", "x", 404),
                ] {
                    let refused = try await client.executeRequest(
                        uri: "/v1/clocks/\(id)",
                        method: .get,
                        headers: [.authorization: "Bearer \(caller)"],
                        body: nil
                    )
                    #expect(refused.status.code == status)
                    try RemindersHTTP.check("/v1/clocks/\(id)", refused)
                }
            }
            await engine.database.close()
        }
    }

    private struct InboxPage: Decodable {
        struct Item: Decodable, Hashable {
            let stage: String
            let number: String?
            let level: String?
            let assignment: AssignmentID
        }
        let items: [Item]
        let next: String?
    }

    @Test func `a notice lies in the inbox of those whom it concerns, and of nobody else`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
            let now = Timestamp.now
            // Long overdue: the end, and of what follows it the gravest stage.
            let leg = Leg(startedAt: now.days(-120), dueAt: now.days(-60))
            try await world.hear([(.make(), SuggestionAssigned([leg]))], by: Timetable(shipped), on: engine)
            let sweep = Sweep(
                outbox: engine.outbox,
                timetable: Timetable(shipped),
                hearing: Hearing(quiet: .zero) { 0 },
                logger: .silent
            )
            #expect(try await sweep.sweep(judges: true).told == 2)
            let application = HTTPService(configuration: HTTPConfiguration(), logger: .silent) { router in
                Routes(database: engine.database, stages: shipped).add(
                    to: GuardedRouter(router, tokens: RemindersHTTP.Named())
                )
            }.application
            try await application.test(.router) { client in
                func inbox(_ caller: String) async throws -> [InboxPage.Item] {
                    try await RemindersHTTP.get("/v1/inbox", as: caller, client, InboxPage.self).items
                }
                for caller in ["chengguan/clerk", "chengguan/department", "chengjian/committee"] {
                    let items = try await inbox(caller)
                    #expect(Set(items.map(\.stage)) == ["overdue", "after-20wd"], "\(caller)")
                    #expect(items.allSatisfy { $0.number == "BJ-7F3K9Q2M" && $0.assignment == leg.assignment })
                    #expect(Set(items.map(\.level)) == ["overdue", "red"])
                }
                for caller in ["office-1/office", "congress/director"] {
                    #expect(try await inbox(caller).map(\.stage) == ["after-20wd"], "\(caller)")
                }
                for caller in ["jiaojing/clerk", "shehui/committee", "congress/operator"] {
                    #expect(try await inbox(caller) == [], "\(caller)")
                }
            }
            await engine.database.close()
        }
    }

    private struct FeedAnswer: Decodable { let address: String }

    @Test func `an office subscribes to what falls due for it, and a new address ends the old one`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let due = try #require(Timestamp("2099-03-02T15:59:59.999999Z"))
            let leg = Leg(startedAt: due.days(-30), dueAt: due)
            let jiaojing = DepartmentCode(rawValue: "jiaojing")
            let other = Leg(startedAt: due.days(-30), dueAt: due.days(1), department: jiaojing)
            try await world.hear([(.make(), SuggestionAssigned([leg, other]))], on: engine)
            try await RemindersHTTP.application(engine).test(.router) { client in
                func make(_ caller: String) async throws -> String {
                    let response = try await client.executeRequest(
                        uri: "/v1/feeds",
                        method: .post,
                        headers: [.authorization: "Bearer \(caller)"],
                        body: nil
                    )
                    #expect(response.status == .created)
                    return try EventCoding.decode(FeedAnswer.self, from: Array(response.body.readableBytesView)).address
                }
                func read(_ address: String) async throws -> (status: Int, text: String) {
                    let response = try await client.executeRequest(uri: address, method: .get, headers: [:], body: nil)
                    try RemindersHTTP.check(address, response)
                    return (response.status.code, String(buffer: response.body))
                }
                let own = try await make("chengguan/clerk")
                let shown = try await read(own)
                #expect(shown.status == 200 && shown.text.hasPrefix("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"))
                #expect(shown.text.contains("UID:\(leg.assignment)-1@ebinda\r\n"))
                #expect(shown.text.contains("DTSTART;VALUE=DATE:20990302\r\nDTEND;VALUE=DATE:20990303\r\n"))
                #expect(!shown.text.contains(other.assignment.description))
                #expect(shown.text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 75 })
                #expect(shown.text.contains("SEQUENCE:0\r\n"))
                #expect(!shown.text.contains("DTSTAMP:2099"), "when it was made, and not when the period began")
                for (caller, count) in [("chengjian/committee", 2), ("office-1/office", 2), ("shehui/committee", 0)] {
                    let events = try await read(make(caller)).text.components(separatedBy: "BEGIN:VEVENT").count - 1
                    #expect(events == count, "\(caller)")
                }
                let renewed = try await make("chengguan/clerk")
                #expect(try await read(own).status == 404)
                #expect(try await read(renewed).status == 200)
                for secret in [String(repeating: "0", count: 64), "x", "%00"] {
                    #expect(try await read("/v1/feeds/\(secret)").status == 404, "\(secret)")
                }
                #expect(try await world.number("SELECT count(*) FROM feeds", on: engine) == 4)
                // Three months later, and when its reader ends it.
                try await engine.database.execute("UPDATE feeds SET ends_at = now() WHERE reader LIKE '%chengguan%'")
                #expect(try await read(renewed).status == 404)
                let again = try await make("chengguan/clerk")
                #expect(try await read(again).status == 200)
                let ended = try await client.executeRequest(
                    uri: "/v1/feeds",
                    method: .delete,
                    headers: [.authorization: "Bearer chengguan/clerk"],
                    body: nil
                )
                #expect(ended.status == .noContent)
                #expect(try await read(again).status == 404)
            }
            #expect(try await world.number("SELECT count(*) FROM feeds", on: engine) == 3)
            await engine.database.close()
        }
    }

    @Test func `old overdue clocks crowd out nothing that falls due, and an event that moves has a higher sequence`()
        async throws
    {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-3), dueAt: now.days(30))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            try await engine.database.execute(
                """
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at)
                SELECT gen_random_uuid(), 1, \(suggestion.rawValue), 'chengguan', now() - interval '900 days',
                       now() - index * interval '1 hour'
                FROM generate_series(1, 1500) AS index
                """
            )
            var moved = leg.clock
            moved.dueAt = now.days(33)
            let change = ClockChanged(
                assignment: leg.assignment,
                department: leg.department,
                round: 1,
                clock: moved,
                previousDueAt: leg.clock.dueAt,
                reason: .calendar,
                changedAt: now
            )
            try await world.hear([(suggestion, change)], version: 7, on: engine)
            for extent in [.department(leg.department), .committee(CommitteeCode(rawValue: "chengjian")), .everybody]
                as [FeedStore.Extent]
            {
                let clocks = try await engine.database.transaction { try await FeedStore.clocks(of: extent, in: $0) }
                #expect(clocks.count == FeedStore.overdueLimit + 1 && clocks.last?.1.id.assignment == leg.assignment)
                let due = clocks.map(\.1.dueAt)
                // The latest of those that are overdue, in the order of their ends.
                #expect(due == due.sorted() && due.first.map { $0 > now.days(-9) } == true)
                let text = DueCalendar.text(clocks.map { (number: $0.0, clock: $0.1) }, at: now)
                #expect(text.contains("SEQUENCE:7\r\n"))
            }
            await engine.database.close()
        }
    }

    private struct CalendarAnswer: Decodable {
        let edition: Int
        let lastYear: Int
        let years: [CalendarYear]
    }

    @Test func `anybody may see which days are off, and up to which year that is known`() async throws {
        try await RemindersWorld.with { world in
            try await RemindersHTTP.application(world.replica()).test(.router) { client in
                let answer: CalendarAnswer = try await RemindersHTTP.get("/v1/calendar", as: "", client)
                #expect(
                    answer.edition == 1 && answer.lastYear == 2026 && answer.years.map(\.year) == [2024, 2025, 2026]
                )
            }
        }
    }
}
