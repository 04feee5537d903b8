package import ArgumentParser
package import Contracts
import Foundation
import Logging
package import ServiceLifecycle
import UnixSignals

/// The command line of a service: `run`, which is the default, `migrate`, and `check`.
///
/// A service's `Main` says what it is made of; this says how a process is started, configured and ended:
///
///     @main struct Main: ServiceCommand {
///         static let service = ServiceName.intake
///         static let summary = "Takes in what people hand in"
///         static func services(in runtime: Runtime) async throws -> [any Service] { … }
///         static func migrate(in runtime: Runtime) async throws -> [String] { … }
///         static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] { … }
///     }
///
/// Exit status: 0 when all went well, 1 when something failed, 2 when the configuration is wrong (one line on standard
/// error names the key and the rule), 64 for a wrong command line, 130 or 143 after a second SIGINT or SIGTERM.
package protocol ServiceCommand: AsyncParsableCommand {
    /// Which service this is; also its section of the configuration.
    static var service: ServiceName { get }
    /// One line for the help.
    static var summary: String { get }
    /// Whether others' requests come before its work where processors are short: so it is where people wait for other
    /// services, and for this one's queue nobody does.
    static var yields: Bool { get }
    /// Further subcommands, for what only this service has.
    static var moreSubcommands: [any ParsableCommand.Type] { get }
    /// The services of the process in the order of their start; they are stopped in reverse.
    static func services(in runtime: Runtime) async throws -> [any Service]
    /// Brings the schema up to date and declares what only an operator may; gives what was done, one line each.
    static func migrate(in runtime: Runtime) async throws -> [String]
    /// What the service needs in order to be of use.
    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck]
}

extension ServiceCommand {
    /// It does not.
    package static var yields: Bool { false }

    /// None.
    package static var moreSubcommands: [any ParsableCommand.Type] { [] }

    /// The subcommands.
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: service.rawValue,
            abstract: summary,
            subcommands: [RunCommand<Self>.self, MigrateCommand<Self>.self, CheckCommand<Self>.self] + moreSubcommands,
            defaultSubcommand: RunCommand<Self>.self
        )
    }
}

/// What every subcommand takes.
package struct ConfigurationOptions: ParsableArguments {
    @Option(help: "A JSON file with the configuration; environment variables come before it.")
    var configuration: String?

    /// As the parser makes it.
    package init() {}

    /// Reads the configuration and does the work; turns what is thrown into an exit status.
    package func perform<Command: ServiceCommand>(
        for _: Command.Type,
        _ work: (Runtime) async throws -> Void
    ) async throws {
        do {
            let settings = try await ConfigurationSources.open(file: configuration)
            let runtime = try await Runtime(service: Command.service, settings: settings)
            runtime.bootstrapProcess()
            do {
                try await work(runtime)
            } catch let error as WrongArgument {
                LogOutput.standardError.write(Array("\(Command.service): \(error)\n".utf8))
                throw ExitCode(ConfigurationError.exitStatus)
            } catch let error where !(error is ConfigurationError || error is ExitCode) {
                runtime.logger.critical("failed", metadata: ["reason": "\(JSONLogHandler.text(of: error))"])
                throw ExitCode.failure
            }
        } catch let error as ConfigurationError {
            LogOutput.standardError.write(Array("\(Command.service): \(error)\n".utf8))
            throw ExitCode(ConfigurationError.exitStatus)
        }
    }
}

/// Serves until it is told to stop.
struct RunCommand<Command: ServiceCommand>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "run", abstract: "Serve until SIGTERM or SIGINT.")
    }

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        // A log that nobody reads any more must not end the service: writing to it fails, and that is all.
        signal(SIGPIPE, SIG_IGN)
        // First of all: threads that are made later inherit it (setpriority(2), nice values are a thread's on Linux).
        // 5 is a third of the share of a process that does not yield (sched(7)).
        if Command.yields { setpriority(numericCast(PRIO_PROCESS.rawValue), 0, 5) }
        // Before the services are built: a signal that comes in the meantime must not be lost.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await options.perform(for: Command.self) { runtime in
            let services = try await Command.services(in: runtime)
            runtime.logger.info("starting")
            try await Drain.run(services, timeout: runtime.drainTimeout, logger: runtime.logger, signals: signals)
            runtime.logger.info("stopped")
        }
    }
}

/// Brings the schema and the broker up to date.
struct MigrateCommand<Command: ServiceCommand>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "migrate", abstract: "Bring the schema and the broker up to date, then end.")
    }

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.perform(for: Command.self) { runtime in
            for line in try await Command.migrate(in: runtime) { print(line) }
        }
    }
}

/// Asks every readiness check once.
struct CheckCommand<Command: ServiceCommand>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "check", abstract: "Read the configuration, ask every check once, then end.")
    }

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.perform(for: Command.self) { runtime in
            var isReady = true
            for check in try await Command.checks(in: runtime) {
                let outcome = await check.outcome()
                print("\(outcome.name): \(outcome.ready ? "ready" : "not ready: \(outcome.reason ?? "")")")
                isReady = isReady && outcome.ready
            }
            if !isReady { throw ExitCode.failure }
        }
    }
}
