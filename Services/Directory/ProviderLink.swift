import AsyncHTTPClient
import Bootstrap
import Crypto
import Foundation
import HTTPTypes
import JWTKit
import NIOCore
import NIOHTTP1

/// Speaks with an outside provider: its discovery document, its keys, and the code that a person brings from it.
struct ProviderLink: Sendable {
    /// It is away, or says what it must not.
    struct Failed: ProblemDescribing, SafelyDescribed, CustomStringConvertible {
        let description: String
        var problem: Problem { .unavailable() }
    }

    /// Each request; a person waits.
    private static let timeout = TimeAmount.seconds(5)
    /// The largest answer: discovery documents and key sets have some kilobytes.
    private static let bodyLimit = 262_144

    let provider: Provider
    let secret: Secret

    /// OpenID Connect Discovery §3, what of it is used.
    struct Metadata: Decodable {
        let issuer: String
        let authorizationEndpoint: String
        let tokenEndpoint: String
        let jwksURI: String

        enum CodingKeys: String, CodingKey {
            case issuer
            case authorizationEndpoint = "authorization_endpoint"
            case tokenEndpoint = "token_endpoint"
            case jwksURI = "jwks_uri"
        }
    }

    private struct Tokens: Decodable {
        let idToken: String

        enum CodingKeys: String, CodingKey { case idToken = "id_token" }
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
    }

    private struct Payload: JWTPayload {
        let iss: IssuerClaim
        let sub: SubjectClaim
        let aud: AudienceClaim
        let exp: ExpirationClaim
        let iat: IssuedAtClaim
        let nonce: String?
        let azp: String?

        // Everything is checked by ``ProviderClaims``, which knows for what.
        func verify(using _: some JWTAlgorithm) {}
    }

    /// Where a person goes (RFC 6749 §4.1.1, with PKCE by SHA-256, RFC 7636).
    ///
    /// - Throws: ``Failed``.
    func address(state: String, nonce: String, verifier: String, return address: String) async throws -> String {
        let metadata = try await metadata()
        guard var components = URLComponents(string: metadata.authorizationEndpoint) else {
            throw Failed(description: "the provider's authorization endpoint is no address")
        }
        let challenge = Base64URL.text(Data(SHA256.hash(data: Array(verifier.utf8))))
        components.queryItems =
            (components.queryItems ?? [])
            + [
                ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", address),
                ("scope", "openid"), ("state", state), ("nonce", nonce), ("code_challenge", challenge),
                ("code_challenge_method", "S256"),
            ]
            .map { URLQueryItem(name: $0.0, value: $0.1) }
        guard let text = components.string else { throw Failed(description: "no address can be made") }
        return text
    }

    /// What the provider says of who has brought a code; nil when it does not take the code.
    ///
    /// - Throws: ``Failed``.
    func claims(of code: String, verifier: String, return address: String) async throws -> ProviderClaims? {
        let metadata = try await metadata()
        var request = HTTPClientRequest(url: metadata.tokenEndpoint)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        // RFC 6749 §2.3.1: both are form-encoded before they are joined.
        let basic = "\(Self.encoded(provider.clientID)):\(Self.encoded(secret.revealed()))"
        request.headers.add(name: "Authorization", value: "Basic \(Data(basic.utf8).base64EncodedString())")
        let form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", address),
            ("code_verifier", verifier),
        ]
        request.body = .bytes(Array(form.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&").utf8))
        let (status, body) = try await send(request)
        // A code that is wrong or used (RFC 6749 §5.2).
        if status == 400 || status == 401 { return nil }
        guard status == 200, let tokens = try? JSONDecoder().decode(Tokens.self, from: body) else {
            throw Failed(description: "the provider's token endpoint answered \(status)")
        }
        return try await verified(tokens.idToken, keysAt: metadata.jwksURI)
    }

    /// What an id token says; nil when no key of the provider's has signed it.
    private func verified(_ token: String, keysAt address: String) async throws -> ProviderClaims? {
        guard Self.header(of: token) != nil else { return nil }
        let body = try await document(at: address)
        guard let keys = Self.keys(body) else { throw Failed(description: "the provider's key set is none") }
        return await Self.claims(of: token, signedBy: keys)
    }

    /// Reads a key set (RFC 7517 §5); nil when it is none.
    static func keys(_ body: Data) -> JWKS? { try? JSONDecoder().decode(JWKS.self, from: body) }

    /// How an id token says that it is signed; nil for what is no such token, or signed in a way that is not ours.
    private static func header(of token: String) -> (header: Header, type: JWK.KeyType)? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let data = Base64URL.decoded(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: data)
        else { return nil }
        // None that is symmetric, and not «none»: the algorithm is ours to choose, by the key.
        let types: [String: JWK.KeyType] = ["RS256": .rsa, "ES256": .ecdsa, "EdDSA": .octetKeyPair]
        return types[header.alg].map { (header, $0) }
    }

    /// What an id token says; nil when none of the keys has signed it.
    static func claims(of token: String, signedBy keys: JWKS) async -> ProviderClaims? {
        guard let (header, type) = Self.header(of: token) else { return nil }
        let keys = keys.keys.filter { key in
            key.keyType == type && (header.kid == nil || key.keyIdentifier?.string == header.kid)
        }
        for var key in keys {
            key.keyIdentifier = JWKIdentifier(string: header.kid ?? "any")
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: key)) != nil,
                let payload = try? await collection.verify(token, as: Payload.self)
            else { continue }
            return ProviderClaims(
                issuer: payload.iss.value,
                subject: payload.sub.value,
                audience: payload.aud.value,
                party: payload.azp,
                nonce: payload.nonce,
                issuedAt: payload.iat.value,
                endsAt: payload.exp.value
            )
        }
        return nil
    }

    private func metadata() async throws -> Metadata {
        try Self.metadata(try await document(at: provider.discovery), of: provider)
    }

    /// Reads a discovery document.
    ///
    /// - Throws: ``Failed`` for what is none, or another's.
    static func metadata(_ body: Data, of provider: Provider) throws(Failed) -> Metadata {
        guard let metadata = try? JSONDecoder().decode(Metadata.self, from: body) else {
            throw Failed(description: "the provider's document is none")
        }
        // Discovery §4.3: else another could speak for it.
        guard metadata.issuer == provider.issuer,
            [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.jwksURI].allSatisfy(Provider.isSafe)
        else { throw Failed(description: "the provider's document names another issuer, or addresses without TLS") }
        return metadata
    }

    private func document(at address: String) async throws -> Data {
        let (status, body) = try await send(HTTPClientRequest(url: address))
        guard status == 200 else { throw Failed(description: "the provider's document answered \(status)") }
        return body
    }

    private func send(_ request: HTTPClientRequest) async throws -> (status: UInt, body: Data) {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
            return (response.status.code, Data(try await response.body.collect(upTo: Self.bodyLimit).readableBytesView))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Failed(description: "the provider cannot be reached, or answers too late or too much")
        }
    }

    /// RFC 3986's unreserved characters as they are, all others as bytes.
    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: unreserved)) ?? ""
    }

    private static let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
}
