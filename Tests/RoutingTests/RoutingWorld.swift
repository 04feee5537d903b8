import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import PostgreSQL
import Rules
import Support
import Testing

@testable import Messaging
@testable import Routing

/// A running Routing: its routes, its engine, its tables.
struct RoutingWorld: Sendable {
    static let migrations = RoutingStore.migrations

    let world: ServiceWorld
    let engine: Engine
    let routes: Routes
    let propose: ProposeRouting
    let client: ServiceClient

    /// Lends one.
    static func with(_ body: @escaping @Sendable (Self) async throws -> Void) async throws {
        let rules = try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"))
        let terms = try LegalTerms(
            json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json"))
        )
        let classifier = Classifier(table: try RoutingTable(json: rules))
        let propose = ProposeRouting(
            classifier: classifier,
            stations: KnownStations(try Stations(json: rules)),
            terms: terms,
            applied: []
        )
        try await ServiceWorld.with([.routing: migrations], queues: false) { world in
            let engine = try world.engine(.routing)
            let routes = Routes(
                desk: Desk(outbox: engine.outbox, terms: terms),
                database: engine.database,
                table: classifier.table
            )
            try await ServiceClient.with(
                document: Documents.openAPI(of: .routing),
                logger: .silent,
                routes: { router in
                    routes.add(to: router)
                    ActsRoutes(engine: engine).add(to: router)
                },
                { client in
                    try await body(Self(world: world, engine: engine, routes: routes, propose: propose, client: client))
                }
            )
            await engine.database.close()
        }
    }

    /// Hears that something was handed in; one the rules place with the committee chengjian unless it says nothing.
    func hear(
        title: String = "路灯不亮，城管",
        text: String = "城管，路灯，市容",
        count: Int = 1,
        station: String = "ST-X01",
        deputy: PersonID? = nil,
        deputies: [PersonID]? = nil
    ) async throws -> [SuggestionID] {
        let events = try (0..<count).map { index in
            try Received(
                metadata: EventMetadata(
                    id: .make(),
                    name: SuggestionReceived.name,
                    owner: .intake,
                    aggregate: .make(),
                    version: 1,
                    time: .now
                ),
                body: SuggestionReceived(
                    number: "BJ-\(index)",
                    kind: .opinion,
                    submitter: .voter,
                    title: title,
                    text: text,
                    station: StationCode(rawValue: station),
                    receivedAt: .now + .milliseconds(index),
                    deputy: deputy,
                    deputies: deputies
                )
            )
        }
        try await engine.outbox.transaction { try await propose.handle(events, in: $0) }
        return events.map(\.metadata.aggregate)
    }

    /// Puts a matter with a committee, whatever the rules have proposed.
    func place(_ id: SuggestionID, with committee: String?) async throws {
        try await engine.database.execute("UPDATE suggestions SET committee = \(committee) WHERE id = \(id.rawValue)")
    }

    /// Asks, as the committee chengjian unless said otherwise.
    func get(_ path: String, as caller: String? = "chengjian/committee") async throws -> ServiceClient.Answer {
        let answer = try await client.send(.get, path, as: caller)
        #expect(answer.breaches == [], "\(path)")
        return answer
    }

    /// Decides, as the committee chengjian unless said otherwise.
    func decide(
        _ id: SuggestionID,
        _ decision: String,
        _ body: String,
        as caller: String? = "chengjian/committee"
    ) async throws -> ServiceClient.Answer {
        let answer = try await client.post("/v1/suggestions/\(id)/\(decision)", body, as: caller)
        #expect(answer.breaches == [])
        return answer
    }

    /// What decisions have stored.
    func stored() async throws -> Int {
        try await world.number(
            "SELECT (SELECT count(*) FROM acts) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM assignments)",
            of: .routing
        )
    }
}
