import ArgumentParser
import Contracts

/// `ebinda seed`: an account for every unit of the routing data, by Directory's own program.
struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make an account for every unit that has none yet.")

    @OptionGroup var options: Options

    @Option(help: "The routing data: committees and departments.")
    var rules: String

    @Option(help: "The folder that gets a file with each account's secret.")
    var secrets: String

    func run() async throws {
        try await options.perform { _ in
            try Sibling(.directory).run(["seed", "--rules", rules, "--secrets", secrets], options)
        }
    }
}

/// `ebinda accounts …`: the accounts with which systems sign in, by Directory's own program.
struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts",
        abstract: "The accounts with which systems sign in: list, add, renew, end."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | add NAME --unit CODE --role ROLE | renew NAME | end NAME")
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["accounts"] + arguments, options) }
    }
}

/// `ebinda keys …`: the keys that sign tokens, by Directory's own program.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys that sign tokens: list, rotate, revoke."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | rotate | revoke ID")
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["keys"] + arguments, options) }
    }
}

/// `ebinda departments …`: the accounts with which departments' own systems reach the broker, by Directory's own program.
struct DepartmentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "departments",
        abstract: "Departments' accounts at the broker: list, provision, rotate, revoke."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | provision CODE | rotate CODE | revoke CODE")
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["departments"] + arguments, options) }
    }
}
