import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// The operators' command line: `ebinda …`.
///
/// Exit status: 0 when all went well, 1 when something failed or wants an operator, 2 when the command line or the
/// configuration is wrong. What is wrong is one line on standard error.
@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ebinda",
        abstract:
            "Operates eBinda: migrations, accounts, units, people, keys, codes, status, dead letters, audits, privacy, calendars, rule packs, webhooks, the screen's rebuild.",
        subcommands: [
            Migrate.self, Seed.self, AccountsCommand.self, DepartmentsCommand.self, UnitsCommand.self,
            PeopleCommand.self,
            KeysCommand.self, CodesCommand.self, Status.self, DeadLettersCommand.self, AuditCommand.self,
            DashboardCommand.self, PrivacyCommand.self, CalendarsCommand.self, RulesCommand.self,
            WebhooksCommand.self,
        ]
    )

    /// Runs what the command line says.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch  where exitCode(for: error) == .validationFailure {
            // The parser's own way is the whole usage; `--help` has that.
            Failure.say(message(for: error))
            exit(withError: ExitCode(ConfigurationError.exitStatus))
        } catch {
            exit(withError: error)
        }
    }
}

/// How a command says what went wrong: one line.
enum Failure {
    /// Writes a line to standard error.
    static func say(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        FileHandle.standardError.write(Data("ebinda: \(line)\n".utf8))
    }
}

/// What every subcommand takes.
struct Options: ParsableArguments {
    @Option(help: "A JSON file with the configuration; environment variables come before it.")
    var configuration: String?

    /// Reads the configuration and does the work; turns what is thrown into one line and an exit status.
    func perform(_ work: (Settings) async throws -> Void) async throws {
        do {
            try await work(try await ConfigurationSources.open(file: configuration))
        } catch let code as ExitCode {
            throw code
        } catch  where error is ConfigurationError || error is WrongArgument {
            Failure.say(JSONLogHandler.text(of: error))
            throw ExitCode(ConfigurationError.exitStatus)
        } catch {
            Failure.say(JSONLogHandler.text(of: error))
            throw ExitCode.failure
        }
    }
}

/// A service by its name, as an argument.
struct ServiceArgument: ExpressibleByArgument {
    let name: ServiceName

    init?(argument: String) {
        guard let name = ServiceName.all.first(where: { $0.rawValue == argument }) else { return nil }
        self.name = name
    }

    static var allValueStrings: [String] { ServiceName.all.map(\.rawValue) }
}
