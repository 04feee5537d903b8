import Foundation
import HTTPSupport
import Support
import Testing

@testable import Operator

/// `ebinda calendars`, which needs no server.
@Suite(.timeLimit(.minutes(5)))
struct CalendarsCommandTests {
    private func run(
        _ arguments: [String],
        input: String? = nil
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await Command(["calendars"] + arguments, input: input).run()
    }

    @Test func `five working days before Spring Festival end behind it, and every day says why`() async throws {
        let result = try await run(["due", "--start", "2026-02-10", "--term", "5wd", "--json"])
        #expect(result.status == 0 && result.errors == "")
        let answer = try JSON(Array(result.output.utf8))
        #expect(answer["due"]?.text == "2026-02-24T23:59:59+08:00")
        #expect(answer["provisional"] == .boolean(false) && answer["calendar"]?.text == "cn v1")
        let days = try #require(answer["explanation"]?.elements)
        #expect(days.count == 15 && days.filter { $0["counted"] == .boolean(true) }.count == 5)
        #expect(days[4]["zh"]?.text == "第4个工作日（春节调休上班）")
        let plain = try await run(["due", "--start", "2026-02-10", "--term", "5wd"])
        #expect(plain.output.hasPrefix("2026-02-24T23:59:59+08:00\n2026-02-10     开始的当日"))
    }

    @Test func `a pack's way of counting is asked for by its name`() async throws {
        for pack in ["zhejiang-hangzhou", "chongqing"] {
            let result = try await run(["due", "--start", "2026-02-10", "--term", "5wd", "--pack", pack, "--json"])
            #expect(result.status == 0 && result.errors == "")
            let answer = try JSON(Array(result.output.utf8))
            #expect(answer["due"]?.text == "2026-02-24T23:59:59+08:00")
            #expect(answer["basis"]?.text?.hasPrefix("民法典第二百零一条至第二百零三条：") == true)
            #expect(answer["pack"]?.text?.hasPrefix("\(pack) v") == true)
        }
        // Its hours are others: two packs, two answers.
        for (pack, due) in [
            ("zhejiang-hangzhou", "2026-03-02T11:30:00+08:00"), ("chongqing", "2026-03-02T12:00:00+08:00"),
        ] {
            let result = try await run(["due", "--start", "2026-03-02", "--term", "3wh", "--pack", pack])
            #expect(result.output.hasPrefix(due), "\(pack): \(result.output)")
        }
        for pack in ["nowhere", "../zhejiang-hangzhou", ""] {
            let result = try await run(["due", "--start", "2026-02-10", "--term", "5wd", "--pack", pack])
            #expect(result.status == 2 && result.errors.hasPrefix("ebinda: --pack: "), "\(pack)")
        }
    }

