import Contracts
import Foundation
import HTTPTypes
import Hummingbird
package import Messaging
import NIOCore
import PostgreSQL

/// The export of a service's acts: `GET /v1/acts?after=&limit=`, for operators and auditors alone.
///
/// One page in JSON: `acts` in the order of their transactions, and `next`, the cursor of the page behind it, or null.
package struct ActsRoutes: Sendable {
    private let engine: Engine

    /// Creates the routes of a service.
    package init(engine: Engine) { self.engine = engine }

    /// Adds them.
    package func add(to router: GuardedRouter) {
        router.on(.get, "/v1/acts", .exportActs) { request, _, _ in try await page(request) }
    }

    private func page(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        var limit = ActPage.limit
        if let text = query["limit"] {
            guard let value = Int(text), (1...ActPage.limit).contains(value) else {
                throw Problem.badRequest("limit must be a whole number from 1 to \(ActPage.limit)")
            }
            limit = value
        }
        let (after, size, service) = (query["after"].map(String.init), limit, engine.service)
        let page = try await engine.database.transaction {
            try await ActPage.after(after, limit: size, of: service, in: $0)
        }
        guard let page else { throw Problem.badRequest("after must be the next of an earlier page") }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try Self.json(page)))
        )
    }

    private struct Head: Encodable {
        let id: EventID
        let aggregate: SuggestionID
        let version: Int
        let name: EventName
        let actor: String
        let authority: String
        let origin: String?
        let occurredAt: Timestamp
    }

    /// Bodies go in as they are stored, byte for byte: a rebuild must read what the listeners read.
    private static func json(_ page: ActPage) throws -> [UInt8] {
        var bytes = Array("{\"acts\":[".utf8)
        for (index, entry) in page.entries.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let head = Head(
                id: entry.metadata.id,
                aggregate: entry.metadata.aggregate,
                version: entry.metadata.version,
                name: entry.metadata.name,
                actor: entry.act.actor,
                authority: entry.act.authority,
                origin: entry.act.origin,
                occurredAt: entry.metadata.time
            )
            bytes += try EventCoding.encode(head).dropLast()
            bytes += Array(",\"body\":".utf8) + entry.body + Array("}".utf8)
        }
        bytes += Array("],\"next\":".utf8) + (try EventCoding.encode(page.next)) + Array("}".utf8)
        return bytes
    }
}
