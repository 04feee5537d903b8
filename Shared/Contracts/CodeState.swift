/// Whether a code may be used at a moment, and if not, why.
package enum CodeState: String, Listed {
    /// It may.
    case good
    /// Not yet.
    case notYet = "not-yet"
    /// No more.
    case expired
    /// It was ended.
    case revoked
    /// Another token has taken this one's place.
    case replaced
}

/// What bounds a code's use, the same wherever it is asked: at its owner and in every copy.
package struct CodeTerm: Sendable, Hashable {
    /// From when on the code is good; nil from the beginning.
    package var validFrom: Timestamp?
    /// Until when the code is good, that moment left out; nil without end.
    package var validUntil: Timestamp?
    /// Whether the code was ended for good.
    package var isRevoked: Bool
    /// Until when the token that was shown is good; nil when none has taken its place.
    package var tokenUntil: Timestamp?

    /// Creates a term; without bounds unless said.
    package init(
        validFrom: Timestamp? = nil,
        validUntil: Timestamp? = nil,
        isRevoked: Bool = false,
        tokenUntil: Timestamp? = nil
    ) {
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.isRevoked = isRevoked
        self.tokenUntil = tokenUntil
    }

    /// The state at a moment; what lasts longest is told first.
    package func state(at now: Timestamp) -> CodeState {
        if isRevoked { return .revoked }
        if let tokenUntil, tokenUntil <= now { return .replaced }
        if let validUntil, validUntil <= now { return .expired }
        if let validFrom, now < validFrom { return .notYet }
        return .good
    }
}

/// The token of a code as text: 24 characters that a QR symbol holds in its alphanumeric mode and a person can type.
package enum CodeText {
    /// Characters of a token: 15 bytes, five bits each.
    package static let length = 24
    /// Crockford's: no I, L, O and U, so that nothing is misread.
    package static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    /// The most bytes that are looked at: every character with a hyphen or a space behind it.
    private static let inputLimit = 2 * length

    /// The token in the one form that is hashed and compared: upper case, without hyphens and spaces, look-alikes put right.
    ///
    /// - Returns: nil when it cannot be a token.
    package static func canonical(_ text: String) -> String? {
        guard text.utf8.count <= inputLimit else { return nil }
        var bytes: [UInt8] = []
        for byte in text.utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
            let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
            switch upper {
            case UInt8(ascii: "O"): bytes.append(UInt8(ascii: "0"))
            case UInt8(ascii: "I"), UInt8(ascii: "L"): bytes.append(UInt8(ascii: "1"))
            case _ where alphabet.contains(upper): bytes.append(upper)
            default: return nil
            }
        }
        return bytes.count == length ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// The text of 15 bytes.
    package static func text(_ bytes: [UInt8]) -> String {
        precondition(bytes.count * 8 == length * 5, "a token has 15 bytes")
        var (bits, count): (UInt32, UInt32) = (0, 0)
        var characters: [UInt8] = []
        for byte in bytes {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 5 {
                count -= 5
                characters.append(alphabet[Int(bits >> count & 31)])
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
