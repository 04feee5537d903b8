import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `dashboard seals`: the heads of the owners' chains of acts as they were kept here, a JSON object a line.
struct SealsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seals",
        abstract: "Print the kept heads of the owners' chains of acts, a JSON object a line."
    )

    /// A line.
    private struct Line: Encodable {
        let owner: ServiceName
        let number: Int
        let count: Int
        let head: String
        let keptAt: Timestamp
    }

    @Option(help: "A JSON file with the configuration; environment variables come before it.")
    var configuration: String?
    @Flag(help: "Every head, and not the newest of each owner alone.")
    var all = false

    func run() async throws {
        let settings = try await ConfigurationSources.open(file: configuration)
        let runtime = try await Runtime(service: .dashboard, settings: settings)
        let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
        let heads = try await database.transaction {
            all ? try await HeadsStore.all(in: $0) : try await HeadsStore.newest(in: $0)
        }
        await database.close()
        for kept in heads {
            let (seal, keptAt) = (kept.seal, kept.keptAt)
            let line = Line(owner: kept.owner, number: seal.number, count: seal.count, head: seal.head, keptAt: keptAt)
            print(String(decoding: try EventCoding.encode(line), as: UTF8.self))
        }
    }
}
