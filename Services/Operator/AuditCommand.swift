import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `ebinda audit …`: whether the record of acts is as it was written.
///
/// Each service chains its acts within a second and publishes every head of the chain; the Dashboard keeps them. Whoever changes
/// a service's acts must change its chain, and then disagrees with what is kept elsewhere. Heads that are exported every day and
/// taken off the machine hold the Dashboard's keeping to account as well.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the record of acts, or print the heads of its chains.",
        subcommands: [Verify.self, Heads.self]
    )

    /// Holds every act against its seal and every seal against the heads that were published.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find any change, gap, reorder or cut tail in the acts, and say where.",
            discussion:
                "Exit status 1 when something is found. Acts of the last second may not be sealed yet: they are counted."
        )

        @OptionGroup var options: Options
        @Option(help: "A day's file of the Dashboard, or what `ebinda audit heads` wrote; - for standard input.")
        var heads: String?
        @Flag(help: "Go by --heads alone, and ask the Dashboard for nothing that it keeps.") var offline = false

        func validate() throws {
            guard !offline || heads != nil else { throw ValidationError("--offline wants --heads FILE") }
        }

        func run() async throws {
            try await options.perform { settings in
                let exported = try heads.map(KeptHeads.init(file:)) ?? KeptHeads()
                let kept =
                    try offline ? exported : KeptHeads(Sibling(.dashboard).output(of: ["seals", "--all"], options))
                var faults = kept.disagreements(with: exported).map { "dashboard: \($0)" }
                let told = try await Self.erasures(settings)
                for service in ServiceName.all {
                    let runtime = try await Runtime(service: service, settings: settings)
                    var configuration = try await runtime.database()
                    // It reads everything there is.
                    configuration.planning = .byStatistics
                    configuration.statementTimeout = .seconds(3_600)
                    let database = Database(configuration: configuration, logger: runtime.logger)
                    // What was exported counts where both are there: it is out of the machine's reach.
                    let published = (kept.heads[service] ?? [:]).merging(exported.heads[service] ?? [:]) { $1 }
                    let found = try await SealVerification.of(database, published: published, told: told)
                    await database.close()
                    let erased = found.erased > 0 ? ", \(found.erased) acts with their words erased on record" : ""
                    print(
                        "\(service): \(found.seals) seals, \(published.count) published heads, \(found.unsealed) acts not yet sealed\(erased)"
                    )
                    faults += found.faults.map { "\(service): \($0)" }
                }
                guard faults.isEmpty else {
                    print("\nnot as it was written:")
                    for fault in faults { print("- \(fault)") }
                    throw ExitCode.failure
                }
                print("\nall acts are as they were written")
            }
        }

        /// What Intake has told of items' erasures, and Directory of people's: nothing else lets words go.
        private static func erasures(_ settings: Settings) async throws -> [UUID: UUID] {
            var all: [UUID: UUID] = [:]
            for owner in [ServiceName.intake, .directory] {
                let runtime = try await Runtime(service: owner, settings: settings)
                let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                all.merge(try await SealVerification.told(in: database)) { $1 }
                await database.close()
            }
            return all
        }
    }

    /// For a daily export that leaves the machine.
    struct Heads: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the newest head of each service's chain as it is kept, a JSON object a line."
        )

        @OptionGroup var options: Options
        @Flag(help: "Every head, and not the newest alone.") var all = false

        func run() async throws {
            try await options.perform { _ in
                try Sibling(.dashboard).run(["seals"] + (all ? ["--all"] : []), options)
            }
        }
    }
}

/// Published heads by owner and number: as `ebinda audit heads` prints them, a line each, or the file of a day.
struct KeptHeads {
    private struct Line: Decodable {
        let owner: ServiceName
        let number: Int
        let head: String
    }

    /// What the Dashboard writes once a day.
    private struct Document: Decodable {
        let day: String
        let heads: [Line]
    }

    private(set) var heads: [ServiceName: [Int: String]] = [:]

    init() {}

    /// Reads a file, or standard input for `-`.
    ///
    /// - Throws: `WrongArgument` that says what is wrong with it.
    init(file: String) throws {
        let standardInput = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : nil
        guard let data = standardInput ?? FileManager.default.contents(atPath: file) else {
            throw WrongArgument("--heads", "\(file) cannot be read")
        }
        try self.init(data)
    }

    /// Reads lines, or the document of a day.
    ///
    /// - Throws: `WrongArgument` that names the line or the head.
    init(_ data: Data) throws {
        if let document = try? JSONDecoder().decode(Document.self, from: data) {
            for line in document.heads {
                guard line.number > 0 else {
                    throw WrongArgument("--heads", "\(line.owner): the number must be from 1")
                }
                heads[line.owner, default: [:]][line.number] = line.head
            }
            return
        }
        for (index, text) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let line = try? JSONDecoder().decode(Line.self, from: text), line.number > 0 else {
                throw WrongArgument("--heads", "line \(index + 1) must be an object with owner, number and head")
            }
            heads[line.owner, default: [:]][line.number] = line.head
        }
    }

    /// The heads that are others here than there, in words.
    func disagreements(with exported: Self) -> [String] {
        exported.heads.sorted { $0.key < $1.key }.flatMap { owner, heads in
            heads.sorted { $0.key < $1.key }.compactMap { number, head -> String? in
                switch self.heads[owner]?[number] {
                case nil: "the head of seal \(number) of \(owner) was exported and is not kept"
                case head?: nil
                case .some: "the kept head of seal \(number) of \(owner) is not the one that was exported"
                }
            }
        }
    }
}
