import Bootstrap
import Contracts
import Crypto
import Foundation
import JWTKit
import Support
import Synchronization
import Testing

/// What tokens are believed, and what forged ones are not.
@Suite(.timeLimit(.minutes(5)))
struct AccessTokenTests {
    private static func base64(_ text: String) -> String { Base64URL.text(Data(text.utf8)) }

    @Test func `a good token names its holder, and no other does`() async throws {
        let (signer, stranger) = (TestSigner(), TestSigner())
        let tokens = AccessTokens(logger: .silent) { [signer.publicKey] }
        let token = try await signer.token(unit: "zhujian", role: .signer)
        let expected = Caller(unit: "zhujian", role: .signer, subject: "account:zhujian")
        #expect(await tokens.caller(of: token) == expected)
        let parts = token.split(separator: ".").map(String.init)
        let payload = parts[1]
        let raised = Self.base64(
            String(decoding: Base64URL.decoded(payload) ?? Data(), as: UTF8.self).replacing("signer", with: "operator")
        )
        let unsigned = Self.base64(#"{"alg":"none","typ":"JWT","kid":"k-test"}"#)
        let keyed = Self.base64(#"{"alg":"HS256","typ":"JWT","kid":"k-test"}"#)
        // The public key taken for the secret of a keyed hash: the classic confusion of algorithms.
        let publicKey = SymmetricKey(data: Base64URL.decoded(signer.publicKey.x) ?? Data())
        let mac = HMAC<SHA256>.authenticationCode(for: Data("\(keyed).\(payload)".utf8), using: publicKey)
        let forged = [
            try await stranger.token(unit: "zhujian", role: .signer),
            "\(parts[0]).\(raised).\(parts[2])",
            "\(unsigned).\(payload).", "\(unsigned).\(payload)", "\(unsigned).\(payload).\(parts[2])",
            "\(keyed).\(payload).\(Base64URL.text(Data(mac)))",
            "\(parts[0]).\(payload).", "\(parts[0]).\(payload).AAAA", "\(parts[0])..\(parts[2])",
            "\(token).\(parts[2])", token + "A", "", ".", "..", "...", String(repeating: "a", count: 5_000),
            try await TestSigner(id: "k-other").token(unit: "zhujian", role: .signer),
        ]
        for text in forged { #expect(await tokens.caller(of: text) == nil, "\(text.prefix(60))") }
        #expect(await tokens.caller(of: token) == expected, "and the good one is still good")
    }

    @Test func `a token ends, is for us, and was not issued in the future`() async throws {
        let signer = TestSigner()
        let tokens = AccessTokens(logger: .silent) { [signer.publicKey] }
        func claims(_ change: (inout AccessClaims) -> Void) -> AccessClaims {
            var claims = AccessClaims(
                subject: "person:1",
                unit: "zhujian",
                role: .clerk,
                issuedAt: Date(),
                lifetime: .seconds(60)
            )
            change(&claims)
            return claims
        }
        #expect(await tokens.caller(of: try await signer.token(claims { _ in })) != nil)
        let bad = [
            claims { $0.exp = ExpirationClaim(value: Date(timeIntervalSinceNow: -1)) },
            claims { $0.aud = AudienceClaim(value: "another") },
            claims { $0.iss = IssuerClaim(value: "another") },
            claims { $0.iat = IssuedAtClaim(value: Date(timeIntervalSinceNow: 3_600)) },
        ]
        for claims in bad { #expect(await tokens.caller(of: try await signer.token(claims)) == nil) }
        struct Lacking: JWTPayload {
            var sub = "person:1"
            var aud = "ebinda"
            func verify(using _: some JWTAlgorithm) {}
        }
        #expect(
            await tokens.caller(of: try await signer.token(Lacking())) == nil,
            "what it does not say is not assumed"
        )
        let short = try await signer.token(unit: "zhujian", role: .clerk, lifetime: .milliseconds(1_500))
        #expect(await tokens.caller(of: short) != nil)
        try await eventually("a remembered token ends") { await tokens.caller(of: short) == nil }
    }

    @Test
    func `a key that is taken out is no longer believed, remembered tokens included; a new one is, within a second`()
        async throws
    {
        let (old, new) = (TestSigner(id: "k-old"), TestSigner(id: "k-new"))
        let keys = Mutex([old.publicKey])
        let tokens = AccessTokens(logger: .silent) { keys.withLock { $0 } }
        let token = try await old.token(unit: "zhujian", role: .clerk)
        #expect(await tokens.caller(of: token) != nil)
        keys.withLock { $0 = [new.publicKey] }
        let next = try await new.token(unit: "zhujian", role: .clerk)
        try await eventually("the new key is known") { await tokens.caller(of: next) != nil }
        #expect(await tokens.caller(of: token) == nil)
    }

    @Test func `while the keys cannot be read the copy in memory counts, and without one nobody is known`() async throws
    {
        struct Away: Error {}
        let signer = TestSigner()
        let isAway = Mutex(true)
        let tokens = AccessTokens(logger: .silent) {
            if isAway.withLock({ $0 }) { throw Away() }
            return [signer.publicKey]
        }
        let token = try await signer.token(unit: "zhujian", role: .clerk)
        #expect(await tokens.caller(of: token) == nil)
        isAway.withLock { $0 = false }
        #expect(await tokens.caller(of: token) != nil, "asked again at once, as there is no copy")
        isAway.withLock { $0 = true }
        let other = try await signer.token(unit: "jiaoyu", role: .clerk)
        #expect(await tokens.caller(of: other) != nil)
    }
}
