import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import PostgreSQL

/// The HTTP contract of Directory; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    let database: Database
    let keys: KeyRing

    func add(to router: GuardedRouter) {
        router.open(.get, "/v1/jwks", .anyone) { _, _ in try await keySet() }
        router.open(.post, "/v1/token", .anyone) { try await token($0, $1) }
        router.on(.get, "/v1/accounts", .readAccounts) { request, _, _ in try await accounts() }
    }

    /// RFC 7517 §5; other systems verify our tokens with it, our own services have their copies.
    private func keySet() async throws -> Response {
        struct JWK: Encodable {
            let kty = "OKP"
            let crv = "Ed25519"
            let alg = "EdDSA"
            let use = "sig"
            let kid: String
            let x: String
        }
        struct Set: Encodable { let keys: [JWK] }
        let good = try await keys.good().map { JWK(kid: $0.id, x: $0.x) }
        // Half of the notice that a new key gets.
        return try .json(Set(keys: good), headers: [.cacheControl: "public, max-age=30"])
    }

    /// The grant of client credentials (RFC 6749 §4.4): name and secret in the `Authorization` header or in the form.
    private func token(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let form = try await request.decodeForm(context: context)
        guard form["grant_type"] == "client_credentials" else {
            throw Problem.invalid([
                .init(pointer: "/grant_type", rule: "unknown", message: "不支持 · must be client_credentials")
            ])
        }
        let (name, secret) = try Self.credentials(request, form)
        guard Account.isName(name) else { throw Self.refused }
        let account = try await database.transaction {
            try await DirectoryStore.account(name, locking: false, in: $0)
        }
        // One answer for an unknown name, a wrong secret and an ended account.
        guard let account, account.hasSecret(secret), account.state == .active else { throw Self.refused }
        let token = try await keys.token(subject: "account:\(account.name)", unit: account.unit, role: account.role)
        return try .json(
            TokenAnswer(accessToken: token, expiresIn: Int(keys.lifetime / .seconds(1))),
            headers: [.cacheControl: "no-store"]
        )
    }

    /// From one of the two places that RFC 6749 §2.3.1 allows, never from both.
    private static func credentials(_ request: Request, _ form: [String: String]) throws -> (String, String) {
        guard let header = request.headers[.authorization] else {
            guard let name = form["client_id"], let secret = form["client_secret"] else { throw refused }
            return (name, secret)
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard form["client_id"] == nil, form["client_secret"] == nil, parts.count == 2,
            parts[0].lowercased() == "basic",
            let data = Data(base64Encoded: String(parts[1])), let text = String(data: data, encoding: .utf8)
        else { throw refused }
        let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { throw refused }
        return (pair[0], pair[1])
    }

    private static var refused: Problem {
        Problem.unauthorized(challenge: "Basic realm=\"ebinda\", charset=\"UTF-8\"")
    }

    private func accounts() async throws -> Response {
        let accounts = try await database.transaction { try await DirectoryStore.accounts(in: $0) }
        return try .json(AccountList(items: accounts.map(\.event)))
    }
}

/// RFC 6749 §5.1.
private struct TokenAnswer: Encodable {
    let accessToken: String
    let tokenType = "Bearer"
    let expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
    }
}

private struct AccountList: Encodable {
    let items: [AccountChanged]
}
