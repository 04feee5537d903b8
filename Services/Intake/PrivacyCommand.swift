import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `intake privacy …`: what is done with a person's data at their request, or because its time is over.
struct PrivacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "A person's data: erase, show the contact for an export, remove what is kept too long.",
        subcommands: [Erase.self, Contact.self, Words.self, Keep.self]
    )

    /// What an operator writes as a reason: one line, as for a look at a contact.
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    static func reason(_ text: String) throws(WrongArgument) -> String {
        let (reason, breaches) = reasonRule.readMasked(text)
        if let breach = breaches.first { throw WrongArgument("--reason", breach.words) }
        return reason
    }

    /// Erases an item.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase an item's words and contact here, and tell every service to erase its copies."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The number on the receipt.") var number: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let reason = try PrivacyCommand.reason(reason)
                let isNew = try await Operation.perform(runtime) { engine in
                    do {
                        return try await EraseDesk(outbox: engine.outbox)
                            .erase(number: number, reason: reason, by: "operator:command-line")
                    } catch is EraseDesk.NotFound {
                        throw WrongArgument("NUMBER", "no item has this number")
                    }
                }
                print(isNew ? "erased" : "was erased before; what was written about it since is gone, and why")
            }
        }
    }

    /// Prints a contact, for the person whose it is; an act.
    struct Contact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print an item's contact as JSON, for an export to the person whose it is; the look is an act."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The number on the receipt.") var number: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let reason = try PrivacyCommand.reason(reason)
                let seal = try await Configuration(settings: runtime.own).contacts
                let contact = try await Operation.perform(runtime) { engine in
                    try await engine.outbox.transaction { transaction in
                        guard let found = try await IntakeStore.contactForExport(number: number, in: transaction)
                        else { throw WrongArgument("NUMBER", "no item has this number") }
                        try transaction.publish(
                            ContactRevealed(number: number, revealedAt: .now),
                            about: found.id,
                            version: found.version,
                            act: Act(actor: "operator:command-line", authority: "contact.reveal: \(reason)")
                        )
                        return try found.contact.map { try seal.open($0, of: found.id) }
                    }
                }
                print(String(decoding: try JSONEncoder().encode(contact ?? .init()), as: UTF8.self))
            }
        }
    }

    /// Prints what was written, for the person whose it is; an act.
    struct Words: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print an item's words as they were written, for an export to their author; the look is an act."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The number on the receipt.") var number: String
        @Option(help: "Why; stands in the act.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let reason = try PrivacyCommand.reason(reason)
                let seal = try await Configuration(settings: runtime.own).contacts
                let written = try await runtime.operate { transaction in
                    guard let found = try await IntakeStore.contactForExport(number: number, in: transaction) else {
                        throw WrongArgument("NUMBER", "no item has this number")
                    }
                    try transaction.publish(
                        TextRevealed(number: number, revealedAt: .now),
                        about: found.id,
                        version: found.version,
                        act: Act(actor: "operator:command-line", authority: "\(Right.revealTexts.rawValue): \(reason)")
                    )
                    return try await IntakeStore.words(of: found.id, in: transaction).written(of: found.id, seal)
                }
                print(String(decoding: try JSONEncoder().encode(written), as: UTF8.self))
            }
        }
    }

    /// Removes what is kept too long.
    struct Keep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retention",
            abstract: "Remove contacts and request keys whose time is over, by the rule file; every contact is an act."
        )
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "The rule file: how long what is kept, and what each number rests on.") var rules: String
        @Flag(help: "Count what would go, and change nothing.") var dryRun = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let rules = try read()
                let counts = try await Operation.perform(runtime) { engine in
                    let desk = RetentionDesk(outbox: engine.outbox, rules: rules)
                    let now = try await desk.now()
                    return dryRun ? try await desk.count(at: now) : try await desk.remove(at: now)
                }
                let verb = dryRun ? "would be removed" : "removed"
                print("contacts \(verb): \(counts.contacts) (\(Self.words(rules.contacts)))")
                if let unjudged = rules.unjudged {
                    print("answered and never judged counts as ended \(Self.words(unjudged))")
                }
                print("request keys \(verb): \(counts.keys) (\(Self.words(rules.requestKeys)))")
            }
        }

        private static func words(_ rule: Retention.Rule) -> String {
            let basis = rule.standing == .law ? "" : "依据待核 · "
            return "after \(rule.days) days; \(basis)\(rule.standing): \(rule.source)"
        }

        private func read() throws(WrongArgument) -> Retention {
            guard let data = FileManager.default.contents(atPath: rules) else {
                throw WrongArgument("--rules", "\(rules) cannot be read")
            }
            do {
                return try Retention(json: data)
            } catch let error as Retention.Unusable {
                throw WrongArgument("--rules", error.description)
            } catch {
                throw WrongArgument("--rules", "\(rules) is no rule file with contacts and requestKeys")
            }
        }
    }
}

/// Something that an operator does from the command line; it is announced before the command ends, or by the running service
/// where the broker is away.
private enum Operation {
    static func perform<Value: Sendable>(
        _ runtime: Runtime,
        _ work: (Engine) async throws -> Value
    ) async throws -> Value {
        let engine = try await runtime.engine(speakingFor: try await runtime.senderAccount()(runtime.service))
        // A task of its own: once it is cancelled, what was committed leaves first.
        let running = Task { await engine.run(seals: false) }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await work(engine)) } catch { outcome = .failure(error) }
        running.cancel()
        await running.value
        return try outcome.get()
    }
}
