import Bootstrap
import Contracts
import HTTPTypes
import Hummingbird
import Messaging

/// The author's request to erase what they have handed in: `POST /v1/suggestions/{number}/erasure`.
struct ErasureRoutes: Sendable {
    private static let receiptSecret = HTTPField.Name("Receipt-Secret")

    let desk: EraseDesk

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/suggestions/:number/erasure", .receipt) { try await erase($0, $1) }
    }

    private func erase(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let number = try context.number("number")
        guard let name = Self.receiptSecret, let secret = request.headers[name] else {
            throw Problem.unauthorized(challenge: "Receipt realm=\"ebinda\"")
        }
        let hash = Receipt.hash(secret)
        do {
            _ = try await desk.erase(number: number, reason: "", by: "receipt:\(number)") { item in
                Receipt.agree(item.secret, hash)
            }
            return Response(status: .noContent, headers: [.cacheControl: "no-store"])
        } catch is EraseDesk.NotFound {
            // One answer for a wrong number and a wrong secret: nobody learns which numbers exist.
            throw Problem.notFound("no item has this number and secret")
        }
    }
}
