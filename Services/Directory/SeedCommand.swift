import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// `directory seed`: units and people from files; accounts for systems: every department's of the routing data, the operators'
/// scripts, a screen.
///
/// Officers and deputies are people, who sign in: nobody acts in a committee's name by an account that several share (decision 0043).
///
/// Each secret is made once and lies in a file of the account's name. An account that is known is left as it is, whatever its
/// file says: one that was ended stays so, and a secret that was renewed is not taken back.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Make units and people that are not there yet, and accounts for systems that have none."
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "The routing data, with the departments.") var rules: String
    @Option(help: "The folder that gets a file with each account's secret.") var secrets: String
    @Option(help: "A CSV file of units.") var units: String?
    @Option(help: "A CSV file of people.") var people: String?

    private struct Units: Decodable {
        struct Unit: Decodable { let code: String }
        let departments: [Unit]
    }

    func run() async throws {
        try await options.perform(for: Main.self) { runtime in
            // Nobody else reads any of it, not even while it is being written.
            umask(0o077)
            let (units, lines) = (
                try accountUnits(), (try self.units.map(UnitsFile.read), try people.map(PeopleFile.read))
            )
            let holders =
                units.departments.map { ($0.code, Role.department) } + [("operator", .operator), ("screen", .screen)]
            do {
                try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
            } catch {
                throw WrongArgument("--secrets", "\(secrets) is no folder and cannot be made")
            }
            let (made, taken) = try await Operation.perform(runtime) { _, transaction in
                var (made, taken) = (0, [String]())
                // What was changed or ended here stays so: only what is not there yet is made.
                if let forms = lines.0?.map(\.form) {
                    let known = try await DirectoryStore.units(in: transaction)
                    let new = forms.filter { known[$0.code] == nil }
                    let outcomes = try await UnitsFile.take(new, isDry: false, in: transaction)
                    taken.append("units: " + ImportedFile.summary(outcomes))
                }
                if let forms = lines.1?.map(\.form) {
                    let known = Set(try await DirectoryStore.allDossiers(in: transaction).map(\.person.login))
                    let new = forms.filter { !known.contains($0.login) }
                    let outcomes = try await PeopleFile.take(new, isDry: false, in: transaction)
                    taken.append("people: " + ImportedFile.summary(outcomes))
                }
                for (name, role) in holders {
                    let known = try await DirectoryStore.account(name, locking: true, in: transaction)
                    guard known == nil else { continue }
                    // The file first: should the commit fail, the next run takes the secret from it.
                    let secret = try secret(of: name)
                    try Roster.put(name, unit: name, role: role, secret: secret, over: nil, in: transaction)
                    made += 1
                }
                return (made, taken)
            }
            for line in taken { print(line) }
            print("\(holders.count) systems have an account, \(made) of them new")
        }
    }

    private func accountUnits() throws(WrongArgument) -> Units {
        guard let data = FileManager.default.contents(atPath: rules) else {
            throw WrongArgument("--rules", "\(rules) cannot be read")
        }
        do {
            return try JSONDecoder().decode(Units.self, from: data)
        } catch {
            throw WrongArgument("--rules", "\(rules) is no routing data with departments")
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
