import Crypto
import Foundation

/// Seals what a browser keeps for us, and marks what it must send back.
///
/// Each purpose has a seal of its own: what was sealed as one thing is not opened as another.
struct Seal: Sendable {
    private let key: SymmetricKey
    private let retired: SymmetricKey?

    /// Creates a seal.
    ///
    /// - Parameters:
    ///   - key: 32 random bytes.
    ///   - retired: the key before it, which opens and checks, and seals nothing.
    init(key: [UInt8], retired: [UInt8]? = nil) {
        self.key = SymmetricKey(data: key)
        self.retired = retired.map { SymmetricKey(data: $0) }
    }

    /// AES-256-GCM, in letters that a cookie and a form take.
    func seal(_ value: some Encodable, for purpose: Purpose) throws -> String {
        let box = try AES.GCM.seal(
            JSONEncoder().encode(value),
            using: key,
            authenticating: Array(purpose.rawValue.utf8)
        )
        return Self.text(box.combined ?? Data())
    }

    /// What was sealed; nil when it was changed, or sealed for something else, or under a key that we do not have.
    func open<Value: Decodable>(_ type: Value.Type, _ text: String, for purpose: Purpose) -> Value? {
        guard let data = Self.data(text), let box = try? AES.GCM.SealedBox(combined: data) else { return nil }
        for key in [key, retired].compactMap({ $0 }) {
            if let plain = try? AES.GCM.open(box, using: key, authenticating: Array(purpose.rawValue.utf8)) {
                return try? JSONDecoder().decode(type, from: plain)
            }
        }
        return nil
    }

    /// What the forms of a browser carry so that no other site can send them: HMAC-SHA256 of its cookies.
    func mark(of text: String) -> String {
        Self.text(Data(HMAC<SHA256>.authenticationCode(for: bytes(text), using: key)))
    }

    /// Whether a form carries the mark, told in the same time however much of it agrees.
    func isMark(_ mark: String, of text: String) -> Bool {
        guard let data = Self.data(mark) else { return false }
        return [key, retired].compactMap { $0 }.contains {
            HMAC<SHA256>.isValidAuthenticationCode(data, authenticating: bytes(text), using: $0)
        }
    }

    /// Random letters that nobody guesses: 128 bits.
    static func random() -> String {
        text(SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) })
    }

    /// A short name of a content, for addresses that change with it.
    static func digest(_ bytes: some Sequence<UInt8>) -> String {
        String(text(Data(SHA256.hash(data: Array(bytes)))).prefix(12))
    }

    private func bytes(_ text: String) -> [UInt8] { Array("form\0\(text)".utf8) }

    private static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func data(_ text: String) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}

/// What something was sealed for.
enum Purpose: String, Sendable {
    /// The session of a person who has signed in.
    case session
    /// A receipt that is to be shown.
    case receipt
    /// A sign-in that waits for its second factor.
    case challenge
    /// Photos that Intake has taken already, of a form that came back.
    case photos
    /// An outside sign-in under way.
    case outside
}
