import Contracts
import Crypto
import Foundation

/// What makes the tokens of codes: 15 bytes, of which ten authenticate the other five.
///
/// One byte says the layout and the kind, four are a random serial number, ten are HMAC-SHA-256 over those five, cut to 80 bits
/// (RFC 2104 §5), under a key of their own. A token is derived anew whenever it is printed; what knows it by its hash needs no key.
struct CodeMint: Sendable {
    /// The first four bits: which layout the rest has.
    private static let layout: UInt8 = 1
    /// Bytes of the authentication code: 80 bits cannot be guessed at the pace of an entrance.
    private static let macLength = 10

    private let key: SymmetricKey

    /// Creates a mint.
    ///
    /// - Parameter masterKey: 32 random bytes, from which the key of tokens is derived (HKDF, RFC 5869).
    init(masterKey: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: masterKey),
            info: Array("ebinda code tokens 1".utf8),
            outputByteCount: 32
        )
    }

    /// The token of a serial number, in its canonical form.
    func token(_ kind: CodeKind, serial: UInt32) -> String {
        let head = [Self.layout << 4 | Self.number(of: kind)] + withUnsafeBytes(of: serial.bigEndian, Array.init)
        let code = HMAC<SHA256>.authenticationCode(for: head, using: key)
        return CodeText.text(head + Array(code).prefix(Self.macLength))
    }

    /// A random serial number.
    static func makeSerial() -> UInt32 {
        var generator = SystemRandomNumberGenerator()
        return UInt32.random(in: .min ... .max, using: &generator)
    }

    /// What is kept of a token: nobody finds 80 bits of a key's making from their hash.
    ///
    /// - Parameter token: in its canonical form.
    static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }

    /// Written by hand: it is part of what was printed.
    private static func number(of kind: CodeKind) -> UInt8 {
        switch kind {
        case .station: 1
        case .deputy: 2
        case .activity: 3
        }
    }
}

extension CodeTokenMark {
    /// The mark of a token by its hash.
    init(hash: [UInt8], goodUntil: Timestamp? = nil) {
        let digits = hash.flatMap { [String($0 >> 4, radix: 16), String($0 & 15, radix: 16)] }
        self.init(sha256: digits.joined(), goodUntil: goodUntil)
    }
}
