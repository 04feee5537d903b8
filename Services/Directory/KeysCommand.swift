import ArgumentParser
import Bootstrap
import Contracts
import Messaging

/// `directory keys …`: the keys that sign tokens.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys that sign tokens.",
        subcommands: [List.self, Rotate.self, Revoke.self],
        defaultSubcommand: List.self
    )

    private static let actor = "operator:command-line"

    /// Prints those that are good, and which one signs.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the good ones: id, from when on it signs, and «signs»."
        )
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let schedule = try await Operation.perform(runtime) { configuration, transaction in
                    KeySchedule(
                        try await DirectoryStore.keys(in: transaction).map(\.key),
                        lifetime: configuration.tokenLifetime
                    )
                }
                let signing = schedule.signing(at: .now)
                for key in schedule.good(at: .now) {
                    print("\(key.id) \(key.signsFrom)\(key == signing ? " signs" : "")")
                }
            }
        }
    }

    /// Makes a new key; it is told now and signs a minute later.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a new key: told now, signing a minute later.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let id = try await Operation.perform(runtime) { configuration, transaction in
                    try await KeyRing.rotate(
                        unlessAny: false,
                        seal: configuration.seal,
                        lifetime: configuration.tokenLifetime,
                        by: KeysCommand.actor,
                        in: transaction
                    )
                }
                print(id ?? "")
            }
        }
    }

    /// Takes a key out at once: whatever it has signed is refused within seconds.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a key out at once, when somebody else may have it; its tokens are refused within seconds."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The key's id.") var id: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let found = try await Operation.perform(runtime) { configuration, transaction in
                    let lifetime = configuration.tokenLifetime
                    let found = try await KeyRing.revoke(id, lifetime: lifetime, by: KeysCommand.actor, in: transaction)
                    // Somebody must be able to sign.
                    _ = try await KeyRing.rotate(
                        unlessAny: true,
                        seal: configuration.seal,
                        lifetime: lifetime,
                        by: KeysCommand.actor,
                        in: transaction
                    )
                    return found
                }
                guard found else { throw WrongArgument("ID", "\(id) is no good key") }
            }
        }
    }
}
