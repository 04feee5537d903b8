import Contracts
import Crypto
import Foundation

/// What somebody takes home: a number to name the matter and a secret to see it.
struct Receipt: Sendable, Hashable {
    /// `BJ-` and ten characters that are hard to misread.
    let number: String
    /// Twelve such characters; only its hash is kept.
    let secret: String

    /// Makes the receipts of this installation.
    struct Maker: Sendable {
        private let key: SymmetricKey

        /// Creates a maker.
        ///
        /// - Parameter key: 32 random bytes; whoever has it can make every secret, so it is itself one.
        init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

        /// The receipt of an item: always the same, so that a repeated request gets the first one's answer.
        func receipt(of id: SuggestionID) -> Receipt {
            let code = HMAC<SHA256>.authenticationCode(for: Array(id.description.utf8), using: key)
            let bytes = Array(code)
            return Receipt(
                number: "BJ-" + Self.text(bytes[0..<10]),
                secret: Self.text(bytes[10..<22])
            )
        }

        // One of 32 characters a byte: Crockford's alphabet has no I, L, O and U. Ten make 50 bits: a second item with
        // the same number is refused by the database's constraint, and the caller tries again with another id.
        private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        private static func text(_ bytes: ArraySlice<UInt8>) -> String {
            String(decoding: bytes.map { alphabet[Int($0 & 31)] }, as: UTF8.self)
        }
    }

    /// What is kept of a secret.
    static func hash(_ secret: String) -> [UInt8] {
        // 60 random bits cannot be tried out, so a fast hash is enough.
        Array(SHA256.hash(data: Array(secret.utf8)))
    }
}
