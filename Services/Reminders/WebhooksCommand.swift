import ArgumentParser
import Bootstrap
import Foundation
import Messaging

/// `reminders webhooks …`: the log of what was sent to gateways.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "What was sent to gateways, and what nobody has taken (回调).",
        subcommands: [List.self, Replay.self],
        defaultSubcommand: List.self
    )

    /// Prints the log.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print deliveries, the newest first: id, target, kind, state, attempts, last answer, when."
        )
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "waiting, delivered or parked; all unless given.") var state: DeliveryStore.State?
        @Option(help: "How many.") var limit = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit: must lie between 1 and 10000") }
        }

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let lines = try await runtime.operate { try await DeliveryStore.log(state, limit: limit, in: $0) }
                for line in lines {
                    let answer = line.status.map(String.init) ?? "-"
                    print(
                        "\(line.id) \(line.target) \(line.kind) \(line.state) \(line.attempts) \(answer) \(line.createdAt)"
                    )
                }
            }
        }
    }

    /// Has deliveries tried again.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a delivery tried again, or all that are parked; the receiver knows a repeat by its id."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The delivery; with --parked none.") var id: String?
        @Flag(help: "All that are parked.") var parked = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                guard (id == nil) == parked else { throw WrongArgument("ID, --parked", "one of them is needed") }
                let wanted = id.flatMap(UUID.init(uuidString:))
                if id != nil, wanted == nil { throw WrongArgument("ID", "must be a UUID") }
                let count = try await runtime.operate { try await DeliveryStore.replay(wanted, in: $0) }
                print("\(count) tried again")
            }
        }
    }
}

extension DeliveryStore.State: ExpressibleByArgument {}
