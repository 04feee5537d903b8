import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Foundation
import Rules

/// `ebinda calendars …`: working days, and when a period ends.
///
/// Needs no server, but for `import`.
struct CalendarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendars",
        abstract: "Working days, and when a period ends and why: due, show, check, import.",
        subcommands: [Due.self, Show.self, Check.self, Import.self]
    )

    /// `ebinda calendars due`: from this day, this term: when, and why.
    struct Due: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "When a period ends, and what was made of each day.",
            discussion: "Terms: 10d, 5wd (working days), 8wh (working hours), 3m; P10D and P3M as well."
        )

        @OptionGroup var options: Options
        @Option(help: "The day on which it begins, as 2026-02-10, or the moment, as 2026-02-10T09:30.")
        var start: String?
        @Option(help: "How long it is: 10d, 5wd, 8wh, 3m.")
        var term: String?
        @Option(help: "The rule pack whose way of counting is asked for, by name; the Civil Code's unless given.")
        var pack: String?
        @Flag(help: "Answer in JSON.")
        var json = false
        @Flag(help: "Read a `DATE TERM` a line from standard input, and answer each with a line of JSON.")
        var batch = false

        func run() async throws {
            try await options.perform { settings in
                let rule = try await rule(settings)
                if batch { return try answerAll(rule) }
                guard let start, let term else { throw WrongArgument("--start, --term", "are needed, or --batch") }
                let answer = try Self.answer(start, term, rule)
                if json { print(try Self.line(answer)) } else { answer.lines.forEach { print($0) } }
            }
        }

        /// How the pack counts.
        ///
        /// Key: `rules.folder` (text, `Deploy/Rules`), where packs lie.
        private func rule(_ settings: Settings) async throws -> CountingRule {
            guard let pack else { return .civilCode }
            guard pack.wholeMatch(of: /[a-z0-9-]{1,64}/) != nil else {
                throw WrongArgument("--pack", "must be a pack's name, such as zhejiang-hangzhou")
            }
            let folder = try await settings.scoped(to: "rules").text("folder") ?? "Deploy/Rules"
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(pack).json") else {
                throw WrongArgument("--pack", "there is no \(pack).json in \(folder)")
            }
            do {
                return try RulePack(json: data).terms.counting.rule
            } catch {
                throw WrongArgument("--pack", "\(pack).json cannot be read: \(error)")
            }
        }

        private static func answer(_ start: String, _ term: String, _ rule: CountingRule) throws -> DueAnswer {
            do {
                return try DueQuestion(start: start, term: term).answer(in: .china, under: rule)
            } catch {
                throw WrongArgument("--\(error.field)", error.rule)
            }
        }

        /// One object a line, its members in their order by name, so that two answers compare.
        private static func line(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }

        private func answerAll(_ rule: CountingRule) throws {
            var wrong = 0
            while let line = readLine() {
                let words = line.split(separator: " ", omittingEmptySubsequences: true)
                guard !words.isEmpty else { continue }
                do {
                    guard words.count == 2 else { throw WrongArgument("line", "must be a date and a term") }
                    print(try Self.line(try Self.answer(String(words[0]), String(words[1]), rule)))
                } catch let error as WrongArgument {
                    wrong += 1
                    let fault = ["line": line, "error": error.description]
                    print(try Self.line(fault))
                }
            }
            guard wrong == 0 else { throw WrongArgument("--batch", "\(wrong) lines were refused") }
        }
    }

    /// `ebinda calendars show YEAR`: the days off and working weekends of a year, and its working days by month.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A year's days off and working weekends, and its working days by month."
        )

        @OptionGroup var options: Options
        @Argument(help: "The year.")
        var year: Int

        func run() async throws {
            try await options.perform { _ in
                guard let notice = WorkCalendar.china.notices[year] else {
                    throw WrongArgument("year", "there is no notice for \(year); what falls into it is provisional")
                }
                CalendarYear(notice: notice, calendar: .china).lines.forEach { print($0) }
            }
        }
    }

    /// `ebinda calendars check FILE`: whether a notice can be taken.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a year's notice can be taken, and what it says."
        )

        @OptionGroup var options: Options
        @Argument(help: "The notice's file: holiday-cn JSON, or iCalendar.")
        var file: String
        @Option(help: "Of an iCalendar file: which year is wanted.")
        var year: Int?
        @Option(help: "Of an iCalendar file: where the notice itself stands.")
        var paper: String?

        func run() async throws {
            try await options.perform { _ in
                let notice = try notice()
                CalendarYear(notice: notice, calendar: WorkCalendar.china.adding(notice)).lines.forEach { print($0) }
            }
        }

        private func notice() throws -> HolidayNotice {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw WrongArgument("file", "\(file) cannot be read")
            }
            do {
                return try NoticeFile.read(data, year: year, paper: paper)
            } catch {
                throw WrongArgument(error.field ?? file, error.rule)
            }
        }
    }

    /// `ebinda calendars import FILE`: takes a year's notice; Reminders' own program does.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a year's notice; running periods are counted anew, and whom that concerns is told."
        )

        @OptionGroup var options: Options
        @Argument(parsing: .captureForPassthrough, help: "FILE [--dry-run] [--year YEAR --paper ADDRESS]")
        var arguments: [String]

        func run() async throws {
            try await options.perform { _ in
                try Sibling(.reminders).run(["calendars", "import"] + arguments, options)
            }
        }
    }
}
