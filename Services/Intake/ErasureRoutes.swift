import Bootstrap
import Contracts
import Hummingbird
import Messaging

/// The author's request to erase what they have handed in: `POST /v1/suggestions/{number}/erasure`.
struct ErasureRoutes: Sendable {
    let desk: EraseDesk
    let limiter: Limiter

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/suggestions/:number/erasure", .receipt) { try await erase($0, $1) }
    }

    private func erase(_ request: Request, _ context: HTTPContext) async throws -> Response {
        _ = try await ReceiptDesk(limiter: limiter).opened(request, context) { number, hash in
            do {
                return try await desk.erase(number: number, secret: hash, reason: "", by: "receipt:\(number)")
            } catch is EraseDesk.NotFound {
                return Bool?.none
            }
        }
        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
    }
}
