import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Foundation
import Rules

extension RulesCommand {
    /// `ebinda rules compare OLD NEW --items FILE`: what another pack would have made of past items.
    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What ends, refusals and rates another pack would have given past items, each with its reason.",
            discussion: """
                The file is what `ebinda rules items` writes, a JSON object a line. Both packs count the same facts by the same calendar. \
                Refused is told of what was done alone: what was refused when it was tried has left nothing behind. Rates count all that was done.
                """
        )

        @OptionGroup var options: Options
        @Argument(help: "A pack, by its file's path or by name.")
        var old: String
        @Argument(help: "The one that would take its place.")
        var new: String
        @Option(help: "The file of past items; - for standard input.")
        var items: String
        @OptionGroup var notices: NoticeOptions
        @Flag(help: "Tell of items that come out alike as well.")
        var all = false
        @Flag(help: "Answer with a JSON object a line: every item's, the summary's last.")
        var json = false

        func run() async throws {
            try await options.perform { settings in
                let folders = try await PackArgument.folders(settings)
                let (first, second) = (try Self.read(old, in: folders), try Self.read(new, in: folders))
                let (calendar, further) = try notices.calendar()
                let found = try PastItemsFile(items).items
                let comparison = PackComparison(of: found, old: first, new: second, in: calendar)
                let report = ComparisonReport(
                    comparison,
                    first,
                    second,
                    calendar: "\(calendar.name) v\(calendar.version)" + further.map { " + \($0)" }.joined()
                )
                for line in try json ? report.objects() : report.lines(all: all) { print(line) }
            }
        }

        private static func read(_ name: String, in folders: [String]) throws -> RulePack {
            do {
                return try PackArgument.find(name, in: folders)
            } catch {
                throw WrongArgument(name, error.rule)
            }
        }
    }
}
