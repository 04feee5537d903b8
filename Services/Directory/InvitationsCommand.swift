import ArgumentParser
import Bootstrap
import Contracts
import Messaging

/// The commands of `ebinda people` that let people sign in.
enum InvitationsCommand {
    private static let actor = "operator:command-line"

    /// Prints a one-time token with which a person sets a password.
    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person set a password; prints the token, this once. It is good for seven days."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What the person signs in with.") var login: String
        @Flag(help: "Remove the second factor too: the phone and the recovery codes are lost.") var forgetFactor = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let token = try await Operation.perform(runtime) { _, transaction in
                    let person = try await InvitationsCommand.person(login, in: transaction)
                    guard person.state == .active else {
                        throw WrongArgument("LOGIN", "\(login) does not take part yet, or no more")
                    }
                    return try await Inviting.invite(
                        person.id,
                        in: nil,
                        forgetsFactor: forgetFactor,
                        at: .now,
                        by: Act(actor: InvitationsCommand.actor, authority: Right.invitePeople.rawValue),
                        in: transaction
                    )
                    .token
                }
                print(token)
            }
        }
    }

    /// Lets a person try again at once.
    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lift the lock after too many failures.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What the person signs in with.") var login: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                try await Operation.perform(runtime) { configuration, transaction in
                    let person = try await InvitationsCommand.person(login, in: transaction)
                    let key = PersonSecrets(master: configuration.seal).key(ofLogin: person.login)
                    SignInStore.put(SignInLimit(), of: key, in: transaction)
                    let act = Act(actor: InvitationsCommand.actor, authority: "sign-in.unlock")
                    try await CredentialDesk.tell(.lock, .removed, of: person.id, at: .now, by: act, in: transaction)
                }
            }
        }
    }

    /// Lets a person sign in at an outside provider.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Link who a person is at an outside provider.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What the person signs in with.") var login: String
        @Option(help: "The provider, as the configuration names it.") var provider: String
        @Option(help: "Who the person is there (the id token's sub).") var subject: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                try await Operation.perform(runtime) { configuration, transaction in
                    guard configuration.providers.contains(where: { $0.provider.name == provider }) else {
                        throw WrongArgument("--provider", "\(provider) is not configured")
                    }
                    let person = try await InvitationsCommand.person(login, in: transaction)
                    let act = Act(actor: InvitationsCommand.actor, authority: "identity.link")
                    do {
                        try await ProviderDesk.link(
                            provider,
                            subject,
                            to: person.id,
                            at: .now,
                            by: act,
                            in: transaction
                        )
                    } catch is Problem {
                        throw WrongArgument("--subject", "\(subject) is linked to somebody else")
                    }
                }
            }
        }
    }

    private static func person(_ login: String, in transaction: EventTransaction) async throws -> Person {
        let login = login.lowercased()
        guard Person.isLogin(login), let known = try await SignInStore.credentials(login: login, in: transaction) else {
            throw WrongArgument("LOGIN", "\(login) is nobody's")
        }
        return known.person
    }
}
