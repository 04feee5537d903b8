import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging

/// `directory privacy …`: what is held of a person who can sign in, at their request.
struct PersonalDataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "What is held of a person who can sign in: hand it out, erase it.",
        subcommands: [Export.self, Erase.self]
    )

    /// Prints what is held of a person.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print as JSON what Directory holds of a person, for an export to them; an act."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What they sign in with, or their id.") var person: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let data = try await PersonalDataCommand.perform(runtime, person, .exportPeople, reason) {
                    try await $0.export($1, under: nil, by: $2)
                }
                print(String(decoding: try EventCoding.encode(data), as: UTF8.self))
            }
        }
    }

    /// Erases a person.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase a person's name, login, telephone, credentials and sessions; nobody who holds a role."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What they sign in with, or their id.") var person: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let isNew = try await PersonalDataCommand.perform(runtime, person, .erasePeople, reason) {
                    do {
                        return try await $0.erase($1, under: nil, by: $2)
                    } catch let hindrance as Hindrance {
                        throw WrongArgument("PERSON", hindrance.words)
                    }
                }
                print(isNew ? "erased" : "was erased before")
            }
        }
    }

    /// What an operator writes as a reason: one line.
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    private static func perform<Value: Sendable>(
        _ runtime: Runtime,
        _ name: String,
        _ right: Right,
        _ text: String,
        _ work: @Sendable (PersonalDataDesk, SuggestionID, Act) async throws -> Value
    ) async throws -> Value {
        let (reason, breaches) = reasonRule.readMasked(text)
        if let breach = breaches.first { throw WrongArgument("--reason", breach.words) }
        let configuration = try await Configuration(settings: runtime.own)
        let act = Act(actor: ImportedFile.actor, authority: "\(right.rawValue): \(reason)")
        return try await runtime.operate(through: { outbox in
            let desk = PersonalDataDesk(
                outbox: outbox,
                secrets: PersonSecrets(master: configuration.seal),
                clock: { .now }
            )
            guard let person = try await desk.person(named: name) else {
                throw WrongArgument("PERSON", "\(name) is nobody's")
            }
            return try await work(desk, person, act)
        })
    }
}
