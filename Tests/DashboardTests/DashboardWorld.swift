import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Logging
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Synchronization
import Testing

@testable import Dashboard

/// A running Dashboard, with the schemas of the owners whose acts it can be rebuilt from.
struct DashboardWorld: Sendable {
    /// How well the service hears, as a test wants it.
    final class Ears: Sendable {
        private let state = Mutex(Consumption.Hearing.everything)
        var hearing: Consumption.Hearing {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    static let owners: [ServiceName] = [.intake, .routing, .replies, .reminders]

    let world: ServiceWorld
    let engine: Engine
    let board: Board
    let ears: Ears
    let client: ServiceClient

    /// Lends one.
    static func with(
        pack: String = "zhejiang-hangzhou",
        queues: Bool = false,
        _ body: @escaping @Sendable (Self) async throws -> Void
    ) async throws {
        let rates = try RulePack(
            json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(pack).json"))
        ).rates
        let services = Dictionary(uniqueKeysWithValues: owners.map { ($0, [Migration]()) })
        try await ServiceWorld.with(services.merging([.dashboard: Main.migrations]) { $1 }, queues: queues) { world in
            let engine = try world.engine(.dashboard)
            let ears = Ears()
            let board = Board(
                database: engine.database,
                rates: rates,
                pause: .milliseconds(20),
                hearing: { ears.hearing },
                logger: .silent
            )
            let routes = Routes(board: board, database: engine.database)
            try await ServiceClient.with(
                document: Documents.openAPI(of: .dashboard),
                logger: .silent,
                routes: { routes.add(to: $0) },
                { client in
                    try await body(Self(world: world, engine: engine, board: board, ears: ears, client: client))
                }
            )
            await engine.database.close()
        }
    }

    /// Folds what owners tell, as the handlers do.
    func hear(_ inputs: [Folding.Input]) async throws {
        try await engine.outbox.transaction { transaction in
            try await Folding.fold(inputs, into: .live, in: transaction)
            try DashboardStore.append(inputs, in: transaction)
            if let newest = inputs.map(\.metadata.time).max() { DashboardStore.advance(to: newest, in: transaction) }
        }
    }

    /// Hears that somebody is a deputy.
    func sit(_ person: PersonID, at stations: [String]) async throws {
        let holding = PersonChanged.Holding(
            holding: HoldingID(rawValue: person.rawValue),
            role: .deputy,
            unit: UnitCode(rawValue: "binjiang"),
            state: .confirmed,
            from: "2022-01-10",
            level: .district,
            stations: stations.map(StationCode.init(rawValue:))
        )
        let body = PersonChanged(person: person, state: .active, publicName: nil, holdings: [holding], changedAt: .now)
        let metadata = EventMetadata(
            id: .make(),
            name: PersonChanged.name,
            owner: .directory,
            aggregate: SuggestionID(rawValue: person.rawValue),
            version: 1,
            time: .now
        )
        try await engine.outbox.transaction {
            try await KeepHoldings().handle([try Received(metadata: metadata, body: body)], in: $0)
        }
    }

    /// The messages of what owners tell.
    func messages(_ inputs: [Folding.Input]) -> [OutgoingMessage] {
        inputs.map { input in
            Envelope.message(
                input.metadata,
                body: input.body,
                exchange: world.topology.events,
                routingKey: world.topology.routingKey(owner: input.metadata.owner, name: input.metadata.name),
                isMandatory: false,
                account: world.broker.user
            )
        }
    }

    /// Stores acts as their owner would have; which transaction each was in, the test says.
    func record(_ inputs: [Folding.Input], inTransactions numbers: [Int]) async throws {
        try await engine.database.transaction { transaction in
            for (input, number) in zip(inputs, numbers) {
                transaction.enqueue(
                    """
                    INSERT INTO \(unsafe: input.metadata.owner.rawValue).acts
                           (id, aggregate, version, name, actor, authority, occurred_at, body, xid)
                    VALUES (\(input.metadata.id.rawValue), \(input.metadata.aggregate.rawValue), \(input.metadata.version),
                            \(input.metadata.name.rawValue), 'x', 'y', \(input.metadata.time), \(input.body),
                            \(String(number))::text::xid8)
                    """
                )
            }
        }
    }

    /// Rebuilds from the owners' acts, in pages of a few.
    func rebuild(swaps: Bool = false, page: Int = 7) async throws -> Rebuild.Outcome {
        var sources: [Database] = []
        var owners: [ServiceName: Rebuild.Pages] = [:]
        for owner in Self.owners {
            let source = try world.engine(owner).database
            sources.append(source)
            owners[owner] = { cursor in
                let acts = try await source.transaction {
                    try await ActPage.after(cursor, limit: page, of: owner, in: $0)
                }
                let entries = try #require(acts?.entries)
                return (entries.map { Folding.Input(metadata: $0.metadata, body: $0.body) }, acts?.next)
            }
        }
        let outcome = try await Rebuild(database: engine.database).run(owners, swaps: swaps)
        for source in sources { await source.close() }
        return outcome
    }

    /// Asks, as the screen unless said otherwise.
    func get(
        _ path: String,
        as caller: String? = "screen/screen",
        tags: String? = nil
    ) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.get, path, as: caller, headers: tags.map { [.ifNoneMatch: $0] } ?? [:])
        #expect(answer.breaches == [], "\(path)")
        return answer
    }
}