    /// A pack that counts in every respect otherwise than the Civil Code.
    private func otherPack() throws -> URL {
        let shipped = Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")
        var text = try String(contentsOf: shipped, encoding: .utf8)
        for (old, new) in [
            (#""rule": "notCounted""#, #""rule": "counted""#), (#""rule": "lastOfMonth""#, #""rule": "nextDay""#),
            (#""lastDay": "nextWorkingDay""#, #""lastDay": "stays""#),
            (#""closing": "midnight""#, #""closing": "business""#),
            (#""08:30-12:00", "14:00-17:30""#, #""10:00-16:00""#),
            (#""name": "zhejiang-hangzhou""#, #""name": "other""#),
        ] {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        return file
    }

    @Test func `a pack that counts otherwise is found by its path, and its answers are others`() async throws {
        let file = try otherPack()
        defer { try? FileManager.default.removeItem(at: file) }
        let ask = ["due", "--json", "--pack", file.path, "--start"]
        for (start, term, due, words) in [
            // From Monday the 2nd, which counts; a Saturday stays the last day, on which nobody works.
            ("2026-03-02", "6d", "2026-03-07T23:59:59+08:00", "第6日"),
            ("2026-03-02", "5wd", "2026-03-06T16:00:00+08:00", "第5个工作日"),
            // February has no 30th: 1 March stands for it, and the day before is the last of three months that begin on the 30th.
            ("2025-11-30", "3m", "2026-02-28T16:00:00+08:00", "第91日（末月没有30日，以次日为最后一日，民法典第二百零二条：没有对应日的，月末日为期间的最后一日）"),
            ("2026-03-02", "7wh", "2026-03-03T11:00:00+08:00", "计1小时"),
        ] {
            let result = try await run(ask + [start, "--term", term])
            let answer = try JSON(Array(result.output.utf8))
            #expect(answer["due"]?.text == due, "\(start) \(term): \(result.output) \(result.errors)")
            #expect(answer["pack"]?.text?.hasPrefix("other v") == true)
            #expect(answer["explanation"]?.elements.last?["zh"]?.text == words)
        }
        try Data("{}".utf8).write(to: file)
        let broken = try await run(ask + ["2026-03-02", "--term", "6d"])
        #expect(broken.status == 2 && broken.errors.hasPrefix("ebinda: --pack: "))
    }

    @Test func `a further notice counts offline, and the answer says so`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "notice-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let notice = #"{"year":2027,"papers":["a notice"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#
        try Data(notice.utf8).write(to: file)
        let ask = ["due", "--json", "--start", "2026-12-30", "--term", "2wd"]
        let without = try JSON(Array(try await run(ask).output.utf8))
        #expect(without["due"]?.text == "2027-01-01T23:59:59+08:00" && without["provisional"] == .boolean(true))
        let with = try JSON(Array(try await run(ask + ["--notice", file.path]).output.utf8))
        #expect(with["due"]?.text == "2027-01-04T23:59:59+08:00" && with["provisional"] == .boolean(false))
        #expect(with["calendar"]?.text == "cn v1 + 2027")
    }

    @Test func `every unit, and a moment as the start`() async throws {
        for (start, term, due) in [
            ("2026-02-10", "10d", "2026-02-24T23:59:59+08:00"), ("2025-11-30", "3m", "2026-02-28T23:59:59+08:00"),
            ("2026-03-02T11:00", "2wh", "2026-03-02T15:00:00+08:00"),
            ("2026-03-02", "8wh", "2026-03-03T09:30:00+08:00"),
        ] {
            let result = try await run(["due", "--start", start, "--term", term, "--json"])
            #expect(try JSON(Array(result.output.utf8))["due"]?.text == due, "\(start) \(term)")
        }
    }

    @Test func `a batch is answered line by line, and a bad line names its rule without stopping the others`()
        async throws
    {
        let result = try await run(
            ["due", "--batch"],
            input: "2026-02-10\t5wd\n2026-02-30 5wd\n\n2026-02-10 5x\n2026-05-01 1d\n"
        )
        let lines = try result.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
        #expect(lines.map { $0["due"]?.text } == ["2026-02-24T23:59:59+08:00", nil, nil, "2026-05-06T23:59:59+08:00"])
        #expect(lines[1]["error"]?.text?.hasPrefix("--start: must be such as") == true)
        #expect(lines[2]["error"]?.text?.hasPrefix("--term: must be such as") == true)
        #expect(result.status == 2 && result.errors == "ebinda: --batch: 2 lines were refused\n")
    }

    @Test(arguments: [
        ["due"], ["due", "--start", "2026-02-10"], ["due", "--start", "2026-13-01", "--term", "5wd"],
        ["due", "--start", "2026-02-10T24:00", "--term", "5wd"], ["due", "--start", "2026-02-10", "--term", "0d"],
        ["due", "--start", "2026-02-10", "--term", "4000d"], ["due", "--start", "2026-02-10", "--term", "P5WD"],
        ["show", "2027"], ["check", "/nowhere/x"], ["due", "--batch", "--start", "2026-02-10"],
        ["due", "--batch", "--json", "--term", "5wd"], ["check", "/etc/hostname"], ["check", "/"],
    ])
    func `what is wrong is one line and status 2`(arguments: [String]) async throws {
        let result = try await run(arguments)
        #expect(result.status == 2 && result.output == "")
        #expect(result.errors.hasPrefix("ebinda: ") && result.errors.split(separator: "\n").count == 1)
    }

    @Test func `a year that is not known here is called so, and one hour is one`() async throws {
        // Its notice was published long ago, and does not ship.
        let old = try await run(["due", "--start", "2023-02-10", "--term", "5wd"])
        #expect(old.output.contains("该年放假安排尚未收录") && old.output.contains("no notice for its year here"))
        let hours = try await run(["due", "--start", "2026-03-02", "--term", "8wh"])
        #expect(hours.output.contains("7 hours counted") && hours.output.contains("1 hour counted"))
    }

    @Test func `a year is shown with its working days, and a notice is checked before anybody takes it`() async throws {
        let shown = try await run(["show", "2026"])
        #expect(shown.output.hasPrefix("随程序提供的安排，未计入导入的通知"))
        #expect(shown.output.contains("2026-02-14  班 work  春节"))
        #expect(shown.output.hasSuffix("工作日 · working days: 248 (21 16 22 21 19 21 23 21 22 18 21 23)\n"))
        let file = FileManager.default.temporaryDirectory.appending(path: "notice-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let good = #"{"year":2027,"papers":["a notice"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#
        try Data(good.utf8).write(to: file)
        #expect(try await run(["check", file.path]).output.contains("2027-01-01  休 off   元旦"))
        for (bad, words) in [
            (good.replacing("2027-01-01", with: "2027-02-30"), "/days/0/date: not a date"),
            (good.replacing(#"["a notice"]"#, with: "[]"), "/papers: names no notice"),
            (good.replacing(#""year":2027,"#, with: ""), "/year: is missing"),
            (good.replacing("2027-01-01", with: "2029-01-01"), "is not of 2027"),
            ("{", "is neither JSON nor iCalendar"),
        ] {
            try Data(bad.utf8).write(to: file)
            let result = try await run(["check", file.path])
            #expect(result.status == 2 && result.errors.contains(words), "\(result.errors)")
        }
        let event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nSUMMARY:元旦（休）\nEND:VEVENT\n"
        try Data("BEGIN:VCALENDAR\n\(event)END:VCALENDAR\n".utf8).write(to: file)
        let unnamed = try await run(["check", file.path])
        #expect(unnamed.status == 2 && unnamed.errors.hasPrefix("ebinda: --year, --paper: are needed"))
        let named = try await run(["check", file.path, "--year", "2027", "--paper", "a notice"])
        #expect(named.status == 0 && named.output.contains("2027-01-01  休 off   元旦"))
    }
}
