import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Rules
import Support
import Testing

@testable import Intake

/// A running Intake: its routes, its engine, its tables.
struct IntakeWorld: Sendable {
    static let receipts = Receipt.Maker(key: Array(repeating: 7, count: 32))
    static let seal = ContactSeal(key: Array(repeating: 9, count: 32))

    let world: ServiceWorld
    let engine: Engine
    let routes: Routes
    let client: ServiceClient

    /// Lends one; its routes answer before `engine.run()`, as in a process that cannot reach the broker.
    static func with(_ body: @escaping @Sendable (Self) async throws -> Void) async throws {
        let stations = try Stations(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json")))
        try await ServiceWorld.with([.intake: IntakeStore.migrations], queues: false) { world in
            let engine = try world.engine(.intake)
            let routes = Routes(
                desk: Desk(outbox: engine.outbox, receipts: receipts, seal: seal),
                revealing: RevealDesk(outbox: engine.outbox, seal: seal),
                database: engine.database,
                stations: stations
            )
            try await ServiceClient.with(
                document: Documents.openAPI(of: .intake),
                logger: .silent,
                routes: { router in
                    routes.add(to: router)
                    ErasureRoutes(desk: EraseDesk(outbox: engine.outbox)).add(to: router)
                    ActsRoutes(engine: engine).add(to: router)
                },
                { client in try await body(Self(world: world, engine: engine, routes: routes, client: client)) }
            )
            await engine.database.close()
        }
    }

    /// Hands something in under a key.
    func submit(_ body: String, key: String? = UUID().uuidString) async throws -> ServiceClient.Answer {
        try await submit(Array(body.utf8), headers: key.map { [Self.key: $0] } ?? [:])
    }

    /// Hands bytes in with any headers.
    func submit(_ body: [UInt8], headers: HTTPFields) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.post, "/v1/suggestions", headers: headers, body: body)
        #expect(answer.breaches == [])
        return answer
    }

    /// Asks for the status of a receipt.
    func status(_ receipt: JSON, secret: String? = nil) async throws -> ServiceClient.Answer {
        let path = try #require(receipt["status"]?.text)
        let answer = try await client.send(
            .get,
            path,
            headers: [Self.secret: try secret ?? #require(receipt["secret"]?.text)]
        )
        #expect(answer.breaches == [])
        return answer
    }

    /// Rows of everything that handing in stores.
    func stored() async throws -> Int {
        try await world.number(
            """
            SELECT (SELECT count(*) FROM suggestions) + (SELECT count(*) FROM request_keys)
                   + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM acts)
            """,
            of: .intake
        )
    }

    static let opinion = #"{"kind":"opinion","station":"ST-X01","title":"公交站太远","text":"希望增设公交站。"}"#
    static let key = name("Idempotency-Key")
    static let secret = name("Receipt-Secret")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a field name") }
        return name
    }
}
