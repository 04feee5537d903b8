import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL

/// The author's request for what they have handed in: `GET /v1/suggestions/{number}/copy`.
struct CopyRoutes: Sendable {
    let database: Database
    let seal: ContactSeal
    let limiter: Limiter

    func add(to router: GuardedRouter) {
        router.open(.get, "/v1/suggestions/:number/copy", .receipt) { try await copy($0, $1) }
    }

    private func copy(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let (item, words) = try await ReceiptDesk(limiter: limiter).opened(request, context) { number, hash in
            try await database.transaction { transaction in
                guard let item = try await IntakeStore.item(number: number, secret: hash, in: transaction) else {
                    return (item: IntakeItem, words: OwnCopy.StoredWords)?.none
                }
                return (item, try await IntakeStore.words(of: item.id, in: transaction))
            }
        }
        let contact = try words.contact.map { try seal.open($0, of: item.id) }
        let written = try words.written(of: item.id, seal)
        return try .json(OwnCopy(written, item, contact: contact), headers: [.cacheControl: "private, no-store"])
    }
}
