import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Replies

/// A new edition of the calendar moves the ends of running legs, once, and whom that concerns is told.
@Suite(.timeLimit(.minutes(5)))
struct RecountIntegrationTests {
    /// New Year's Day of 2027 and the weekend behind it.
    private static func edition() throws -> WorkCalendar {
        let days = try ["2027-01-01", "2027-01-02", "2027-01-03"].map { text in
            HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: text)), isOffDay: true)
        }
        return WorkCalendar.china.succeeded(
            by: try HolidayNotice(year: 2027, papers: ["https://www.gov.cn/2027"], days: days)
        )
    }

    private struct Moved: Hashable {
        let assignment: AssignmentID
        let dueAt: String
    }

    /// Tells Replies the edition, as Reminders does.
    private func publish(_ calendar: WorkCalendar, in world: LettersWorld) async throws {
        try await world.world.tell([
            try world.world.message(
                calendar.published(at: .now),
                about: CalendarPublished.aggregate,
                version: calendar.version - 1
            )
        ])
        try await eventually("the edition is known") {
            try await world.engine.database.transaction { try await KnownCalendar.newest(in: $0) } == calendar
        }
    }

    private func recount(_ world: LettersWorld, _ terms: LegalTerms? = nil) throws -> Recount {
        Recount(
            outbox: world.engine.outbox,
            terms: try terms ?? RepliesWorld.terms,
            calendar: KnownCalendar(),
            notices: world.notices,
            logger: .silent
        )
    }

    @Test func `what ends on a day that has become one off moves once, and its department is told`() async throws {
        try await LettersWorld.with { world in
            // Friday 1 January 2027, Thursday 31 December 2026.
            let starts = ["2026-12-02T01:00:00Z", "2026-12-01T01:00:00Z"]
            let legs = try await world.assign(startingAt: starts.map { try #require(Timestamp($0)) })
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await world.world.take(2, from: queue)
            try await publish(Self.edition(), in: world)
            // Several replicas at once: a matter's row lets one of them through, and the others find nothing left.
            let recounts = try (0..<3).map { _ in try recount(world) }
            let moved = try await withThrowingTaskGroup(of: Int.self) { group in
                for recount in recounts {
                    group.addTask {
                        try await recount.calendar.refresh(from: recount.outbox.database)
                        return try await recount.countAll()
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(moved == 1)
            let told = try await world.world.take(1, from: queue)
            #expect(told[0].properties.type == MovedNotice.name.rawValue)
            let notice = try EventCoding.decode(MovedNotice.self, from: told[0].body)
            #expect(notice.assignment == legs[0] && notice.round == 1)
            #expect(notice.previousDueAt.description == "2027-01-01T15:59:59.999999Z")
            #expect(notice.clock.dueAt.description == "2027-01-04T15:59:59.999999Z")
            #expect(notice.clock.provisional == nil && notice.clock.calendar == 2)
            let acts = try await world.engine.database.query(
                "SELECT name, actor, authority FROM acts WHERE actor LIKE 'rule:%' ORDER BY 1"
            )
            #expect(acts.count == 1)
            #expect(try acts[0]["name", as: String.self] == "clock.changed")
            #expect(try acts[0]["actor", as: String.self] == "rule:calendar")
            let rows = try await world.engine.database.query(
                "SELECT id, due_at, calendar, provisional FROM assignments ORDER BY due_at"
            )
            #expect(try rows.map { try $0["calendar", as: Int.self] } == [2, 2])
            #expect(try rows.map { try $0["provisional", as: Bool.self] } == [false, false])
            #expect(try await recounts[0].countAll() == 0)
        }
    }

    @Test func `a pause, then a change of the rule: nothing of the pause is lost, and it is told once (GLPI 6902)`()
        async throws
    {
        try await LettersWorld.with { world in
            let start = try #require(Timestamp("2026-11-03T01:00:00Z"))
            let leg = try await world.assign(startingAt: [start])[0]
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await world.world.take(1, from: queue)
            // Thirty days, and the five that stood still behind the pause's first: 8 December, by the pack in force.
            let facts = JSONText(
                #"{"pauses":[{"from":"2026-11-09T01:00:00.000000Z","until":"2026-11-14T01:00:00.000000Z","basis":"甲条"}]}"#
            )
            let paused = try #require(Timestamp("2026-12-08T15:59:59.999999Z"))
            let terms = try RepliesWorld.terms
            _ = try await world.engine.database.query(
                """
                UPDATE assignments SET facts = \(facts), due_at = \(paused), pack = \(terms.name),
                                       pack_version = \(terms.version), calendar = 1
                WHERE id = \(leg.rawValue)
                """
            )
            #expect(try await recount(world).countAll() == 0, "nothing has changed")
            // An edition that has other letters and rates counts no day otherwise: nothing moves, and nobody is told.
            var other = terms
            other.version += 1
            other.letters.removeLast()
            #expect(try await recount(world, other).countAll() == 0)
            let byRule = "SELECT count(*) FROM acts WHERE actor LIKE 'rule:%'" as SQL
            #expect(try await world.number(byRule) == 0)
            #expect(try await world.number("SELECT max(pack_version) FROM assignments") == other.version)
            // The pack's next edition counts the first day; every replica that starts with it looks.
            var changed = terms
            changed.version += 2
            changed.counting.firstDay?.rule = .counted
            let recounts = try (0..<3).map { _ in try recount(world, changed) }
            let moved = try await withThrowingTaskGroup(of: Int.self) { group in
                for recount in recounts { group.addTask { try await recount.countAll() } }
                return try await group.reduce(0, +)
            }
            #expect(moved == 1)
            let told = try await world.world.take(1, from: queue)
            let notice = try EventCoding.decode(MovedNotice.self, from: told[0].body)
            #expect(notice.reason == .rule && notice.previousDueAt == paused)
            #expect(notice.clock.dueAt.description == "2026-12-07T15:59:59.999999Z")
            #expect(notice.clock.pauses?.count == 1 && notice.clock.pauses?.first?.basis == "甲条")
            #expect(notice.clock.pack == Clock.Pack(name: terms.name, version: changed.version))
            let acts = try await world.engine.database.query(
                "SELECT actor, authority FROM acts WHERE actor LIKE 'rule:%'"
            )
            #expect(acts.count == 1)
            #expect(try acts[0]["actor", as: String.self] == "rule:pack")
            // A replica that has not been replaced yet takes nothing back, and the next start finds nothing.
            #expect(try await recount(world).countAll() == 0)
            #expect(try await recount(world, changed).countAll() == 0)
        }
    }

    @Test func `a leg that Routing has counted by an older edition is counted anew as it arrives`() async throws {
        let calendar = KnownCalendar()
        try await LettersWorld.with(calendar: calendar) { world in
            try await publish(Self.edition(), in: world)
            try await calendar.refresh(from: world.engine.database)
            let start = try #require(Timestamp("2026-12-02T01:00:00Z"))
            let legs = try await world.assign(startingAt: [start])
            let queue = world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            let told = try await world.world.take(1, from: queue)
            // One message with the end that counts, and none that corrects it.
            #expect(told[0].properties.type == AssignmentNotice.name.rawValue)
            let notice = try EventCoding.decode(AssignmentNotice.self, from: told[0].body)
            #expect(notice.assignment == legs[0])
            #expect(notice.clock.dueAt.description == "2027-01-04T15:59:59.999999Z")
            let changes = "SELECT count(*) FROM acts WHERE name = 'clock.changed'" as SQL
            #expect(try await world.engine.database.query(changes)[0].value(at: 0, as: Int.self) == 1)
        }
    }

    @Test func `a leg that is answered, and an edition that is older, move nothing`() async throws {
        try await LettersWorld.with { world in
            let start = try #require(Timestamp("2026-12-02T01:00:00Z"))
            let leg = try await world.assign(startingAt: [start])[0]
            _ = try await world.world.take(
                1,
                from: world.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            )
            let reply = ReplyMessage(assignment: leg, outcome: .solved, text: "已经办好。")
            try await world.world.tell([world.letter("reply", try EventCoding.encode(reply))])
            try await eventually("the reply is taken") {
                let count = "SELECT count(*) FROM replies" as SQL
                return try await world.engine.database.query(count)[0].value(at: 0, as: Int.self) == 1
            }
            try await publish(Self.edition(), in: world)
            let recount = try recount(world)
            try await recount.calendar.refresh(from: recount.outbox.database)
            #expect(try await recount.countAll() == 0)
            // What ships is older than what is known.
            try await world.engine.outbox.transaction {
                try KnownCalendar.keep(WorkCalendar.china.published(at: .now), in: $0)
            }
            let kept = try await world.engine.database.transaction { try await KnownCalendar.newest(in: $0) }
            #expect(kept?.version == 2)
        }
    }
}
