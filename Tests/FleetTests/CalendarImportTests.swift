import Calendar
import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Testing

extension FleetTests {
    /// An operator takes a notice of days off while items are being handled.
    struct CalendarImportTests {
        private struct Status: Decodable {
            struct Leg: Decodable {
                struct Clock: Decodable {
                    let dueAt: Timestamp
                    let calendar: Int?
                }
                let clock: Clock
            }
            struct Line: Decodable { let event: String }
            let legs: [Leg]
            let history: [Line]
        }

        /// The notice of a day's year with that day off too, as an operator's file.
        private func notice(off day: CivilDate) throws -> URL {
            let shipped = WorkCalendar.china.notices[day.year]
            let days = (shipped?.days.filter { $0.date != day } ?? [])
            let wanted = try HolidayNotice(
                year: day.year,
                papers: shipped?.papers ?? ["https://www.gov.cn/example"],
                days: days + [HolidayNotice.Day(name: "临时放假", date: day, isOffDay: true)]
            )
            let file = FileManager.default.temporaryDirectory.appending(path: "notice-\(UUID().uuidString).json")
            try JSONEncoder().encode(wanted).write(to: file)
            return file
        }

        @Test(.timeLimit(.minutes(5)))
        func `a running end moves in every service, its department and its author are told, and once`() async throws {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let body = """
                        {"kind":"opinion","station":"ST-X01","title":"路灯不亮","text":"城管市容，路灯不亮，请修。"}
                        """
                    let receipt = try await client.submit(body, key: "calendar-1")
                    let headers = ["Receipt-Secret": receipt.secret]
                    func status() async throws -> Status {
                        let path = "/v1/suggestions/\(receipt.number)"
                        let answer = try await client.ask(.get, .intake, path, headers: headers, body: "")
                        return try EventCoding.decode(Status.self, from: answer.body)
                    }
                    try await eventually("a department has it") {
                        let legs = try await fleet.number("SELECT count(*) FROM assignments", of: .replies)
                        let clocks = try await fleet.number("SELECT count(*) FROM clocks", of: .reminders)
                        return try await status().legs.count == 1 && legs == 1 && clocks == 1
                    }
                    let before = try #require(try await status().legs.first?.clock)
                    #expect(before.calendar == 1)
                    let file = try notice(off: CivilDate(of: before.dueAt))
                    defer { try? FileManager.default.removeItem(at: file) }
                    let dry = try await fleet.operate(["calendars", "import", file.path, "--dry-run"])
                    #expect(dry.contains("edition 1 → 2, 1 days stand otherwise") && dry.hasSuffix("nothing written\n"))
                    let said = try await fleet.operate(["calendars", "import", file.path])
                    #expect(said.contains("edition 1 → 2"))
                    // The copy is looked at every few seconds.
                    try await eventually("the author sees the new end", within: .seconds(30)) {
                        try await status().legs.first?.clock.calendar == 2
                    }
                    let after = try #require(try await status().legs.first?.clock)
                    #expect(after.dueAt > before.dueAt)
                    let micros = "SELECT (extract(epoch FROM due_at) * 1000000)::int8 FROM" as String
                    for (service, table) in [
                        (ServiceName.routing, "assignments"), (.replies, "assignments"), (.reminders, "clocks"),
                    ] {
                        try await eventually("\(service) has the same end") {
                            try await fleet.number("\(unsafe: micros) \(unsafe: table)", of: service)
                                == Int(after.dueAt.microseconds)
                        }
                    }
                    let told = "SELECT count(*) FROM acts WHERE name = 'clock.changed'" as SQL
                    #expect(try await fleet.number(told, of: .replies) == 1)
                    #expect(try await status().history.last?.event == "clock.changed")
                    let again = try await fleet.operate(["calendars", "import", file.path])
                    #expect(again.contains("nothing changes, edition 2"))
                    #expect(try await fleet.number(told, of: .replies) == 1)
                    // From a copy of Reminders' own, which is read every few seconds as well.
                    try await eventually("the calendar is shown as it was imported") {
                        let calendar = try await client.ask(.get, .reminders, "/v1/calendar", headers: [:], body: "")
                        return String(decoding: calendar.body, as: UTF8.self).contains(#""edition":2"#)
                    }
                }
            }
        }
    }
}
