import Foundation
import Support
import Testing

/// What was imported is shown where it is asked for.
@Suite(.timeLimit(.minutes(5)))
struct ImportedCalendarIntegrationTests {
    @Test func `a year that was imported is shown by Reminders, with what of its file was skipped`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "notice-\(UUID().uuidString).ics")
        defer { try? FileManager.default.removeItem(at: file) }
        let events = [("20270101", "元旦（休）"), ("20270214", "情人节")].map { day, summary in
            "BEGIN:VEVENT\nDTSTART;VALUE=DATE:\(day)\nSUMMARY:\(summary)\nEND:VEVENT\n"
        }
        try Data("\u{FEFF}BEGIN:VCALENDAR\n\(events.joined())END:VCALENDAR\n".utf8).write(to: file)
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let shipped = try await world.command(["calendars", "show", "2026", "--imported"])
            #expect(shipped.output.hasPrefix("第1版 · edition 1\n2026  https://www.gov.cn/"), "\(shipped)")
            let unknown = try await world.command(["calendars", "show", "2027", "--imported"])
            #expect(unknown.status == 2 && unknown.errors.contains("there is no notice for 2027"))
            let arguments = ["calendars", "import", file.path, "--year", "2027", "--paper", "a notice"]
            let imported = try await world.command(arguments)
            #expect(
                imported.status == 0 && imported.output.hasPrefix(#"skipped: line 6: "情人节" is neither"#),
                "\(imported)"
            )
            let shown = try await world.command(["calendars", "show", "2027", "--imported"])
            #expect(shown.output.hasPrefix("第2版 · edition 2\n2027  a notice\n2027-01-01  休 off   元旦\n"), "\(shown)")
            // What ships has not changed, and says that it is no more than that.
            let offline = try await world.command(["calendars", "show", "2027"])
            #expect(offline.status == 2 && offline.errors.contains("--imported"))
        }
    }
}
