import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging

/// `directory accounts …`: the accounts with which systems sign in.
struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts",
        abstract: "The accounts with which systems sign in.",
        subcommands: [List.self, Add.self, Renew.self, End.self],
        defaultSubcommand: List.self
    )

    /// Prints them, a line each.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print all, a line each: name, unit, role, state.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let accounts = try await Operation.perform(runtime) { try await DirectoryStore.accounts(in: $1) }
                for account in accounts { print("\(account.name) \(account.unit) \(account.role) \(account.state)") }
            }
        }
    }

    /// Makes one and prints its secret, which is shown once.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account; prints its secret, this once.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "Its name: lower-case letters, digits and hyphens.") var name: String
        @Option(help: "The unit it acts for, by code.") var unit: String
        @Option(help: "Its role.") var role: Role

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let secret = Account.makeSecret()
                try await Operation.perform(runtime) { _, transaction in
                    let known = try await DirectoryStore.account(name, locking: true, in: transaction)
                    guard known == nil else { throw WrongArgument("NAME", "\(name) is an account already") }
                    try Roster.put(name, unit: unit, role: role, secret: secret, over: nil, in: transaction)
                }
                print(secret)
            }
        }
    }

    /// Gives one a new secret; the old one is refused from then on.
    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give an account a new secret; prints it, this once.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "Its name.") var name: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let secret = Account.makeSecret()
                try await Operation.perform(runtime) { _, transaction in
                    let known = try await Roster.known(name, in: transaction)
                    try Roster.put(
                        name,
                        unit: known.unit,
                        role: known.role,
                        secret: secret,
                        over: known,
                        in: transaction
                    )
                }
                print(secret)
            }
        }
    }

    /// Ends one: it gets no token any more.
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an account; its last token lasts minutes at most."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "Its name.") var name: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                try await Operation.perform(runtime) { _, transaction in
                    try Roster.end(try await Roster.known(name, in: transaction), in: transaction)
                }
            }
        }
    }
}

extension Role: ExpressibleByArgument {}

/// Changes of accounts, each with its act.
enum Roster {
    private static let actor = "operator:command-line"

    /// An account that there must be, locked.
    static func known(_ name: String, in transaction: EventTransaction) async throws -> Account {
        guard let account = try await DirectoryStore.account(name, locking: true, in: transaction) else {
            throw WrongArgument("NAME", "\(name) is no account")
        }
        return account
    }

    /// Makes an account, or gives a known one another secret, unit, role, and lets it sign in again.
    static func put(
        _ name: String,
        unit: String,
        role: Role,
        secret: String,
        over known: Account?,
        in transaction: EventTransaction
    ) throws {
        guard Account.isName(name) else {
            throw WrongArgument("NAME", "must be lower-case letters, digits and hyphens")
        }
        guard Account.isName(unit) else {
            throw WrongArgument("--unit", "must be lower-case letters, digits and hyphens")
        }
        let account = Account(
            name: name,
            id: known?.id ?? .make(),
            version: (known?.version ?? 0) + 1,
            unit: unit,
            role: role,
            secret: Account.hash(secret),
            state: .active,
            changedAt: .now
        )
        try tell(account, known == nil ? "account.add" : "account.renew", in: transaction)
    }

    /// Ends an account; one that has ended stays so.
    static func end(_ account: Account, in transaction: EventTransaction) throws {
        guard account.state == .active else { return }
        var account = account
        (account.state, account.version, account.changedAt) = (.ended, account.version + 1, .now)
        try tell(account, "account.end", in: transaction)
    }

    private static func tell(_ account: Account, _ right: String, in transaction: EventTransaction) throws {
        DirectoryStore.put(account, in: transaction)
        try transaction.publish(
            account.event,
            about: account.id,
            version: account.version,
            act: Act(actor: actor, authority: right)
        )
    }
}
