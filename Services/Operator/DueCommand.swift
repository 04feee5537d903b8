import ArgumentParser
import Bootstrap
import Calendar
import Foundation
import Rules

extension CalendarsCommand {
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
        @Option(
            help:
                "The rule pack whose way of counting is asked for, by name or by its file's path; the Civil Code's unless given."
        )
        var pack: String?
        @OptionGroup var notices: NoticeOptions
        @Flag(help: "Answer in JSON.")
        var json = false
        @Flag(help: "Read a `DATE TERM` a line from standard input, and answer each with a line of JSON.")
        var batch = false

        /// What is counted by.
        private struct Ground {
            let calendar: WorkCalendar
            /// The years that were given beside those that ship.
            let further: [Int]
            let rule: CountingRule
        }

        func run() async throws {
            try await options.perform { settings in
                let ground = try await ground(settings)
                if batch {
                    // Whoever gives both means one of them, and would be answered by silence.
                    guard start == nil, term == nil else {
                        throw WrongArgument(
                            "--batch",
                            "reads dates and terms from standard input, and takes no --start or --term"
                        )
                    }
                    return try answerAll(ground)
                }
                guard let start, let term else { throw WrongArgument("--start, --term", "are needed, or --batch") }
                let answer = try Self.answer(start, term, ground)
                if json { print(try Self.line(answer)) } else { answer.lines.forEach { print($0) } }
            }
        }

        private func ground(_ settings: Settings) async throws -> Ground {
            let rule = try await rule(settings)
            let (calendar, further) = try notices.calendar()
            return Ground(calendar: calendar, further: further, rule: rule)
        }

        /// How the pack counts.
        private func rule(_ settings: Settings) async throws -> CountingRule {
            guard let pack else { return .civilCode }
            do {
                return try PackArgument.find(pack, in: try await PackArgument.folders(settings)).terms.rule
            } catch let error as PackArgument.NotFound {
                throw WrongArgument("--pack", error.rule)
            }
        }

        private static func answer(_ start: String, _ term: String, _ ground: Ground) throws -> DueAnswer {
            do {
                let question = try DueQuestion(start: start, term: term)
                return question.answer(in: ground.calendar, under: ground.rule, further: ground.further)
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

        private func answerAll(_ ground: Ground) throws {
            var wrong = 0
            while let line = readLine() {
                let words = line.split(omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
                guard !words.isEmpty else { continue }
                do {
                    guard words.count == 2 else { throw WrongArgument("line", "must be a date and a term") }
                    print(try Self.line(try Self.answer(String(words[0]), String(words[1]), ground)))
                } catch let error as WrongArgument {
                    wrong += 1
                    let fault = ["line": line, "error": error.description]
                    print(try Self.line(fault))
                }
            }
            guard wrong == 0 else { throw WrongArgument("--batch", "\(wrong) lines were refused") }
        }
    }
}

/// A notice's file as it is named on the command line.
enum NoticeArgument {
    /// Reads it.
    ///
    /// - Throws: `WrongArgument`.
    static func read(_ file: String, year: Int?, paper: String?) throws -> ICalendarNotice.Reading {
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
