import Bootstrap
import Contracts
import HTTPTypes
import Hummingbird

/// Opens what stands behind a receipt to whoever has its number and its secret, and tells others nothing: one answer for a number
/// that does not exist and a secret that is wrong, after the same work, and from one address only so many of them in an hour.
struct ReceiptDesk: Sendable {
    private static let secret = HTTPField.Name("Receipt-Secret")

    let limiter: Limiter

    /// What a request's receipt opens.
    ///
    /// - Parameter find: is given the number and the hash of the secret; nil where no item has both.
    /// - Throws: ``Problem`` 401 without a secret, 404 where nothing is found, 429 when the address has guessed too often; then
    ///   nothing is looked for, or the answer would still tell a guesser.
    func opened<Value>(
        _ request: Request,
        _ context: HTTPContext,
        _ find: (_ number: String, _ hash: [UInt8]) async throws -> Value?
    ) async throws -> Value {
        let number = try context.number("number")
        guard let name = Self.secret, let secret = request.headers[name] else {
            throw Problem.unauthorized(challenge: "Receipt realm=\"ebinda\"")
        }
        let address = context.clientAddress(of: request)
        // Counted before it is known for a guess: those that come together are not more than those that come in turn.
        if let wait = limiter.admit(guessFrom: address) {
            throw Problem.tooManyRequests("too many wrong receipts from one address in an hour", retryAfter: wait)
        }
        guard let value = try await find(number, Receipt.hash(secret)) else {
            throw Problem.notFound("no item has this number and secret")
        }
        limiter.giveBack(guessFrom: address)
        return value
    }
}
