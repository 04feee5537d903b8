import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// The commands of `ebinda privacy` that are about a person of the directory: staff, a deputy, a voter who has registered.
enum PersonCommand {
    /// Prints everything that is held of a person.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export-person",
            abstract: "Print as one JSON document what is held of a person who can sign in; an act.",
            discussion: "What Directory holds whole, and of every other service what the person has done there."
        )
        @OptionGroup var options: Options
        @Argument(help: "What they sign in with, or their id.") var person: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform { settings in
                let held = try Sibling(.directory).output(
                    of: ["privacy", "export", person, "--reason", reason],
                    options
                )
                guard var document = try JSONSerialization.jsonObject(with: held) as? [String: Any],
                    let id = (document["person"] as? String).flatMap(UUID.init(uuidString:))
                else { throw WrongArgument("PERSON", "nothing is held of them") }
                var elsewhere: [String: Any] = [:]
                for service in ServiceName.all where service != .directory {
                    let acts = try await RecordExport(settings: settings).acts(by: id, in: service)
                    if !acts.isEmpty { elsewhere[service.rawValue] = acts }
                }
                document["actsElsewhere"] = elsewhere
                let text = try JSONSerialization.data(
                    withJSONObject: document,
                    options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                )
                print(String(decoding: text, as: UTF8.self))
            }
        }
    }

    /// Erases a person.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase-person",
            abstract: "Erase a person's name, login, telephone, credentials and sessions; which roles they held stays.",
            discussion: "Nobody who holds a role: `people end LOGIN` comes first. `sweep` says whether all have heard."
        )
        @OptionGroup var options: Options
        @Argument(help: "What they sign in with, or their id.") var person: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform { _ in
                try Sibling(.directory).run(["privacy", "erase", person, "--reason", reason], options)
            }
        }
    }
}
