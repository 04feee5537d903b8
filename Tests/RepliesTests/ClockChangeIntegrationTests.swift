import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Replies

/// A committee changes running clocks over the real routes; whom that concerns is told, and nothing of it is lost.
@Suite(.timeLimit(.minutes(5)))
struct ClockChangeIntegrationTests {
    private static let pause = #"{"action":"pause","reason":"请代表补充具体位置"}"#
    private static let resume = #"{"action":"resume","reason":"已补充"}"#
    private static let officer = "chengjian/committee"

    @Test func `paused, resumed, extended and set, each once however often it is sent, with who did it`() async throws {
        try await RepliesWorld.with { replies in
            let leg = try await replies.hear().1[0]
            func ask(_ body: String) async throws -> ServiceClient.Answer {
                try await replies.act(leg, "clock", body, as: Self.officer)
            }
            let paused = try await ask(Self.pause)
            #expect(paused.status == 200)
            let pauses = paused.json["legs"]?[0]?["clock"]?["pauses"]?.elements
            #expect(pauses?.count == 1 && pauses?.first?["until"] == nil)
            #expect(try await ask(Self.pause).status == 409)
            #expect(try await ask(Self.resume).json["legs"]?[0]?["clock"]?["pauses"]?[0]?["until"]?.text != nil)
            #expect(try await ask(Self.resume).status == 409)
            let extend = #"{"action":"extend","reason":"涉及多个部门","term":"P10D"}"#
            let extended = try await ask(extend)
            #expect(extended.json["legs"]?[0]?["clock"]?["extensions"]?[0]?["by"]?.text == "P10D")
            let again = try await ask(extend)
            #expect(again.status == 422 && again.json["errors"]?[0]?["pointer"]?.text == "/action")
            #expect(again.json["errors"]?[0]?["rule"]?.text == "times")
            let end = "\(Timestamp.now + .seconds(86_400 * 20))"
            let set = #"{"action":"set","reason":"与代表商定","dueAt":"\#(end)"}"#
            for _ in 0..<2 {
                let clock = try await ask(set).json["legs"]?[0]?["clock"]
                #expect(clock?["dueAt"]?.text == end && clock?["fixed"]?["by"]?.text == "committee:chengjian")
            }
            let acts = try await replies.engine.database.query(
                "SELECT name, actor, authority, body FROM acts ORDER BY version"
            )
            #expect(acts.count == 4)
            for act in acts {
                #expect(try act["name", as: String.self] == "clock.changed")
                #expect(try act["actor", as: String.self] == "account:chengjian@chengjian")
                #expect(try act["authority", as: String.self] == "clock.change")
            }
            let told = try acts.map { try EventCoding.decode(ClockChanged.self, from: $0["body", as: [UInt8].self]) }
            #expect(told.map(\.reason) == [.paused, .resumed, .extended, .fixed])
            #expect(told.map(\.text) == ["请代表补充具体位置", "已补充", "涉及多个部门", "与代表商定"])
            #expect(told.allSatisfy { $0.basis?.isEmpty == false })
            // The page of the department's desk shows the same.
            let desk = try await replies.get("/v1/assignments", as: "chengguan/department").json["items"]?[0]
            #expect(desk?["clock"]?["dueAt"]?.text == end)
        }
    }

