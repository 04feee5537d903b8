import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// Notices of days off become editions of the calendar.
@Suite(.timeLimit(.minutes(5)))
struct CalendarDeskIntegrationTests {
    private static func notice(_ off: [String]) throws -> HolidayNotice {
        try HolidayNotice(
            year: 2027,
            papers: ["https://www.gov.cn/2027"],
            days: off.map { HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: $0)), isOffDay: true) }
        )
    }

    private func take(_ notice: HolidayNotice, isDry: Bool = false, on engine: Engine) async throws
        -> CalendarDesk.Change
    {
        try await engine.outbox.transaction { try await CalendarDesk.take(notice, isDry: isDry, in: $0) }
    }

    @Test func `a notice is an edition, the same again is none, and a correction is the next`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let first = try Self.notice(["2027-01-01", "2027-01-04"])
            let dry = try await take(first, isDry: true, on: engine)
            #expect(dry.before == 1 && dry.after == 2 && dry.days.map(\.description) == ["2027-01-01", "2027-01-04"])
            #expect(try await world.told(about: CalendarPublished.aggregate, on: engine) == [])
            #expect(try await take(first, on: engine) == dry)
            let again = try await take(first, on: engine)
            #expect(again.before == 2 && again.after == 2 && again.days == [])
            #expect(again.lines == ["2027: nothing changes, edition 2"])
            let corrected = try await take(Self.notice(["2027-01-01"]), on: engine)
            #expect(corrected.after == 3 && corrected.days.map(\.description) == ["2027-01-04"])
            #expect(
                try await world.told(about: CalendarPublished.aggregate, on: engine)
                    == ["1 calendar.published", "2 calendar.published"]
            )
            let known = KnownCalendar()
            try await known.refresh(from: engine.database)
            let notice = try Self.notice(["2027-01-01"])
            #expect(known.current.version == 3 && known.current.notices[2027] == notice)
        }
    }

    @Test func `stages ahead are placed by the new edition, once, and none of them is told early`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
            let calendar = KnownCalendar()
            let timetable = Timetable(shipped, calendar: calendar)
            // Wednesday 4 January 2040: no notice, so that its working days are its weekdays.
            let due = try #require(Timestamp("2040-01-04T15:59:59.999999Z"))
            let leg = Leg(startedAt: due.days(-3), dueAt: due)
            try await world.hear([(.make(), SuggestionAssigned([leg]))], by: timetable, on: engine)
            func next() async throws -> String {
                let row = try await engine.database.query("SELECT next_stage, next_at FROM clocks")[0]
                return try "\(row["next_stage", as: String.self]) \(row["next_at", as: Timestamp.self])"
            }
            #expect(try await next() == "1wd 2040-01-03T00:30:00.000000Z")
            let holiday = HolidayNotice.Day(name: "假", date: try #require(CivilDate(iso: "2040-01-03")), isOffDay: true)
            let notice = try HolidayNotice(year: 2040, papers: ["https://www.gov.cn/2040"], days: [holiday])
            _ = try await take(notice, on: engine)
            try await calendar.refresh(from: engine.database)
            let replanning = Replanning(database: engine.database, calendar: calendar, logger: .silent)
            #expect(try await replanning.place(by: calendar.current.version))
            #expect(try await !replanning.place(by: calendar.current.version))
            let sweep = Sweep(
                outbox: engine.outbox,
                timetable: timetable,
                hearing: Hearing(quiet: .zero) { 0 },
                logger: .silent
            )
            #expect(try await sweep.sweep(judges: true).told == 0)
            #expect(try await next() == "1wd 2040-01-02T00:30:00.000000Z")
            await engine.database.close()
        }
    }

    @Test func `a hundred thousand clocks are placed anew in steps, and events are heard between them`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await engine.database.runScript(
                """
                INSERT INTO suggestions (id) SELECT gen_random_uuid() FROM generate_series(1, 100000);
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at)
                SELECT gen_random_uuid(), 1, id, 'chengguan', now(), now() + interval '90 days', 'P10D',
                       now() + interval '80 days' + random() * interval '1 day'
                FROM suggestions;
                ANALYZE suggestions, clocks;
                """
            )
            let replanning = Replanning(database: engine.database, calendar: KnownCalendar(), logger: .silent)
            // One that was cut off behind its first step; and what another edition has begun counts for nothing.
            #expect(try await replanning.step(by: 2) == .further)
            #expect(try await replanning.step(by: 3) == .further)
            let left = "SELECT count(*) FROM clocks WHERE next_at > now()" as SQL
            #expect(try await world.number(left, on: engine) == 100_000 - Replanning.limit)
            let placing = Task { try await replanning.place(by: 3) }
            // Events about matters that there are already, while the steps go on.
            let ids = try await engine.database.query("SELECT id FROM suggestions ORDER BY id LIMIT 20")
                .map { SuggestionID(rawValue: try $0["id", as: UUID.self]) }
            var between = 0
            for id in ids {
                let leg = Leg(startedAt: .now, dueAt: Timestamp.now.days(90))
                try await world.hear([(id, SuggestionAssigned([leg]))], on: engine)
                if try await world.number("SELECT count(*) FROM planning WHERE edition < 3", on: engine) == 1 {
                    between += 1
                }
            }
            #expect(between > 0, "they did not wait for the last step")
            #expect(try await placing.value)
            // Those of the events began behind the first step, and by the calendar as it is.
            #expect(try await world.number(left, on: engine) <= ids.count)
            #expect(try await world.number("SELECT edition::int8 FROM planning", on: engine) == 3)
            #expect(try await replanning.step(by: 3) == .nothing)
            await engine.database.close()
        }
    }

    @Test func `notices that come at the same time are numbered without gaps`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let editions = try await withThrowingTaskGroup(of: Int.self) { group in
                for day in 1...8 {
                    group.addTask { try await take(Self.notice(["2027-02-0\(day)"]), on: engine).after }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(editions.sorted() == Array(2...9))
            #expect(try await world.told(about: CalendarPublished.aggregate, on: engine).count == 8)
        }
    }
}
