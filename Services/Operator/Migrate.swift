import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// `ebinda migrate`: lets each service's own program bring its schema and its queues up to date, one after the other.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring every schema and every queue up to date.")

    @OptionGroup var options: Options

    func run() async throws {
        try await options.perform { _ in
            for service in ServiceName.all { try Sibling(service).run(["migrate"], options) }
        }
    }
}

/// `ebinda dashboard …`: what the Dashboard's own program does for operators.
struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "The screen's figures.",
        subcommands: [Rebuild.self]
    )

    /// Recomputes everything from the owners' acts and compares.
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute all figures from the owners' acts and compare them with the live ones, by checksum."
        )

        @OptionGroup var options: Options
        @Flag(help: "Put the recomputed figures in the place of the live ones.")
        var swap = false

        func run() async throws {
            try await options.perform { _ in
                try Sibling(.dashboard).run(["rebuild"] + (swap ? ["--swap"] : []), options)
            }
        }
    }
}

/// The program of a service, which lies beside this one.
struct Sibling {
    /// A program that is not where it must be.
    struct Missing: Error, SafelyDescribed, CustomStringConvertible {
        /// Where it was looked for.
        let path: String
        var description: String { "\(path) is not there or cannot be run" }
    }

    private let program: URL

    init(_ service: ServiceName) {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        program = own.deletingLastPathComponent().appending(path: service.rawValue.capitalized)
    }

    /// Runs it with the same environment, configuration, input and output.
    ///
    /// - Throws: ``Missing``; its exit code, when that is not 0.
    func run(_ arguments: [String], _ options: Options) throws {
        let process = try prepared(arguments, options)
        try process.run()
        try end(process)
    }

    /// Runs it, and takes what it prints.
    ///
    /// - Throws: ``Missing``; its exit code, when that is not 0.
    func output(of arguments: [String], _ options: Options) throws -> Data {
        let process = try prepared(arguments, options)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        try end(process)
        return output
    }

    private func prepared(_ arguments: [String], _ options: Options) throws -> Process {
        guard FileManager.default.isExecutableFile(atPath: program.path) else { throw Missing(path: program.path) }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments + (options.configuration.map { ["--configuration", $0] } ?? [])
        return process
    }

    private func end(_ process: Process) throws {
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
    }
}
