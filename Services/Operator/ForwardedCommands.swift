import ArgumentParser
import Contracts

/// A command that a service's own program carries out, whatever stands behind its name.
protocol ForwardedCommand: AsyncParsableCommand {
    /// Whose program.
    static var service: ServiceName { get }
    /// What it is called there and here.
    static var name: String { get }
    var options: Options { get }
    var arguments: [String] { get }
}

extension ForwardedCommand {
    static var service: ServiceName { .directory }

    func run() async throws {
        try await options.perform { _ in try Sibling(Self.service).run([Self.name] + arguments, options) }
    }
}

/// `ebinda webhooks …`: what was sent to gateways.
struct WebhooksCommand: ForwardedCommand {
    static let service = ServiceName.reminders
    static let name = "webhooks"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "What was sent to gateways: list, replay."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list [--state STATE] [--limit N] | replay ID | replay --parked")
    var arguments: [String]
}

/// `ebinda accounts …`: the accounts with which systems sign in.
struct AccountsCommand: ForwardedCommand {
    static let name = "accounts"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "The accounts with which systems sign in: list, add, renew, end."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | add NAME --unit CODE --role ROLE | renew NAME | end NAME")
    var arguments: [String]
}

/// `ebinda units …`: the units.
struct UnitsCommand: ForwardedCommand {
    static let name = "units"
    static let configuration = CommandConfiguration(commandName: name, abstract: "The units: import, tell.")

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "import FILE [--dry-run] | tell")
    var arguments: [String]
}

/// `ebinda people …`: people and the roles they hold.
struct PeopleCommand: ForwardedCommand {
    static let name = "people"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "People and the roles they hold: import, end; letting them sign in: invite, unlock, link."
    )

    @OptionGroup var options: Options

    @Argument(
        parsing: .captureForPassthrough,
        help:
            "import FILE [--dry-run] | end LOGIN | invite LOGIN [--forget-factor] | unlock LOGIN | link LOGIN --provider NAME --subject SUB"
    )
    var arguments: [String]
}

/// `ebinda keys …`: the keys that sign tokens.
struct KeysCommand: ForwardedCommand {
    static let name = "keys"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "The keys that sign tokens: list, rotate, revoke."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | rotate | revoke ID")
    var arguments: [String]
}

/// `ebinda codes …`: the codes on walls.
struct CodesCommand: ForwardedCommand {
    static let name = "codes"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "The codes that lead people in: list, issue, rotate, revoke, sheet."
    )

    @OptionGroup var options: Options

    @Argument(
        parsing: .captureForPassthrough,
        help: "list | issue --kind KIND --of WHAT | issue --stations | rotate CODE | revoke CODE | sheet --output FILE"
    )
    var arguments: [String]
}

/// `ebinda departments …`: the accounts with which departments' own systems reach the broker.
struct DepartmentsCommand: ForwardedCommand {
    static let name = "departments"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Departments' accounts at the broker: list, provision, rotate, revoke."
    )

    @OptionGroup var options: Options

    @Argument(parsing: .captureForPassthrough, help: "list | provision CODE | rotate CODE | revoke CODE")
    var arguments: [String]
}
