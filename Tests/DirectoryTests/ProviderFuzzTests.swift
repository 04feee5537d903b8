import Bootstrap
import Crypto
import Foundation
import Support
import Testing

@testable import Directory

/// What an outside provider sends, with changed bytes: it may be anybody who has got between it and us, or itself gone wrong.
@Suite(.timeLimit(.minutes(5)))
struct ProviderFuzzTests {
    private static let provider = Provider(
        name: "mock",
        label: "m",
        issuer: "https://a.example",
        clientID: "ebinda",
        returns: []
    )
    private static let payload =
        #"{"iss":"https://a.example","sub":"gov-4711","aud":"ebinda","exp":4102444800,"iat":1770000000,"nonce":"n-1"}"#
    private static let expected = ProviderClaims(
        issuer: "https://a.example",
        subject: "gov-4711",
        audience: ["ebinda"],
        party: nil,
        nonce: "n-1",
        issuedAt: Date(timeIntervalSince1970: 1_770_000_000),
        endsAt: Date(timeIntervalSince1970: 4_102_444_800)
    )
    /// Of a key whose private half was never kept.
    private static let modulus =
        "tqUgUaHVvp9sjeF014nYrpa86-jJYrhSD8FFSEDRHk4P6T6c0krgivm5JOyqyb5QUTvxQzHiFkaRtyfE-g9PGGev2g9RimJdZVHUgOceHEK3a-YQ2WioXOsJLt0bDlhmRk9wjTje8CexXOOdykd61rxn6tP0TgG4mBovcLvy1hfKuPuI8cHq49doVGpN1lQE1Dx-QTW6vPBI5z1lXbpPj_l0KmODqELvt1GAOz2ZDiBRVUwK5zI3LMn0-elcuv2ica1Kfq3l1ldizEDuyTWll4dfYiaw55DL1MEdok4TV4BEWUT1fc66VZ2d6E5h3k28mQFFbTeLlItYS-RKy6Gz3w"

    /// Two good tokens with the set of the keys that have signed them, and of one that has not.
    private struct Signed {
        let keys: String
        let tokens: [String]
        /// Under the third key, with a signature that is none.
        let forged: String

        init() throws {
            let (edwards, nist) = (Curve25519.Signing.PrivateKey(), P256.Signing.PrivateKey())
            func text(_ json: String) -> String { Base64URL.text(Data(json.utf8)) }
            func signed(_ header: String, _ sign: (Data) throws -> Data) rethrows -> String {
                let part = "\(text(header)).\(text(ProviderFuzzTests.payload))"
                return "\(part).\(Base64URL.text(try sign(Data(part.utf8))))"
            }
            tokens = [
                try signed(#"{"alg":"EdDSA","kid":"a"}"#) { try edwards.signature(for: $0) },
                try signed(#"{"alg":"ES256","kid":"b","typ":"JWT"}"#) { try nist.signature(for: $0).rawRepresentation },
            ]
            forged = signed(#"{"alg":"RS256","kid":"c"}"#) { _ in Data(repeating: 1, count: 256) }
            let x = Base64URL.text(edwards.publicKey.rawRepresentation)
            let point = nist.publicKey.rawRepresentation
            let (px, py) = (Base64URL.text(point.prefix(32)), Base64URL.text(point.suffix(32)))
            keys = """
                {"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"a","x":"\(x)"},\
                {"kty":"EC","crv":"P-256","alg":"ES256","kid":"b","x":"\(px)","y":"\(py)"},\
                {"kty":"RSA","alg":"RS256","kid":"c","n":"\(ProviderFuzzTests.modulus)","e":"AQAB"}]}
                """
        }
    }

    @Test func `a discovery document is the provider's own and names safe addresses, or is none`() {
        let seed = """
            {"issuer":"https://a.example","authorization_endpoint":"https://a.example/authorize",\
            "token_endpoint":"https://a.example/token","jwks_uri":"https://a.example/jwks","scopes_supported":["openid"]}
            """
        let words = ["http://", "https://evil.example", "@", "#", "\"issuer\":", "127.0.0.1"]
        let outcome = Fuzzing("discovery documents", texts: [seed], words: words).run { bytes in
            guard let metadata = try? ProviderLink.metadata(Data(bytes), of: Self.provider) else { return .refused }
            let addresses = [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.jwksURI]
            return metadata.issuer == Self.provider.issuer && addresses.allSatisfy(Provider.isSafe)
                ? .taken : .wrong("\(addresses)")
        }
        #expect(outcome.failures == [] && outcome.taken > 5)
    }

    @Test func `a changed set of keys vouches for nothing that they have not signed`() async throws {
        let signed = try Signed()
        let words = [
            "\"kty\":\"oct\"", "\"kty\":\"RSA\"", "\"crv\":\"P-384\"", "\"AQ\"", "\"e\":\"AQ\"", "\"k\":\"AA\"",
        ]
        let outcome = await Fuzzing("JWKS", texts: [signed.keys], words: words, count: Fuzzing.count(1_000)).run {
            bytes in
            guard let keys = ProviderLink.keys(Data(bytes)) else { return .refused }
            guard await ProviderLink.claims(of: signed.forged, signedBy: keys) == nil else { return .wrong("forged") }
            for token in signed.tokens {
                let claims = await ProviderLink.claims(of: token, signedBy: keys)
                guard claims == nil || claims == Self.expected else { return .wrong("\(String(describing: claims))") }
            }
            return .taken
        }
        #expect(outcome.failures == [] && outcome.taken > 5)
    }

    @Test func `no changed id token says anything else than the one that was signed`() async throws {
        let signed = try Signed()
        let keys = try #require(ProviderLink.keys(Data(signed.keys.utf8)))
        for token in signed.tokens {
            #expect(await ProviderLink.claims(of: token, signedBy: keys) == Self.expected)
        }
        let headers = [#"{"alg":"none"}"#, #"{"alg":"HS256","kid":"a"}"#, #"{"alg":"ES256"}"#, #"{"alg":"EdDSA"}"#]
        let words = headers.map { Base64URL.text(Data($0.utf8)) } + ["eyJ", ".", "..", "==", "AAAA"]
        let seeds = signed.tokens + [signed.forged]
        let outcome = await Fuzzing("id tokens", texts: seeds, words: words).run { bytes in
            let token = String(decoding: bytes, as: UTF8.self)
            guard let claims = await ProviderLink.claims(of: token, signedBy: keys) else { return .refused }
            return claims == Self.expected ? .taken : .wrong("\(claims)")
        }
        #expect(outcome.failures == [] && outcome.taken >= signed.tokens.count)
    }
}
