import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// `directory seed`: an account for every committee and department of the routing data, a deputy, an operator, a screen.
///
/// Each secret is made once and lies in a file of the account's name; a second run changes nothing. An account whose file was
/// taken away gets a new secret.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Make an account for every unit that has none yet."
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "The routing data: committees and departments.") var rules: String
    @Option(help: "The folder that gets a file with each account's secret.") var secrets: String

    private struct Units: Decodable {
        struct Unit: Decodable { let code: String }
        let committees: [Unit]
        let departments: [Unit]
    }

    func run() async throws {
        try await options.perform(for: Main.self) { runtime in
            // Nobody else reads any of it, not even while it is being written.
            umask(0o077)
            let units = try units()
            let holders =
                units.committees.map { ($0.code, Role.committee) }
                + units.departments.map { ($0.code, Role.department) }
                + [("deputy", .deputy), ("operator", .operator), ("screen", .screen)]
            do {
                try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
            } catch {
                throw WrongArgument("--secrets", "\(secrets) is no folder and cannot be made")
            }
            let known = try holders.map { ($0.0, $0.1, try secret(of: $0.0)) }
            let made = try await Operation.perform(runtime) { _, transaction in
                var made = 0
                for (name, role, secret) in known {
                    let account = try await DirectoryStore.account(name, locking: true, in: transaction)
                    if let account, account.hasSecret(secret), account.state == .active, account.role == role {
                        continue
                    }
                    try Roster.put(name, unit: name, role: role, secret: secret, over: account, in: transaction)
                    made += 1
                }
                return made
            }
            print("\(holders.count) units have an account, \(made) of them new or renewed")
        }
    }

    private func units() throws(WrongArgument) -> Units {
        guard let data = FileManager.default.contents(atPath: rules) else {
            throw WrongArgument("--rules", "\(rules) cannot be read")
        }
        do {
            return try JSONDecoder().decode(Units.self, from: data)
        } catch {
            throw WrongArgument("--rules", "\(rules) is no routing data with committees and departments")
        }
    }

    private func secret(of account: String) throws(WrongArgument) -> String {
        let path = secrets + "/" + account
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            return text.trimmingCharacters(in: .newlines)
        }
        let secret = Account.makeSecret()
        // There as a whole or not at all.
        do {
            try Data((secret + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw WrongArgument("--secrets", "\(path) cannot be written")
        }
        return secret
    }
}
