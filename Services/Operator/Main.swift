import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// The operators' command line: `ebinda …`.
@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ebinda",
        abstract: "Operates eBinda: migrations, tokens, status, dead letters, the screen's rebuild.",
        subcommands: [Migrate.self, Seed.self, Status.self, DeadLettersCommand.self, DashboardCommand.self]
    )
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
        } catch let error as ConfigurationError {
            FileHandle.standardError.write(Data("ebinda: \(error)\n".utf8))
            throw ExitCode(ConfigurationError.exitStatus)
        } catch {
            FileHandle.standardError.write(Data("ebinda: \(JSONLogHandler.text(of: error))\n".utf8))
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
