import Crypto
import Foundation

/// Knows a request again by what was meant with it, so that another order of members or other white space is the same request.
///
/// Keyed: all but the contact lies beside the digest in clear, and whoever has the database could try eleven digits out within
/// seconds. The key is not in the database.
struct RequestDigests: Sendable {
    private let key: SymmetricKey

    /// Creates it.
    ///
    /// - Parameter secret: 32 random bytes, the same in every replica.
    init(secret: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret),
            info: Array("ebinda request digest".utf8),
            outputByteCount: 32
        )
    }

    /// HMAC-SHA-256 of a form.
    func digest(of form: SubmissionForm) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(HMAC<SHA256>.authenticationCode(for: try encoder.encode(form), using: key))
    }
}
