import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL
import Rules

extension RulesCommand {
    /// `ebinda rules items`: what became of past items, for `compare`; no words, no person.
    struct Items: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print what became of every item that was given to a department, a JSON object a line, for compare.",
            discussion:
                "Periods, answers and verdicts from the acts of Routing and Replies: no words and no person. By number."
        )

        @OptionGroup var options: Options

        func run() async throws {
            try await options.perform { settings in
                var items: [SuggestionID: PastItemFolding] = [:]
                // In this order: an answer is to a leg that was given out.
                for owner in [ServiceName.routing, .replies] {
                    for (id, steps) in try await Self.steps(of: owner, settings) {
                        for step in steps.sorted(by: { $0.version < $1.version }) {
                            try items[id, default: PastItemFolding()].apply(step.name, step.body, by: step.unit)
                        }
                    }
                }
                for item in items.values.compactMap(\.result).sorted(by: { $0.number < $1.number }) {
                    print(try PastItemsFile.line(item))
                }
            }
        }

        /// An act, as far as it says something about periods.
        private struct Step {
            let version: Int
            let name: EventName
            let body: [UInt8]
            let unit: String
        }

        private static let names: Set<EventName> = [
            SuggestionAssigned.name, AssignmentReturned.name, ContactRecorded.name, ClockChanged.name, ReplyIssued.name,
            ReplyEvaluated.name, SuggestionClosed.name,
        ]

        private static func steps(of owner: ServiceName, _ settings: Settings) async throws -> [SuggestionID: [Step]] {
            let runtime = try await Runtime(service: owner, settings: settings)
            var configuration = try await runtime.database()
            // It reads everything there is.
            configuration.planning = .byStatistics
            configuration.statementTimeout = .seconds(3_600)
            let database = Database(configuration: configuration, logger: runtime.logger)
            let outcome: Result<[SuggestionID: [Step]], any Error>
            do { outcome = .success(try await steps(of: owner, in: database)) } catch { outcome = .failure(error) }
            await database.close()
            return try outcome.get()
        }

        private static func steps(of owner: ServiceName, in database: Database) async throws -> [SuggestionID: [Step]] {
            var steps: [SuggestionID: [Step]] = [:]
            var cursor: String?
            repeat {
                let after = cursor
                let page = try await database.transaction { try await ActPage.after(after, of: owner, in: $0) }
                for entry in page?.entries ?? [] where names.contains(entry.metadata.name) {
                    let unit = entry.act.actor.split(separator: "@").dropFirst().last.map(String.init) ?? ""
                    steps[entry.metadata.aggregate, default: []].append(
                        Step(version: entry.metadata.version, name: entry.metadata.name, body: entry.body, unit: unit)
                    )
                }
                cursor = page?.next
            } while cursor != nil
            return steps
        }
    }
}
