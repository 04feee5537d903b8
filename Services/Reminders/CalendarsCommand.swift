import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `reminders calendars …`: the calendar of days off, which this service owns.
struct CalendarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendars",
        abstract: "The calendar of days off.",
        subcommands: [Show.self, Import.self]
    )

    /// Shows a year as it counts, with what was imported.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "A year's days off and working weekends in the edition that counts, and its working days by month."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The year.") var year: Int

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                let calendar = try await database.transaction { try await KnownCalendar.newest(in: $0) } ?? .china
                await database.close()
                guard let lines = calendar.lines(of: year) else {
                    throw WrongArgument("year", "there is no notice for \(year); what falls into it is provisional")
                }
                print("第\(calendar.version)版 · edition \(calendar.version)")
                lines.forEach { print($0) }
            }
        }
    }

    /// Takes a year's notice.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a year's notice of days off and working weekends; the same notice again changes nothing."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The notice's file: holiday-cn JSON, or iCalendar.") var file: String
        @Option(help: "Of an iCalendar file: which year is wanted.") var year: Int?
        @Option(help: "Of an iCalendar file: where the notice itself stands.") var paper: String?
        @Flag(help: "Write nothing; say what would change.") var dryRun = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                guard let data = FileManager.default.contents(atPath: file) else {
                    throw WrongArgument("FILE", "\(file) cannot be read")
                }
                let reading: ICalendarNotice.Reading
                do {
                    reading = try NoticeFile.read(data, year: year, paper: paper)
                } catch let error as NoticeFile.Wrong {
                    throw WrongArgument(error.field ?? "FILE", error.rule)
                }
                let change = try await runtime.operate {
                    try await CalendarDesk.take(reading.notice, isDry: dryRun, in: $0)
                }
                reading.skipped.forEach { print("skipped: \($0)") }
                print(change.lines.joined(separator: "\n") + (dryRun ? "\nnothing written" : ""))
            }
        }
    }
}
