import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `ebinda privacy …`: a person's data, through every service (个人信息).
struct PrivacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "A person's data in every service: export, erase, remove what is kept too long.",
        subcommands: [
            Export.self, Erase.self, Sweep.self, Retention.self, PersonCommand.Export.self, PersonCommand.Erase.self,
        ]
    )

    /// Prints everything that every service holds of an item, or of a person's items.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print as one JSON document all that every service holds of an item; the looks at contact and words are acts.",
            discussion: "With --contact, of every item that has the telephone number on standard input."
        )
        @OptionGroup var options: Options
        @Argument(help: "The number on the receipt.") var number: String?
        @Flag(help: "Read a telephone number from standard input.") var contact = false
        @Option(help: "Why; stands in the act.") var reason: String

        func validate() throws {
            guard contact == (number == nil) else { throw ValidationError("give a NUMBER, or --contact") }
        }

        func run() async throws {
            try await options.perform { settings in
                let intake = Sibling(.intake)
                var numbers = number.map { [$0] } ?? []
                if contact {
                    let found = try intake.output(of: ["contacts", "find", "--reason", reason], options)
                    numbers = String(decoding: found, as: UTF8.self).split(separator: "\n").map(String.init)
                }
                var items: [[String: Any]] = []
                for number in numbers {
                    let arguments = ["privacy", "contact", number, "--reason", reason]
                    let contact = try intake.output(of: arguments, options)
                    let words = try intake.output(of: ["privacy", "words", number, "--reason", reason], options)
                    var item = try await RecordExport(settings: settings).item(number)
                    item["contact"] = try JSONSerialization.jsonObject(with: contact)
                    item["words"] = try JSONSerialization.jsonObject(with: words)
                    items.append(item)
                }
                let document: [String: Any] = ["exportedAt": Timestamp.now.description, "items": items]
                let text = try JSONSerialization.data(
                    withJSONObject: document,
                    options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                )
                print(String(decoding: text, as: UTF8.self))
            }
        }
    }

    /// Erases an item.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase an item's words and contact everywhere; the handling goes on without them.",
            discussion: "Other services erase as soon as they hear of it; `sweep` says whether all have."
        )
        @OptionGroup var options: Options
        @Argument(help: "The number on the receipt.") var number: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform { _ in
                try Sibling(.intake).run(["privacy", "erase", number, "--reason", reason], options)
            }
        }
    }

    /// Takes the words of erased items out of dead letters, and says who has not heard of an erasure.
    struct Sweep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Take erased words out of parked letters, and name the services that have not heard of an erasure.",
            discussion: "For every day, and after each erasure; exit status 1 while somebody has not heard."
        )
        @OptionGroup var options: Options

        func run() async throws {
            try await options.perform { settings in
                let people = try await RecordExport(settings: settings).erased(by: .directory)
                // Intake has heard of people's erasures too.
                let items = try await RecordExport(settings: settings).erased(by: .intake).subtracting(people)
                var behind: [String] = []
                for subscription in Subscription.all {
                    let service = subscription.service
                    // Who is told nothing of people has nothing of them.
                    let erased = subscription.hears(PersonErased.self) ? items.union(people) : items
                    let runtime = try await Runtime(service: service, settings: settings)
                    let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                    let letters = DeadLetters(
                        broker: try await runtime.broker(),
                        topology: try await runtime.topology(),
                        service: service
                    )
                    let count = try await letters.redact(by: database)
                    await database.close()
                    let unheard = erased.subtracting(try await RecordExport(settings: settings).erased(by: service))
                    print("\(service): \(count) letters without their words, \(unheard.count) erasures not heard")
                    if !unheard.isEmpty { behind.append(service.rawValue) }
                }
                guard behind.isEmpty else {
                    print("\nnot heard everywhere yet: \(behind.joined(separator: ", "))")
                    throw ExitCode.failure
                }
                print("\n\(items.count + people.count) erasures, obeyed everywhere")
            }
        }
    }

    /// Removes what is kept too long.
    struct Retention: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove contacts and request keys whose time is over, by the rule file."
        )
        @OptionGroup var options: Options
        @Option(help: "The rule file: how long what is kept, and what each number rests on.") var rules: String
        @Flag(help: "Count what would go, and change nothing.") var dryRun = false

        func run() async throws {
            try await options.perform { _ in
                let arguments = ["privacy", "retention", "--rules", rules] + (dryRun ? ["--dry-run"] : [])
                try Sibling(.intake).run(arguments, options)
            }
        }
    }
}
