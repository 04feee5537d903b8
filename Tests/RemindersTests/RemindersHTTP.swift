import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// Asks Reminders over HTTP, and holds each answer against the document.
enum RemindersHTTP {
    /// Takes `unit/role` itself for a token.
    struct Named: TokenReader {
        func caller(of token: String) -> Caller? {
            let words = token.split(separator: "/").map(String.init)
            guard words.count == 2, let role = Role(rawValue: words[1]) else { return nil }
            return Caller(unit: words[0], role: role, subject: "account:\(words[0])")
        }
    }

    static func application(_ engine: Engine, packs: [String: CountingRule] = [:]) -> some ApplicationProtocol {
        HTTPService(configuration: HTTPConfiguration(), logger: .silent) { router in
            let guarded = GuardedRouter(router, tokens: Named())
            Routes(database: engine.database, stages: RemindersWorld.stages, packs: packs).add(to: guarded)
            FeedRoutes(database: engine.database, desk: FeedDesk(outbox: engine.outbox)).add(to: guarded)
        }.application
    }

    static func get<Value: Decodable>(
        _ path: String,
        as caller: String,
        _ client: any TestClientProtocol,
        _: Value.Type = Value.self
    ) async throws -> Value {
        let response = try await client.executeRequest(
            uri: path,
            method: .get,
            headers: [.authorization: "Bearer \(caller)"],
            body: nil
        )
        #expect(response.status == .ok, "\(path) \(String(buffer: response.body))")
        try check(path, response)
        return try EventCoding.decode(Value.self, from: Array(response.body.readableBytesView))
    }

    /// Holds an answer against the document.
    static func check(_ path: String, _ response: TestResponse) throws {
        let contract = try AnswerContract(document: Documents.openAPI(of: .reminders))
        let differences = contract.differences(
            .get,
            String(path.prefix { $0 != "?" }),
            sent: nil,
            status: response.status.code,
            headers: response.headers,
            body: Array(response.body.readableBytesView)
        )
        #expect(differences == [])
    }
}
