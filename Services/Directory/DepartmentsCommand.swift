import ArgumentParser
import Bootstrap
import Contracts
import Messaging

/// `directory departments …`: the accounts with which departments' own systems reach the broker.
struct DepartmentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "departments",
        abstract: "Departments' accounts at the broker.",
        subcommands: [List.self, Provision.self, Rotate.self, Revoke.self],
        defaultSubcommand: List.self
    )

    /// Which department, and where its account is.
    struct Target: ParsableArguments {
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The department's code.") var code: String

        func perform(
            _ work: (DepartmentAccounts, EventTransaction) async throws -> String?
        ) async throws {
            try await options.perform(for: Main.self) { runtime in
                let accounts = try await DepartmentAccounts(code, runtime)
                let secret = try await Operation.perform(runtime) { try await work(accounts, $1) }
                if let secret { print(secret) }
            }
        }
    }

    /// Prints them, a line each.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print all, a line each: code, state, since when.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let all = try await Operation.perform(runtime) { try await DirectoryStore.departmentAccounts(in: $1) }
                for account in all { print("\(account.department) \(account.state) \(account.changedAt)") }
            }
        }
    }

    /// Makes one and prints its secret, which is shown once; of one that is there the rights are set again.
    struct Provision: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Make a department's account; prints its secret, this once. Again sets its rights anew, no secret."
        )
        @OptionGroup var target: Target

        func run() async throws { try await target.perform { try await $0.provision(in: $1) } }
    }

    /// Gives one a new secret and closes its connections; the old secret is refused from then on.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the account a new secret and close its connections; prints the secret, this once."
        )
        @OptionGroup var target: Target

        func run() async throws { try await target.perform { try await $0.rotate(in: $1) } }
    }

    /// Takes one away and closes its connections.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the account away and close its connections; the queue keeps what is in it."
        )
        @OptionGroup var target: Target

        func run() async throws {
            try await target.perform {
                try await $0.revoke(in: $1)
                return nil
            }
        }
    }
}

/// Changes of one department's account: at the broker, and in the record of acts.
///
/// The broker is asked inside the transaction, just before the commit: what it refuses leaves no act. Should the commit fail
/// after that, no secret was printed, and the command is given again.
struct DepartmentAccounts {
    private static let actor = "operator:command-line"

    private let code: DepartmentCode
    private let broker: BrokerAccounts
    private let topology: Topology

    /// - Throws: `WrongArgument` when it is no code, or another account's name.
    init(_ text: String, _ runtime: Runtime) async throws {
        broker = try await BrokerAccounts(runtime)
        topology = try await runtime.topology()
        guard let code = DepartmentCode(text), !DepartmentAccount.isReserved(code, beside: broker.own) else {
            throw WrongArgument("CODE", "must be a department's code, of letters, digits and hyphens")
        }
        self.code = code
    }

    /// Makes the account.
    ///
    /// - Returns: its secret; nil when it was there.
    func provision(in transaction: EventTransaction) async throws -> String? {
        let known = try await known(in: transaction)
        let rights = DepartmentAccount.Rights(of: code, in: topology)
        if try await broker.hasAccount(code.rawValue) {
            try await broker.permit(code.rawValue, rights)
            if known?.state != .active { try record(.active, over: known, "department-account.provision", transaction) }
            return nil
        }
        let secret = Account.makeSecret()
        try record(.active, over: known, "department-account.provision", transaction)
        try await broker.put(code.rawValue, password: secret)
        try await broker.permit(code.rawValue, rights)
        return secret
    }

    /// Gives it a new secret.
    ///
    /// - Returns: the secret.
    func rotate(in transaction: EventTransaction) async throws -> String {
        let known = try await known(in: transaction)
        guard try await broker.hasAccount(code.rawValue) else {
            throw WrongArgument("CODE", "\(code) has no account yet: ebinda departments provision \(code)")
        }
        let secret = Account.makeSecret()
        try record(.active, over: known, "department-account.rotate", transaction)
        try await broker.put(code.rawValue, password: secret)
        try await broker.closeConnections(of: code.rawValue)
        return secret
    }

    /// Takes it away; harmless when there is none.
    func revoke(in transaction: EventTransaction) async throws {
        let known = try await known(in: transaction)
        let isThere = try await broker.hasAccount(code.rawValue)
        guard isThere || known?.state == .active else { return }
        try record(.revoked, over: known, "department-account.revoke", transaction)
        try await broker.delete(code.rawValue)
    }

    /// What is on record, locked.
    ///
    /// - Throws: `WrongArgument` when there is neither a record nor a queue of such a department.
    private func known(in transaction: EventTransaction) async throws -> DepartmentAccount? {
        if let known = try await DirectoryStore.departmentAccount(code, in: transaction) { return known }
        guard try await broker.hasQueue(topology.departmentQueue(of: code.rawValue)) else {
            throw WrongArgument("CODE", "\(code) has no queue: name it in departments.queued and migrate")
        }
        return nil
    }

    private func record(
        _ state: DepartmentAccountChanged.State,
        over known: DepartmentAccount?,
        _ right: String,
        _ transaction: EventTransaction
    ) throws {
        let account = DepartmentAccount(
            department: code,
            id: known?.id ?? .make(),
            version: (known?.version ?? 0) + 1,
            state: state,
            changedAt: .now
        )
        DirectoryStore.put(account, in: transaction)
        try transaction.publish(
            account.event,
            about: account.id,
            version: account.version,
            act: Act(actor: Self.actor, authority: right)
        )
    }
}
