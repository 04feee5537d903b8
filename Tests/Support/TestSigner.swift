import Bootstrap
package import Contracts
import Crypto
import Foundation
package import JWTKit

/// A key of the tests that signs tokens as Directory does.
package struct TestSigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// The key's public half, as services know it.
    package let publicKey: SigningKey

    /// Makes a key.
    package init(id: String = "k-test") {
        key = Curve25519.Signing.PrivateKey()
        publicKey = SigningKey(id: id, x: Base64URL.text(key.publicKey.rawRepresentation))
    }

    /// A token of `unit/role`.
    ///
    /// - Parameter lifetime: how long it is good; negative for one that has ended.
    package func token(unit: String, role: Role, lifetime: Duration = .seconds(3_600)) async throws -> String {
        try await token(
            AccessClaims(subject: "account:\(unit)", unit: unit, role: role, issuedAt: Date(), lifetime: lifetime)
        )
    }

    /// A token that says anything.
    package func token(_ claims: some JWTPayload) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(eddsa: EdDSA.PrivateKey(backing: key), kid: JWKIdentifier(string: publicKey.id))
        return try await keys.sign(claims, kid: JWKIdentifier(string: publicKey.id))
    }
}
