import AsyncHTTPClient
import Contracts
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Support
import Synchronization
import Testing

@testable import Reminders

/// What a gateway was sent, and what it answers.
final class Gateway: Sendable {
    struct Call: Sendable {
        let id: String
        let timestamp: String
        let signature: String
        let body: String
    }
    private let state: Mutex<(calls: [Call], answers: [HTTPResponse.Status])>
    init(answering answers: [HTTPResponse.Status]) { state = Mutex(([], answers)) }
    var calls: [Call] { state.withLock { $0.calls } }
    func take(_ call: Call) -> HTTPResponse.Status {
        state.withLock { state in
            state.calls.append(call)
            return state.answers.isEmpty ? .noContent : state.answers.removeFirst()
        }
    }

    /// A secret that tests sign with.
    static let secret = SymmetricKey(data: Data(repeating: 7, count: Webhooks.secretLength))

    /// A receiver at a port of this machine.
    static func target(
        _ name: String = "sms",
        _ port: Int,
        _ audiences: Set<Audience> = [.department],
        keepsQuiet: Bool = true
    ) throws -> Webhooks.Target {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/hook"))
        return Webhooks.Target(name: name, url: url, secret: secret, audiences: audiences, keepsQuiet: keepsQuiet)
    }

    /// Lends a courier's client.
    static func lending(_ body: (HTTPClient) async throws -> Void) async throws {
        let client = Courier.client()
        do {
            try await body(client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Serves it, and lends its port.
    func serving(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let router = Router()
        router.post("/hook") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
            func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
            let status = self.take(
                Call(
                    id: header("webhook-id"),
                    timestamp: header("webhook-timestamp"),
                    signature: header("webhook-signature"),
                    body: text
                )
            )
            return Response(status: status, headers: status == .found ? [.location: "/elsewhere"] : [:])
        }
        let application = Application(router: router, logger: .silent)
        try await application.test(.live) { client in try await body(try #require(client.port)) }
    }
}
