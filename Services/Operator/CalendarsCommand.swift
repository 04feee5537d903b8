import ArgumentParser
import Bootstrap
import Calendar
import Contracts

/// `ebinda calendars …`: working days, and when a period ends.
///
/// Needs no server, but for `import` and what has been imported.
struct CalendarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendars",
        abstract: "Working days, and when a period ends and why: due, show, check, import.",
        subcommands: [Due.self, Show.self, Check.self, Import.self]
    )

    /// `ebinda calendars show YEAR`: the days off and working weekends of a year, and its working days by month.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A year's days off and working weekends, and its working days by month."
        )

        @OptionGroup var options: Options
        @Argument(help: "The year.")
        var year: Int
        @Flag(help: "Ask Reminders' schema, which has what was imported, too.")
        var imported = false

        func run() async throws {
            try await options.perform { _ in
                guard !imported else {
                    return try Sibling(.reminders).run(["calendars", "show", String(year)], options)
                }
                guard let lines = WorkCalendar.china.lines(of: year) else {
                    throw WrongArgument(
                        "year",
                        "no notice for \(year) ships; --imported asks for what was imported, and what falls into an unknown year is provisional"
                    )
                }
                print("随程序提供的安排，未计入导入的通知 · as it ships, without what was imported (--imported)")
                lines.forEach { print($0) }
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
                let reading = try NoticeArgument.read(file, year: year, paper: paper)
                reading.skipped.forEach { print("skipped: \($0)") }
                let year = reading.notice.year
                WorkCalendar.china.adding(reading.notice).lines(of: year)?.forEach { print($0) }
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
