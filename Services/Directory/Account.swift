import Contracts
import Crypto
import Foundation

/// An account with which a system signs in (服务账号): a screen, a department's system, a script of the operators.
struct Account: Sendable, Hashable {
    /// Its name, which is also the name it gives when it signs in.
    let name: String
    /// What its events are about.
    let id: SuggestionID
    /// The version of its last event.
    var version: Int
    /// The unit it acts for.
    var unit: String
    /// In which role.
    var role: Role
    /// SHA-256 of its secret.
    var secret: [UInt8]
    /// Whether it may sign in.
    var state: AccountChanged.State
    /// When it was last changed.
    var changedAt: Timestamp

    /// Lower-case letters, digits and hyphens, a letter first: it stands in acts and log lines.
    static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[a-z][a-z0-9-]{0,63}/) != nil }

    /// A new secret: 192 random bits, so that a fast hash of it cannot be searched.
    static func makeSecret() -> String {
        SymmetricKey(size: .bits192).withUnsafeBytes { bytes in
            bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
        }
    }

    /// The lengths of a secret in bytes; a longer one is not even hashed.
    static let secretLengths = 32...256

    /// What is kept of a secret.
    static func hash(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    /// Whether a secret is this account's, told in the same time however much of it agrees.
    func hasSecret(_ text: String) -> Bool {
        guard Self.secretLengths.contains(text.utf8.count) else { return false }
        let hash = Self.hash(text)
        return hash.count == secret.count && zip(hash, secret).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// What is told of it.
    var event: AccountChanged {
        AccountChanged(account: name, unit: unit, role: role, state: state, changedAt: changedAt)
    }
}
