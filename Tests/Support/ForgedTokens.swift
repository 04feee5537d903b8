import Bootstrap
package import Contracts
import Crypto
import Foundation
import JWTKit

/// Tokens that somebody without our key can make, or one of ours that is good no more or for somebody else; and the key that
/// signs the good one.
package struct ForgedTokens: Sendable {
    /// What services know.
    package let key: SigningKey
    /// Signed with it, and good.
    package let good: String
    /// Each by the name of the attack.
    package let all: [(name: String, token: String)]

    /// Makes them, about a unit and a role.
    ///
    /// - Throws: when signing fails.
    package init(unit: String = "zhujian", role: Role = .operator) async throws {
        let (signer, stranger) = (TestSigner(), TestSigner())
        key = signer.publicKey
        good = try await signer.token(unit: unit, role: role)
        let low = try await signer.token(unit: unit, role: .voter)
        let (parts, others) = (Self.parts(good), Self.parts(low))
        let none = Self.base64(#"{"alg":"none","typ":"JWT","kid":"k-test"}"#)
        let keyed = Self.base64(#"{"alg":"HS256","typ":"JWT","kid":"k-test"}"#)
        let bare = Self.base64(#"{"alg":"EdDSA","typ":"JWT"}"#)
        let embedded = Self.base64(
            #"{"alg":"EdDSA","kid":"k-test","jwk":{"kty":"OKP","crv":"Ed25519","x":"\#(stranger.publicKey.x)"}}"#
        )
        let path = Self.base64(#"{"alg":"EdDSA","kid":"../../../dev/null"}"#)
        // The public key taken for the secret of a keyed hash: the classic confusion of algorithms.
        let secret = SymmetricKey(data: Base64URL.decoded(signer.publicKey.x) ?? Data())
        let mac = HMAC<SHA256>.authenticationCode(for: Data("\(keyed).\(parts[1])".utf8), using: secret)
        let text = HMAC<SHA256>.authenticationCode(
            for: Data("\(keyed).\(parts[1])".utf8),
            using: SymmetricKey(data: Data(signer.publicKey.x.utf8))
        )
        let foreign = try await stranger.token(unit: unit, role: role)
        func claims(_ change: (inout AccessClaims) -> Void) async throws -> String {
            var claims = AccessClaims(
                subject: "account:\(unit)",
                unit: unit,
                role: role,
                issuedAt: Date(),
                lifetime: .seconds(60)
            )
            change(&claims)
            return try await signer.token(claims)
        }
        all = [
            ("alg none", "\(none).\(parts[1])."), ("alg none, no last part", "\(none).\(parts[1])"),
            ("alg none, the good signature", "\(none).\(parts[1]).\(parts[2])"),
            ("the public key for a secret", "\(keyed).\(parts[1]).\(Base64URL.text(Data(mac)))"),
            ("the public key's text for a secret", "\(keyed).\(parts[1]).\(Base64URL.text(Data(text)))"),
            ("another's key under our name", foreign),
            ("another's key", try await TestSigner(id: "k-other").token(unit: unit, role: role)),
            ("another's key brought along", "\(embedded).\(parts[1]).\(Self.parts(foreign)[2])"),
            ("a key that is a path", "\(path).\(parts[1]).\(parts[2])"),
            ("no key named", "\(bare).\(parts[1]).\(parts[2])"),
            ("a role raised", "\(others[0]).\(parts[1]).\(others[2])"), ("no signature", "\(parts[0]).\(parts[1])."),
            ("a short signature", "\(parts[0]).\(parts[1]).AAAA"),
            ("a signature of zeros", "\(parts[0]).\(parts[1]).\(Base64URL.text(Data(count: 64)))"),
            ("expired", try await claims { $0.exp = ExpirationClaim(value: Date(timeIntervalSinceNow: -1)) }),
            ("another audience", try await claims { $0.aud = AudienceClaim(value: "another") }),
            ("another issuer", try await claims { $0.iss = IssuerClaim(value: "another") }),
            (
                "issued in the future",
                try await claims { $0.iat = IssuedAtClaim(value: Date(timeIntervalSinceNow: 3_600)) }
            ),
            ("nothing said", try await signer.token(Lacking())), ("two tokens", "\(good).\(parts[2])"),
            ("one letter more", good + "A"), ("points", ".."), ("a long one", String(repeating: "a", count: 5_000)),
        ]
    }

    /// Says nothing of unit, role, or end.
    private struct Lacking: JWTPayload {
        var sub = "person:1"
        var aud = "ebinda"
        func verify(using _: some JWTAlgorithm) {}
    }

    private static func base64(_ text: String) -> String { Base64URL.text(Data(text.utf8)) }
    private static func parts(_ token: String) -> [String] { token.split(separator: ".").map(String.init) }
}
