import Contracts
import Crypto
import Foundation

/// The tokens of staff and of other systems, until people sign in: a list in the configuration, by hash.
///
/// A JSON object: `{"<SHA-256 of the token, 64 hexadecimal digits>": {"unit": "station-3", "role": "liaison"}}`. A token
/// has 32 to 256 characters and is made at random, so a fast hash of it cannot be searched.
package struct BearerTokens: TokenReader {
    private struct Entry: Sendable {
        let hash: [UInt8]
        let caller: Caller
    }

    private struct Holder: Decodable {
        let unit: String
        let role: String
    }

    /// The lengths of a token in bytes; a longer one is not even hashed.
    private static let lengths = 32...256

    private let entries: [Entry]

    /// Reads the secret of a key, such as `tokens` or the file that `tokensFile` names; without it nobody is known.
    ///
    /// - Throws: ``ConfigurationError`` that tells what is wrong, never with a hash.
    package init(settings: Settings, key: String = "tokens") async throws(ConfigurationError) {
        guard let secret = try await settings.secret(key) else {
            entries = []
            return
        }
        let rule = "must be a JSON object of SHA-256 hashes (64 lower-case hexadecimal digits) to {\"unit\", \"role\"}"
        do {
            let holders = try JSONDecoder().decode([String: Holder].self, from: Data(secret.revealed().utf8))
            entries = try holders.map { text, holder in
                guard let hash = Self.bytes(text) else { throw settings.fault(key, rule) }
                // Letters, digits and dashes: the codes go into records of acts and into log lines.
                guard holder.unit.wholeMatch(of: /[a-z][a-z0-9-]{0,63}/) != nil else {
                    throw settings.fault(key, "must have units of lower-case letters, digits and dashes")
                }
                guard let role = Role(rawValue: holder.role) else {
                    let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                    throw settings.fault(key, "must have roles among \(known)")
                }
                return Entry(hash: hash, caller: Caller(unit: holder.unit, role: role))
            }
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw settings.fault(key, rule)
        }
    }

    /// Whose token this is; nil when it is not known.
    ///
    /// Takes the same time whichever entry it is and however much of it agrees: hashes are compared whole, all of them.
    package func caller(of token: String) -> Caller? {
        guard Self.lengths.contains(token.utf8.count) else { return nil }
        let hash = Array(SHA256.hash(data: Array(token.utf8)))
        var found: Caller?
        for entry in entries {
            var difference: UInt8 = 0
            for index in hash.indices { difference |= hash[index] ^ entry.hash[index] }
            if difference == 0 { found = entry.caller }
        }
        return found
    }

    /// The hash of a token as the configuration has it.
    package static func hash(_ token: String) -> String {
        SHA256.hash(data: Array(token.utf8)).map { Hexadecimal.text(of: $0) }.joined()
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == SHA256.byteCount * 2 else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { Hexadecimal.value(of: digits[$0..<$0 + 2]) }
        return bytes.count == SHA256.byteCount ? bytes.map { UInt8($0) } : nil
    }
}

extension BearerTokens: CustomStringConvertible, CustomReflectable {
    /// How many there are.
    package var description: String { "\(entries.count) tokens" }
    /// Not the hashes either.
    package var customMirror: Mirror { Mirror(self, children: ["tokens": entries.count]) }
}