    @Test func `a limit of the pack is named with the member, and another committee's leg is as good as none`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let leg = try await replies.hear().1[0]
            let stored = try await replies.stored()
            for (body, pointer, rule) in [
                (#"{"action":"extend","reason":"r","term":"P31D"}"#, "/term", "limit"),
                (#"{"action":"extend","reason":"r","term":"P1M"}"#, "/term", "unit"),
                (#"{"action":"extend","reason":"r"}"#, "/term", "required"),
                (#"{"action":"set","reason":"r","dueAt":"2020-01-01T00:00:00Z"}"#, "/dueAt", "future"),
                (#"{"action":"set","reason":"r","dueAt":"2120-01-01T00:00:00Z"}"#, "/dueAt", "limit"),
                (#"{"action":"pause","reason":"  "}"#, "/reason", "length"),
                (#"{"action":"restart","reason":"r"}"#, "/action", "not-allowed"),
            ] {
                let answer = try await replies.act(leg, "clock", body, as: Self.officer)
                #expect(answer.status == 422, "\(body)")
                #expect(answer.json["errors"]?[0]?["pointer"]?.text == pointer, "\(body)")
                #expect(answer.json["errors"]?[0]?["rule"]?.text == rule, "\(body)")
            }
            for (caller, status) in [
                ("fazhi/committee", 404), ("chengguan/department", 403), ("deputy/deputy", 403),
                ("binjiang/director", 403), ("operator/operator", 403),
            ] {
                #expect(try await replies.act(leg, "clock", Self.pause, as: caller).status == status, "\(caller)")
            }
            let none = try await replies.act(.make(), "clock", Self.pause, as: "fazhi/committee")
            let foreign = try await replies.act(leg, "clock", Self.pause, as: "fazhi/committee")
            #expect(none.status == 404 && none.json["detail"] == foreign.json["detail"])
            #expect(try await replies.stored() == stored)
        }
    }

    @Test func `where a pack allows it a period begins anew, once, and the department and the record say why`()
        async throws
    {
        try await RepliesWorld.with(terms: RepliesWorld.restartableTerms) { replies in
            let leg = try await replies.hear().1[0]
            let restart = #"{"action":"restart","reason":"代表补充了重大情况"}"#
            for _ in 0..<2 {
                let answer = try await replies.act(leg, "clock", restart, as: Self.officer)
                #expect(answer.status == 200)
                let clock = answer.json["legs"]?[0]?["clock"]
                #expect(clock?["restarts"]?.elements.count == 1)
                #expect(clock?["restartBasis"]?.text == "补充重大情况的重新计算（依据待核）")
                #expect(clock?["pack"]?["name"]?.text == "zhejiang-hangzhou")
            }
            let acts = try await replies.engine.database.query("SELECT authority, body FROM acts")
            #expect(acts.count == 1)
            let told = try EventCoding.decode(ClockChanged.self, from: acts[0]["body", as: [UInt8].self])
            #expect(told.reason == .restarted && told.text == "代表补充了重大情况" && told.basis == told.clock.restartBasis)
            #expect(try acts[0]["authority", as: String.self] == "clock.change")
            // It is kept: the desk shows it, and it is part of what is counted anew.
            let desk = try await replies.get("/v1/assignments", as: "chengguan/department").json["items"]?[0]
            #expect(desk?["clock"]?["restarts"]?.elements.count == 1)
            #expect(desk?["clock"]?["dueAt"]?.text == told.clock.dueAt.description)
        }
    }

    @Test func `of many who pause at once on two replicas one does`() async throws {
        try await RepliesWorld.with { replies in
            let leg = try await replies.hear().1[0]
            let other = try replies.world.engine(.replies)
            let terms = try RepliesWorld.terms
            let notices = Notices(queued: [], topology: replies.world.topology)
            let desks = [replies.engine, other].map { Desk(outbox: $0.outbox, terms: terms, notices: notices) }
            let change = ClockChange(action: .pause, text: "r", role: .committee, office: "committee:chengjian")
            let done = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let call = Desk.Call(
                            command: .changeClock(leg, change),
                            actor: "account:x@chengjian",
                            department: nil,
                            suggestion: nil,
                            committee: CommitteeCode(rawValue: "chengjian"),
                            origin: .here
                        )
                        return (try? await desks[index % 2].perform(call)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            let acts = "SELECT count(*) FROM acts WHERE name = 'clock.changed'" as SQL
            #expect(try await replies.world.number(acts, of: .replies) == 1)
            await other.database.close()
        }
    }

    // MARK: Over the department's queue, and with a new edition of the calendar

    private static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    /// Does what an officer asks at a moment of the test's own, as the desk does it.
    private func change(_ leg: AssignmentID, _ action: ClockChange.Action, at moment: String, in world: LettersWorld)
        async throws -> SuggestionID
    {
        let terms = try RepliesWorld.terms.counted(in: .china)
        let asked = ClockChange(action: action, text: "张三的理由", role: .committee, office: "committee:chengjian")
        let now = try Self.at(moment)
        return try await world.engine.outbox.transaction { transaction in
            let id = try #require(try await RepliesStore.suggestions(of: [leg], in: transaction)[leg])
            var handling = try #require(try await RepliesStore.handlings([id], in: transaction)[id])
            let told = try handling.apply(.changeClock(leg, asked), at: now, terms: terms)
            try transaction.tell(told, about: handling, by: "account:x@chengjian", following: .here)
            try world.notices.send(told, about: handling, in: transaction, following: .here)
            try RepliesStore.store([handling], in: transaction)
            return id
        }
    }

    @Test func `a new edition moves a paused and extended clock from all its facts, and one set by hand not at all`()
        async throws
    {
        try await LettersWorld.with { world in
            let start = try Self.at("2026-12-02T09:00:00")
            let legs = try await world.assign(startingAt: [start, start, start])
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await world.world.take(3, from: queue)
            _ = try await change(legs[0], .pause, at: "2026-12-10T10:00:00", in: world)
            _ = try await change(legs[0], .resume, at: "2026-12-15T10:00:00", in: world)
            _ = try await change(legs[0], .extend(Term(10, .days)), at: "2026-12-16T10:00:00", in: world)
            let end = try Self.at("2027-01-18T17:30:00")
            _ = try await change(legs[1], .set(end), at: "2026-12-16T10:00:00", in: world)
            _ = try await change(legs[2], .pause, at: "2026-12-16T10:00:00", in: world)
            let notices = try await world.world.take(5, from: queue).map {
                try EventCoding.decode(MovedNotice.self, from: $0.body)
            }
            #expect(Set(notices.map(\.reason)) == [.paused, .resumed, .extended, .fixed])
            #expect(notices.allSatisfy { $0.text == "张三的理由" && $0.basis != nil })
            let extended = try #require(notices.first { $0.reason == .extended })
            // 1 January, five days that it stood still, ten more: Saturday the 16th, and so Monday.
            #expect(FixedZone.china.text(of: extended.clock.dueAt) == "2027-01-18T23:59:59+08:00")

            let holiday = HolidayNotice.Day(name: "假", date: try #require(CivilDate(iso: "2027-01-18")), isOffDay: true)
            let edition = WorkCalendar.china.succeeded(
                by: try HolidayNotice(year: 2027, papers: ["https://www.gov.cn/2027"], days: [holiday])
            )
            let published = try world.world.message(
                edition.published(at: .now),
                about: CalendarPublished.aggregate,
                version: 1
            )
            try await world.world.tell([published])
            try await eventually("the edition is known") {
                try await world.engine.database.transaction { try await KnownCalendar.newest(in: $0) } == edition
            }
            let moved = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let recount = Recount(
                            outbox: world.engine.outbox,
                            terms: try RepliesWorld.terms,
                            calendar: KnownCalendar(),
                            notices: world.notices,
                            logger: .silent
                        )
                        try await recount.calendar.refresh(from: recount.outbox.database)
                        return try await recount.countAll()
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(moved == 1)
            let told = try await world.world.take(1, from: queue)[0]
            let notice = try EventCoding.decode(MovedNotice.self, from: told.body)
            #expect(notice.assignment == legs[0] && notice.reason == .calendar && notice.text == nil)
            #expect(FixedZone.china.text(of: notice.clock.dueAt) == "2027-01-19T23:59:59+08:00")
            #expect(notice.clock.facts == extended.clock.facts)
            let rows = try await world.engine.database.query("SELECT id, due_at, calendar FROM assignments")
            let ends = Dictionary(
                uniqueKeysWithValues: try rows.map {
                    (try $0["id", as: UUID.self], try $0["due_at", as: Timestamp.self])
                }
            )
            #expect(ends[legs[1].rawValue] == end)
            #expect(try rows.map { try $0["calendar", as: Int.self] } == [2, 2, 2])
        }
    }

    @Test func `a department that answers by its queue while its clock stands still is in time, and hears no echo`()
        async throws
    {
        try await LettersWorld.with { world in
            let leg = try await world.leg()
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            let terms = try RepliesWorld.terms
            let desk = Desk(outbox: world.engine.outbox, terms: terms, notices: world.notices)
            let change = ClockChange(action: .pause, text: "r", role: .committee, office: "committee:chengjian")
            let call = Desk.Call(
                command: .changeClock(leg, change),
                actor: "account:x@chengjian",
                department: nil,
                suggestion: nil,
                committee: CommitteeCode(rawValue: "chengjian"),
                origin: .here
            )
            _ = try await desk.perform(call)
            let paused = try await world.world.take(1, from: queue)[0]
            #expect(paused.properties.type == MovedNotice.name.rawValue)
            let reply = ReplyMessage(assignment: leg, outcome: .solved, text: "已经办好。")
            try await world.world.tell([
                world.letter("reply", try EventCoding.encode(reply)), world.letter("receipt", "{}", id: "echo"),
            ])
            // The second letter's rejection is the next that it hears.
            #expect(try await world.rejection().message == "echo")
            try await eventually("the answer is taken") { try await world.number("SELECT count(*) FROM acts") == 3 }
            let acts = try await world.engine.database.query(
                "SELECT name || ' ' || authority AS line FROM acts ORDER BY version"
            )
            #expect(
                try acts.map { try $0["line", as: String.self] } == [
                    "clock.changed clock.change", "clock.changed reply.issue", "reply.issued reply.issue",
                ]
            )
        }
    }

    @Test func `what an officer wrote is erased with the item, and the change can still be read`() async throws {
        try await LettersWorld.with { world in
            let start = try Self.at("2026-12-02T09:00:00")
            let leg = try await world.assign(startingAt: [start])[0]
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await world.world.take(1, from: queue)
            let item = try await change(leg, .pause, at: "2026-12-10T10:00:00", in: world)
            let erased = SuggestionErased(number: "BJ-1", erasedAt: .now)
            try await world.world.tell([try world.world.message(erased, about: item, version: 2)])
            try await eventually("the words have gone") {
                try await world.number("SELECT count(*) FROM acts WHERE name = 'record.erased'") == 1
            }
            let body = try await world.engine.database.query("SELECT body FROM acts WHERE name = 'clock.changed'")
            let kept = try EventCoding.decode(ClockChanged.self, from: body[0]["body", as: [UInt8].self])
            #expect(kept.reason == .paused && kept.text?.hasPrefix("〔已删除〕") == true)
            #expect(kept.clock.pausedSince != nil)
        }
    }
}
