package import Contracts
import Crypto
package import Foundation
package import JWTKit
package import Logging
package import PostgreSQL
import Synchronization

/// What a token says (RFC 7519): who, in which unit and role, for how long.
package struct AccessClaims: JWTPayload, Sendable {
    /// Who made it and for whom: both are this installation.
    package static let issuer = "ebinda"

    /// `account:<name>` or `person:<id>`.
    package var sub: SubjectClaim
    /// The unit.
    package var unit: String
    /// The role in which its holder acts.
    package var role: Role
    /// Who made it.
    package var iss: IssuerClaim
    /// For whom.
    package var aud: AudienceClaim
    /// When.
    package var iat: IssuedAtClaim
    /// Until when it is good.
    package var exp: ExpirationClaim

    /// Says who somebody is for a while.
    package init(subject: String, unit: String, role: Role, issuedAt: Date, lifetime: Duration) {
        sub = SubjectClaim(value: subject)
        (self.unit, self.role) = (unit, role)
        (iss, aud) = (IssuerClaim(value: Self.issuer), AudienceClaim(value: Self.issuer))
        iat = IssuedAtClaim(value: issuedAt)
        exp = ExpirationClaim(value: issuedAt.addingTimeInterval(lifetime / .seconds(1)))
    }

    /// Everything but the signature, which was verified before.
    ///
    /// - Throws: `JWTError`.
    package func verify(using _: some JWTAlgorithm) throws {
        try exp.verifyNotExpired()
        try aud.verifyIntendedAudience(includes: Self.issuer)
        guard iss.value == Self.issuer else {
            throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "another issuer")
        }
        // The clocks of two hosts may differ by a minute; what is issued later than that was not issued by us.
        guard iat.value < Date(timeIntervalSinceNow: 60) else {
            throw JWTError.claimVerificationFailure(failedClaim: iat, reason: "not issued yet")
        }
    }
}

/// Knows callers by signed tokens, with this service's own copy of the keys: Directory need not be there.
///
/// A token that was verified is remembered by its hash until it ends, or its key is no longer good.
package final class AccessTokens: TokenReader {
    private struct Known {
        let caller: Caller
        let key: String
        let end: Date
    }

    private struct State {
        var known: [SHA256Digest: Known] = [:]
        var keys: Set<String> = []
        var verifier: JWTKeyCollection?
        var loadedAt: ContinuousClock.Instant?
    }

    /// The longest token that is looked at: ours have some 400 bytes.
    private static let limit = 2_048
    /// Tokens remembered at most; beyond that those that have ended are forgotten, and if need be all.
    private static let memory = 20_000
    /// How old the copy of the keys in memory may be, and how old when a token names a key that is not in it.
    private static let (freshness, surprise): (Duration, Duration) = (.seconds(5), .seconds(1))

    private let load: @Sendable () async throws -> [SigningKey]
    private let logger: Logger
    private let state = Mutex(State())

    /// Knows callers by the keys in a service's schema.
    package convenience init(database: Database, logger: Logger) {
        self.init(logger: logger) { try await KnownKeys.all(in: database) }
    }

    /// Knows callers by keys from wherever they are.
    package init(logger: Logger, keys load: @escaping @Sendable () async throws -> [SigningKey]) {
        (self.load, self.logger) = (load, logger)
    }

    /// Whose token this is; nil when no key of ours has signed it, it has ended, or it is for somebody else.
    package func caller(of token: String) async -> Caller? {
        guard (1...Self.limit).contains(token.utf8.count) else { return nil }
        let hash = SHA256.hash(data: Array(token.utf8))
        await refresh(olderThan: Self.freshness)
        let known = state.withLock { state in
            state.known[hash].flatMap { state.keys.contains($0.key) ? $0 : nil }
        }
        if let known { return known.end > Date() ? known.caller : nil }
        guard let key = Self.key(of: token) else { return nil }
        if !state.withLock({ $0.keys.contains(key) }) { await refresh(olderThan: Self.surprise) }
        guard let verifier = state.withLock({ $0.keys.contains(key) ? $0.verifier : nil }) else { return nil }
        guard let claims = try? await verifier.verify(token, as: AccessClaims.self) else { return nil }
        let caller = Caller(unit: claims.unit, role: claims.role, subject: claims.sub.value)
        state.withLock { state in
            // Verified by a set of keys that may just have been replaced: it counts only under a key that is still good.
            guard state.keys.contains(key) else { return }
            if state.known.count >= Self.memory { state.known = state.known.filter { $0.value.end > Date() } }
            if state.known.count >= Self.memory { state.known = [:] }
            state.known[hash] = Known(caller: caller, key: key, end: claims.exp.value)
        }
        return caller
    }

    /// Reads the keys anew when the copy in memory is old; keeps it while they cannot be read.
    private func refresh(olderThan age: Duration) async {
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            // Before the first reading everybody reads: nobody is turned away because another is reading.
            if state.verifier != nil, let loadedAt = state.loadedAt, now - loadedAt < age { return false }
            // Claimed at once, so that a thousand requests read them once.
            state.loadedAt = now
            return true
        }
        guard isDue else { return }
        do {
            let keys = try await load()
            let verifier = JWTKeyCollection()
            for key in keys {
                await verifier.add(
                    eddsa: try EdDSA.PublicKey(x: key.x, curve: .ed25519),
                    kid: JWKIdentifier(string: key.id)
                )
            }
            // A token whose key is not known must not be tried with another.
            await verifier.clearDefault()
            state.withLock { state in
                (state.keys, state.verifier) = (Set(keys.map(\.id)), verifier)
            }
        } catch {
            logger.warning("keys of tokens cannot be read", metadata: ["error": "\(JSONLogHandler.text(of: error))"])
        }
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String
    }

    /// The id of the key in a token's header; nil for any other form, and any other algorithm than ours.
    private static func key(of token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let data = Base64URL.decoded(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: data), header.alg == "EdDSA"
        else { return nil }
        return header.kid
    }
}

/// Base64 for addresses and tokens (RFC 4648 §5), without padding.
package enum Base64URL {
    /// The text of bytes.
    package static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The bytes of a text; nil when it is none.
    package static func decoded(_ text: some StringProtocol) -> Data? {
        guard !text.contains("="), !text.contains("+"), !text.contains("/") else { return nil }
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}
