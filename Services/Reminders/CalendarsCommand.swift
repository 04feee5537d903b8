import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging

/// `reminders calendars …`: the calendar of days off, which this service owns.
struct CalendarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendars",
        abstract: "The calendar of days off.",
        subcommands: [Import.self]
    )

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
                let notice: HolidayNotice
                do {
                    notice = try NoticeFile.read(data, year: year, paper: paper)
                } catch let error as NoticeFile.Wrong {
                    throw WrongArgument(error.field ?? "FILE", error.rule)
                }
                let change = try await runtime.operate { try await CalendarDesk.take(notice, isDry: dryRun, in: $0) }
                print(change.lines.joined(separator: "\n") + (dryRun ? "\nnothing written" : ""))
            }
        }
    }
}
