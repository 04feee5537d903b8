/// A matter's words as they are compared: what two people write differently though they copy from each other is left out.
///
/// Full width is read as half width, capital letters as small ones, every run of digits as one `0`: copies of one petition differ in
/// house numbers and dates. Punctuation, symbols and spaces are left out. The tables are written down here and not the library's:
/// what is stored must mean the same in every version of it.
struct FoldedText: Sendable, Hashable {
    /// Where a character stood.
    struct Origin: Sendable, Hashable {
        /// Which of the parts.
        let part: Int
        /// Unicode scalars from the beginning of the part.
        let offset: Int
    }

    /// What stands behind each part: no character is one, so nothing reaches across.
    static let end: UInt32 = 0

    /// The characters that are left, each as a Unicode scalar.
    private(set) var characters: [UInt32] = []
    /// Where each stood.
    private(set) var origins: [Origin] = []

    /// - Parameter parts: such as title and text, which are read one after the other.
    init(_ parts: [String]) {
        characters.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count / 3 + 8 })
        origins.reserveCapacity(characters.capacity)
        for (part, text) in parts.enumerated() {
            Self.read(text) { character, offset in
                characters.append(character)
                origins.append(Origin(part: part, offset: offset))
            }
            characters.append(Self.end)
            origins.append(Origin(part: part, offset: text.unicodeScalars.count))
        }
    }

    /// The characters alone, for who does not ask where they stood.
    static func characters(of parts: [String]) -> [UInt32] {
        var characters: [UInt32] = []
        characters.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count / 2 + 8 })
        for text in parts {
            read(text) { character, _ in characters.append(character) }
            characters.append(end)
        }
        return characters
    }

    /// Every three characters that stand together, once for each time they do: three scalars of 21 bits, so that none is taken for
    /// another.
    static func trigrams(of characters: [UInt32]) -> [UInt64] {
        var trigrams: [UInt64] = []
        trigrams.reserveCapacity(characters.count)
        var (run, length): (UInt64, Int) = (0, 0)
        for character in characters {
            guard character != end else {
                length = 0
                continue
            }
            run = (run << 21 | UInt64(character)) & (1 << 63 - 1)
            length += 1
            if length >= 3 { trigrams.append(run) }
        }
        return trigrams
    }

    private static func read(_ text: String, _ take: (_ character: UInt32, _ offset: Int) -> Void) {
        var (offset, isNumber) = (0, false)
        for scalar in text.unicodeScalars {
            defer { offset += 1 }
            guard let character = folded(scalar.value) else {
                isNumber = false
                continue
            }
            let isDigit = character == zero
            if !(isDigit && isNumber) { take(character, offset) }
            isNumber = isDigit
        }
    }

    private static let zero = UInt32(UInt8(ascii: "0"))

    /// What a scalar is read as; nil for what is left out.
    private static func folded(_ scalar: UInt32) -> UInt32? {
        // Most of all: Chinese characters.
        if (0x3400...0x9fff).contains(scalar) { return scalar }
        // ASCII in full width.
        let narrow = (0xff01...0xff5e).contains(scalar) ? scalar - 0xfee0 : scalar
        switch narrow {
        case 0x30...0x39: return zero
        case 0x41...0x5a: return narrow + 0x20
        case 0x61...0x7a: return narrow
        case ..<0xc0, 0xd7, 0xf7: return nil
        // Capitals of Latin-1, Greek and Cyrillic lie 32 before the small ones.
        case 0xc0...0xde, 0x391...0x3a9, 0x410...0x42f: return narrow + 0x20
        // Punctuation, signs, arrows, frames, numbers in circles.
        case 0x2000...0x2bff, 0x2e00...0x2e7f, 0x3000...0x3004, 0x3008...0x3020, 0x3030...0x303f: return nil
        // Marks that change the look alone, small and vertical forms, private use.
        case 0xe000...0xf8ff, 0xfe00...0xfe6f, 0xfeff, 0xff00...0xff65, 0xffe0...0xffff: return nil
        // Pictures, tags, private use.
        case 0x1f000...0x1faff, 0xe0000...: return nil
        default: return narrow
        }
    }
}
