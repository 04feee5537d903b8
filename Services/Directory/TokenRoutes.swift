import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import PostgreSQL

/// Tokens, for systems and for people (RFC 6749).
struct TokenRoutes: Sendable {
    let database: Database
    let keys: KeyRing
    let sessions: Sessions

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/token", .anyone) { try await token($0, $1) }
    }

    private func token(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let form = try await request.decodeForm(context: context)
        switch form["grant_type"] {
        case "client_credentials": return try await systemsToken(request, form)
        case "refresh_token": return try await personsToken(form)
        default:
            throw Problem.invalid([
                .init(
                    pointer: "/grant_type",
                    rule: "unknown",
                    message: "不支持 · must be client_credentials or refresh_token"
                )
            ])
        }
    }

    /// The grant of client credentials (RFC 6749 §4.4): name and secret in the `Authorization` header or in the form.
    private func systemsToken(_ request: Request, _ form: [String: String]) async throws -> Response {
        let (name, secret) = try Self.credentials(request, form)
        guard Account.isName(name) else { throw Self.refused }
        let account = try await database.transaction {
            try await DirectoryStore.account(name, locking: false, in: $0)
        }
        // One answer for an unknown name, a wrong secret and an ended account.
        guard let account, account.hasSecret(secret), account.state == .active else { throw Self.refused }
        let token = try await keys.token(subject: "account:\(account.name)", unit: account.unit, role: account.role)
        return try .json(TokenAnswer(accessToken: token, expiresIn: lifetime), headers: [.cacheControl: "no-store"])
    }

    /// The grant of a session's secret (RFC 6749 §6), for one of the person's roles; the secret stays the same.
    private func personsToken(_ form: [String: String]) async throws -> Response {
        let holding = try form["holding"].map { text in
            guard let id = UUID(hyphenated: text) else {
                throw Problem.invalid([
                    .init(pointer: "/holding", rule: "uuid", message: "须为任职编号 · must be the id of a role")
                ])
            }
            return id
        }
        let grant: Sessions.Grant
        do {
            grant = try await sessions.grant(form["refresh_token"] ?? "", holding: holding)
        } catch Choosing.Refusal.factorRequired {
            throw Problem(
                .forbidden,
                "factor-required",
                title: "此身份须先启用双因素登录",
                detail: "the role wants a second factor: set one up under /v1/me/factor, then sign in with it"
            )
        } catch Choosing.Refusal.unknown {
            throw Problem.forbidden("the role named is not this person's, or not today")
        }
        let token = try await keys.token(
            subject: "person:\(grant.person)",
            unit: grant.chosen?.unit ?? Choosing.district,
            role: grant.chosen?.role ?? .voter
        )
        let answer = TokenAnswer(
            accessToken: token,
            expiresIn: lifetime,
            holding: grant.chosen?.id.lowercaseText,
            holdings: grant.holdings.map(HoldingAnswer.init)
        )
        return try .json(answer, headers: [.cacheControl: "no-store"])
    }

    private var lifetime: Int { Int(keys.lifetime / .seconds(1)) }

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
}

/// RFC 6749 §5.1, and for a person which roles there are.
private struct TokenAnswer: Encodable {
    let accessToken: String
    let tokenType = "Bearer"
    let expiresIn: Int
    var holding: String?
    var holdings: [HoldingAnswer]?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case holding, holdings
    }
}

/// A role that a person may act in today.
struct HoldingAnswer: Encodable {
    let id: String
    let role: Role
    let unit: String
    let unitName: String
    let until: String?

    init(_ holding: GoodHolding) {
        id = holding.id.lowercaseText
        (role, unit, unitName, until) = (holding.role, holding.unit, holding.unitName, holding.until)
    }
}
