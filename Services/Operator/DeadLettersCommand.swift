import ArgumentParser
import Bootstrap
import Contracts
import Messaging
import PostgreSQL

/// `ebinda dead-letters …`: what a service could not handle, and what becomes of it.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, show, replay or discard what a service has parked.",
        subcommands: [List.self, Show.self, Replay.self, Discard.self]
    )

    /// A service's parked queue.
    struct Target: ParsableArguments {
        @OptionGroup var options: Options

        @Argument(help: "The service.")
        var service: ServiceArgument

        func perform(_ work: (DeadLetters, Runtime) async throws -> Void) async throws {
            try await options.perform { settings in
                let runtime = try await Runtime(service: service.name, settings: settings)
                let letters = DeadLetters(
                    broker: try await runtime.broker(),
                    topology: try await runtime.topology(),
                    service: service.name,
                    senderAccount: try await runtime.senderAccount()
                )
                try await work(letters, runtime)
            }
        }
    }

    /// One line a letter.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line a letter, oldest first.")
        @OptionGroup var target: Target

        func run() async throws {
            try await target.perform { letters, _ in
                let all = try await letters.list()
                for letter in all {
                    print(
                        "\(letter.id)  \(letter.parkedAt)  \(letter.name)  \(letter.reason)  attempts \(letter.attempts)"
                    )
                }
                print("\(all.count) parked")
            }
        }
    }

    /// A letter with its properties and its body.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A letter with its headers and its body.")
        @OptionGroup var target: Target
        @Argument(help: "The letter's id.") var id: String

        func run() async throws {
            try await target.perform { letters, _ in
                guard let letter = try await letters.list().first(where: { $0.id == id }) else {
                    throw DeadLetters.NotFound(id: id)
                }
                print("id: \(letter.id)\nevent: \(letter.name)\nreason: \(letter.reason)\nerror: \(letter.error)")
                print("attempts: \(letter.attempts)\nparked at: \(letter.parkedAt)")
                print(letter.text)
            }
        }
    }

    /// Back to the work queue.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send letters back to the work queue.")
        @OptionGroup var target: Target
        @Argument(help: "The letters' ids.") var ids: [String] = []
        @Flag(help: "All of them.") var all = false

        func validate() throws {
            guard all != !ids.isEmpty else { throw ValidationError("give ids, or --all") }
        }

        func run() async throws {
            try await target.perform { letters, _ in
                print("\(try await letters.replay(all ? nil : Set(ids))) sent back")
            }
        }
    }

    /// Away for good, with a reason in the record of acts.
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take letters away for good, with the reason on record."
        )
        @OptionGroup var target: Target
        @Argument(help: "The letters' ids.") var ids: [String]
        @Option(help: "Who decides.") var by: String
        @Option(help: "Why.") var reason: String

        func run() async throws {
            try await target.perform { letters, runtime in
                let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                let act = Act(actor: "operator:\(by)", authority: "dead-letters.discard: \(Masking.masked(reason))")
                let count = try await letters.discard(Set(ids), by: act, recordingIn: database)
                await database.close()
                print("\(count) discarded")
            }
        }
    }
}
