import Contracts
import Crypto
import Foundation

/// Codes of an authenticator app (RFC 6238): 6 digits, SHA-1, 30 seconds, which every app knows.
enum OneTimeCode {
    /// The length of a step in seconds.
    static let step: Int64 = 30
    /// Digits of a code.
    static let digits = 6
    /// Bytes of a secret: as many as the hash has (RFC 4226 §4, R6).
    static let secretLength = 20
    /// Steps before and after the present one whose codes are good as well: phones' clocks are a little wrong.
    private static let drift: Int64 = 1

    /// The step at a moment.
    static func step(at moment: Timestamp) -> Int64 { moment.seconds / step }

    /// The code of a step.
    static func code(_ secret: [UInt8], step: Int64, digits: Int = digits) -> String {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let key = SymmetricKey(data: secret)
        let hash = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
        // RFC 4226 §5.3: the last four bits say where the 31 bits begin.
        let offset = Int(hash[hash.count - 1] & 15)
        let number = hash[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let modulus = (0..<digits).reduce(UInt64(1)) { power, _ in power * 10 }
        let text = String(UInt64(number) % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step whose code this is; nil when it is none that is good now, or not newer than one that was used.
    ///
    /// - Parameter last: the step of the last code that was used: each is good once (RFC 6238 §5.2).
    static func step(of code: String, _ secret: [UInt8], at now: Timestamp, after last: Int64) -> Int64? {
        let present = step(at: now)
        // All are compared whichever agrees.
        return (present - drift...present + drift).reduce(nil as Int64?) { found, step in
            isEqual(self.code(secret, step: step), code) && step > last ? step : found
        }
    }

    /// Whether two texts are the same, told in the same time however much of them agrees.
    static func isEqual(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        return first.count == second.count && zip(first, second).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// What an app reads from a QR code (the de-facto `otpauth` scheme).
    static func address(_ secret: [UInt8], login: String) -> String {
        // A login has nothing that would have to be escaped.
        "otpauth://totp/eBinda:\(login)?secret=\(Base32.text(secret))&issuer=eBinda&algorithm=SHA1&digits=\(digits)&period=\(step)"
    }
}

/// Codes for the day on which the phone is lost: each is good once in the place of a code.
enum RecoveryCode {
    /// How many a person gets.
    static let count = 10
    /// Bytes of one: 80 random bits, so that a fast hash of it cannot be searched.
    private static let length = 10

    /// A new one: `ABCD-EFGH-IJKL-MNOP`.
    static func make() -> String {
        let text = Array(Base32.text(Secrets.random(length)))
        return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<min($0 + 4, text.count)]) }
            .joined(separator: "-")
    }

    /// What is kept of one; nil for a text that is none.
    static func hash(_ text: String) -> [UInt8]? {
        let letters = text.uppercased().filter { $0 != "-" && $0 != " " }
        guard letters.utf8.count == length * 8 / 5, letters.utf8.allSatisfy(Base32.isLetter) else { return nil }
        return Account.hash(letters)
    }
}

/// RFC 4648 §6, without padding: what authenticator apps take.
enum Base32 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// The text of bytes.
    static func text(_ bytes: [UInt8]) -> String {
        var (text, buffer, bits): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        for byte in bytes {
            (buffer, bits) = (buffer << 8 | UInt32(byte), bits + 8)
            while bits >= 5 {
                bits -= 5
                text.append(letters[Int(buffer >> bits & 31)])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { text.append(letters[Int(buffer << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a character is one of its letters.
    static func isLetter(_ byte: UInt8) -> Bool { letters.contains(byte) }
}

/// Random secrets that are handed out, and what is kept of them.
enum Secrets {
    /// Bytes from the system's generator.
    static func random(_ count: Int) -> [UInt8] {
        SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Array($0) }
    }

    /// 256 random bits as text without anything that an address or a form would escape.
    static func make() -> String {
        Data(random(32)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
    }

    /// What is kept of a secret that ``make()`` has made; nil for a text that cannot be one.
    static func hash(_ text: String) -> [UInt8]? { text.utf8.count == 43 ? Account.hash(text) : nil }
}
