import AsyncHTTPClient
import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization

/// Directory as the pages use it.
struct DirectoryService: Sendable {
    let neighbour: Neighbour
    private let grants = Grants()

    init(neighbour: Neighbour) { self.neighbour = neighbour }

    /// How a sign-in came out.
    enum SignIn: Sendable {
        case session(Session)
        /// The second factor is due.
        case challenge(String)
        case refused
        /// Locked for a while; seconds.
        case locked(String)
    }

    /// A token with what goes with it.
    struct Grant: Sendable {
        let token: String
        /// Who it is, as Directory names them; nil for a system.
        let person: String?
        let role: String
        let unit: String
        /// The holding it was given for; nil for a voter.
        let holding: String?
        let holdings: [Holding]
        let until: Date
    }

    /// A role that a person holds.
    struct Holding: Decodable, Sendable, Hashable {
        let id: String
        let role: String
        let unit: String
        let unitName: String?
        let until: String?
    }

    /// Signs in with a password.
    func signIn(login: String, password: String, address: String?) async throws -> SignIn {
        try await outcome("/v1/sign-in", ["login": login, "password": password], address)
    }

    /// Signs in with the second factor.
    func factor(challenge: String, code: String, address: String?) async throws -> SignIn {
        try await outcome("/v1/sign-in/factor", ["challenge": challenge, "code": code], address)
    }

    /// Where an outside provider is asked; nil when Directory knows no such.
    func outsideStart(_ provider: String, back: String) async throws -> (location: String, state: String)? {
        struct Start: Decodable {
            let location: String
            let state: String
        }
        let answer = try await neighbour.send(
            "GET",
            "/v1/oidc/\(Percent.encoded(provider))/start?return=\(Percent.encoded(back))"
        )
        guard answer.status != 404 else { return nil }
        let start: Start = try answer.checked().decode()
        return (start.location, start.state)
    }

    /// Ends an outside sign-in.
    func outsideFinish(_ provider: String, state: String, code: String, address: String?) async throws -> SignIn {
        try await outcome("/v1/oidc/\(Percent.encoded(provider))/finish", ["state": state, "code": code], address)
    }

    private func outcome(_ path: String, _ body: [String: String], _ address: String?) async throws -> SignIn {
        struct Good: Decodable {
            let session: String?
            let secret: String?
            let expiresAt: String?
            let challenge: String?
        }
        let forwarded = address.map { [("X-Forwarded-For", $0)] } ?? []
        let answer = try await neighbour.send("POST", path, headers: forwarded, json: body)
        switch answer.status {
        case 400, 401, 422: return .refused
        case 429: return .locked(answer.retryAfter ?? "60")
        default:
            let good: Good = try answer.checked().decode()
            if let challenge = good.challenge { return .challenge(challenge) }
            guard let secret = good.secret, let expiresAt = good.expiresAt else { throw Trouble.broken }
            return .session(Session(secret: secret, expiresAt: expiresAt, directoryID: good.session))
        }
    }

    /// A token of a session, remembered until shortly before it ends.
    ///
    /// - Throws: ``Trouble/signedOut`` when Directory knows the session no more.
    func grant(_ session: Session) async throws -> Grant {
        if let known = grants.known(session) { return known }
        struct Token: Decodable {
            let access_token: String
            let expires_in: Int
            let holding: String?
            let holdings: [Holding]?
        }
        var form = [("grant_type", "refresh_token"), ("refresh_token", session.secret)]
        if let holding = session.holding { form.append(("holding", holding)) }
        let answer = try await neighbour.send(form: form, "/v1/token")
        guard ![400, 401, 422].contains(answer.status) else { throw Trouble.signedOut }
        // The role that was chosen wants a second factor, or is not the person's today.
        guard answer.status != 403 else { throw Trouble.otherRole }
        let token: Token = try answer.checked().decode()
        guard let claims = Self.claims(of: token.access_token) else { throw Trouble.broken }
        let grant = Grant(
            token: token.access_token,
            person: claims.person,
            role: claims.role,
            unit: claims.unit,
            holding: token.holding,
            holdings: token.holdings ?? [],
            // A token in use must not end on its way to a service.
            until: Date(timeIntervalSinceNow: Double(token.expires_in) - 20)
        )
        grants.keep(grant, of: session)
        return grant
    }

    /// Ends a person's own session.
    func endOwn(_ session: Session) async throws {
        guard let id = session.directoryID else { return }
        _ = try await send("DELETE", "/v1/me/sessions/\(Percent.encoded(id))", as: session)
    }

    /// Forgets a session's tokens: it has ended, or its person has other rights now.
    func forget(_ session: Session) { grants.forget(session) }

    /// Asks in the name of a person.
    func send(
        _ method: String,
        _ path: String,
        as session: Session,
        json: (any Encodable & Sendable)? = nil
    ) async throws -> Neighbour.Answer {
        try await neighbour.send(method, path, token: try await grant(session).token, json: json)
    }

    /// A document of Directory's, passed on as it comes.
    func document(_ path: String, as session: Session, name: String) async throws -> Response {
        let answer = try await neighbour.open("GET", path, token: try await grant(session).token, within: .seconds(60))
        let status = Int(answer.status.code)
        guard status == 200 else {
            throw status == 404 ? Trouble.notFound : status == 403 ? .forbidden : status == 401 ? .signedOut : .away
        }
        let type = answer.headers.first(name: "Content-Type") ?? ""
        // Nothing but what this page is for: a page of HTML here would be one of ours to the browser.
        guard ["application/pdf", "image/png", "image/svg+xml"].contains(type) else { throw Trouble.broken }
        return Response(
            status: .ok,
            headers: Pages.guarded([
                .contentType: type, .cacheControl: "private, no-store",
                .contentDisposition: "\(type == "application/pdf" ? "attachment" : "inline"); filename=\"\(name)\"",
            ]),
            body: .init(asyncSequence: answer.body)
        )
    }

    /// What a token says; Directory has just given it, so that its signature is not ours to check.
    private static func claims(of token: String) -> (person: String?, role: String, unit: String)? {
        struct Claims: Decodable {
            let sub: String?
            let role: String
            let unit: String
        }
        let parts = token.split(separator: ".")
        guard parts.count == 3, let data = Base64URL.decoded(parts[1]),
            let claims = try? JSONDecoder().decode(Claims.self, from: data)
        else { return nil }
        let person = claims.sub.flatMap { $0.hasPrefix("person:") ? String($0.dropFirst("person:".count)) : nil }
        return (person, claims.role, claims.unit)
    }
}

/// Tokens in memory, by session and holding.
private final class Grants: Sendable {
    private struct Key: Hashable {
        let secret: String
        let holding: String?
    }

    /// Remembered at most; beyond that those that have ended go, and if need be all.
    private static let limit = 20_000
    private let state = Mutex<[Key: DirectoryService.Grant]>([:])

    func known(_ session: Session) -> DirectoryService.Grant? {
        state.withLock { $0[Self.key(session)].flatMap { $0.until > Date() ? $0 : nil } }
    }

    func keep(_ grant: DirectoryService.Grant, of session: Session) {
        state.withLock { known in
            if known.count >= Self.limit { known = known.filter { $0.value.until > Date() } }
            if known.count >= Self.limit { known = [:] }
            known[Self.key(session)] = grant
        }
    }

    func forget(_ session: Session) {
        state.withLock { known in known = known.filter { $0.key.secret != session.secret } }
    }

    private static func key(_ session: Session) -> Key { Key(secret: session.secret, holding: session.holding) }
}
