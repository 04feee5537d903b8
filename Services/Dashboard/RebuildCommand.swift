import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `dashboard rebuild`: reads the owners' acts from their schemas' exports and compares.
///
/// Reads the exports from the database, each owner's schema under the role of the configuration; where services have databases
/// of their own, the export over HTTP has the same pages.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Recompute all figures from the owners' acts and compare them with the live ones, by checksum."
    )

    @Option(help: "A JSON file with the configuration; environment variables come before it.")
    var configuration: String?
    @Flag(help: "Put the recomputed figures in the place of the live ones.")
    var swap = false

    func run() async throws {
        let settings = try await ConfigurationSources.open(file: configuration)
        let runtime = try await Runtime(service: .dashboard, settings: settings)
        var configuration = try await runtime.database()
        // Its statements go over everything there is.
        configuration.statementTimeout = .seconds(3_600)
        // Longer than any statement of those who fold.
        configuration.lockTimeout = .seconds(60)
        configuration.planning = .byStatistics
        let database = Database(configuration: configuration, logger: runtime.logger)
        var owners: [ServiceName: Rebuild.Pages] = [:]
        for owner in Catalog.ownersOfSuggestions {
            let source = Database(
                configuration: try await Runtime(service: owner, settings: settings).database(),
                logger: runtime.logger
            )
            owners[owner] = { try await Self.page(of: owner, in: source, after: $0) }
        }
        let outcome = try await Rebuild(database: database).run(owners, swaps: swap)
        await database.close()
        print("\(outcome.acts) acts folded")
        print("live    \(outcome.live)\nrebuilt \(outcome.rebuilt)")
        for line in outcome.differences { print("differs: \(line)") }
        for line in outcome.missing { print("missing: \(line)") }
        print(outcome.isEqual ? "equal" : "different")
        if !outcome.isEqual, !swap { throw ExitCode.failure }
    }

    /// A page of an owner's acts, as they are folded.
    static func page(
        of owner: ServiceName,
        in database: Database,
        after cursor: String?
    ) async throws -> (acts: [Folding.Input], next: String?) {
        let page = try await database.transaction { try await ActPage.after(cursor, of: owner, in: $0) }
        guard let page else { return ([], nil) }
        return (page.entries.map { Folding.Input(metadata: $0.metadata, body: $0.body) }, page.next)
    }
}
