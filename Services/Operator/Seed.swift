import ArgumentParser
import Contracts

/// `ebinda seed`: units, people, and an account for every unit of the routing data, by Directory's own program.
struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make units and people that are not there yet, and an account for every unit that has none."
    )

    @OptionGroup var options: Options

    @Option(help: "The routing data: committees and departments.")
    var rules: String

    @Option(help: "The folder that gets a file with each account's secret.")
    var secrets: String

    @Option(help: "A CSV file of units.")
    var units: String?

    @Option(help: "A CSV file of people.")
    var people: String?

    func run() async throws {
        try await options.perform { _ in
            let files = (units.map { ["--units", $0] } ?? []) + (people.map { ["--people", $0] } ?? [])
            try Sibling(.directory).run(["seed", "--rules", rules, "--secrets", secrets] + files, options)
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

/// `ebinda units …`: the units, by Directory's own program.
struct UnitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "units", abstract: "The units: import.")

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "import FILE [--dry-run]")
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["units"] + arguments, options) }
    }
}

/// `ebinda people …`: people and the roles they hold, by Directory's own program.
struct PeopleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people",
        abstract: "People and the roles they hold: import, end; letting them sign in: invite, unlock, link."
    )

    @OptionGroup var options: Options

    @Argument(
        parsing: .captureForPassthrough,
        help:
            "import FILE [--dry-run] | end LOGIN | invite LOGIN [--forget-factor] | unlock LOGIN | link LOGIN --provider NAME --subject SUB"
    )
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["people"] + arguments, options) }
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

/// `ebinda codes …`: the codes on walls, by Directory's own program.
struct CodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes",
        abstract: "The codes that lead people in: list, issue, rotate, revoke, sheet."
    )

    @OptionGroup var options: Options

    @Argument(
        parsing: .captureForPassthrough,
        help: "list | issue --kind KIND --of WHAT | issue --stations | rotate CODE | revoke CODE | sheet --output FILE"
    )
    var arguments: [String]

    func run() async throws {
        try await options.perform { _ in try Sibling(.directory).run(["codes"] + arguments, options) }
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
