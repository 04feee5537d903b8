/// Width and height of a picture, as its header says, read without unpacking it: a file of a few kilobytes may unpack to
/// gigabytes.
struct ImageSize: Sendable, Hashable {
    let width: Int
    let height: Int

    /// The most pixels: twice what a telephone's camera takes.
    static let pixelLimit = 50_000_000
    /// The longest side, beyond which formats and programs begin to differ.
    static let sideLimit = 20_000

    var isAcceptable: Bool {
        width > 0 && height > 0 && width <= Self.sideLimit && height <= Self.sideLimit
            && width * height <= Self.pixelLimit
    }

    /// Bytes from the beginning of a file that are enough: a camera's JPEG has its preview and colours before its size.
    static let headLength = 1 << 20

    /// Reads the header; nil when it is not one.
    init?(head: [UInt8], kind: FileKind) {
        let size =
            switch kind {
            case .png: Self.png(head)
            case .jpeg: Self.jpeg(head)
            case .webp: Self.webp(head)
            case .pdf: (Int, Int)?.none
            }
        guard let size else { return nil }
        (width, height) = size
    }

    private static func big(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
        bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func little(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
        bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// PNG (ISO/IEC 15948 §11.2.1): IHDR is the first chunk.
    private static func png(_ bytes: [UInt8]) -> (Int, Int)? {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        return (big(bytes, 16, 4), big(bytes, 20, 4))
    }

    /// JPEG (ITU-T T.81 §B.2.2): segments of two bytes' length, until the frame's.
    private static func jpeg(_ bytes: [UInt8]) -> (Int, Int)? {
        var position = 2
        while position + 9 <= bytes.count {
            guard bytes[position] == 0xff else { return nil }
            let marker = bytes[position + 1]
            switch marker {
            // Fill bytes.
            case 0xff: position += 1
            // Without a length.
            case 0x01, 0xd0...0xd7: position += 2
            // Frames of every coding; C4, C8 and CC are other things.
            case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
                return (big(bytes, position + 7, 2), big(bytes, position + 5, 2))
            // The picture begins, or ends, and no frame has been.
            case 0xda, 0xd9: return nil
            default:
                let length = big(bytes, position + 2, 2)
                guard length >= 2 else { return nil }
                position += 2 + length
            }
        }
        return nil
    }

    /// WebP (RFC 9649 §2): one of three forms behind the 12 bytes of RIFF.
    private static func webp(_ bytes: [UInt8]) -> (Int, Int)? {
        guard bytes.count >= 30 else { return nil }
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8X": return (little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1)
        // A key frame's start code, then 14 bits each.
        case "VP8 ":
            guard bytes[23..<26].elementsEqual([0x9d, 0x01, 0x2a]) else { return nil }
            return (little(bytes, 26, 2) & 0x3fff, little(bytes, 28, 2) & 0x3fff)
        case "VP8L":
            guard bytes[20] == 0x2f else { return nil }
            let bits = little(bytes, 21, 4)
            return (bits & 0x3fff + 1, bits >> 14 & 0x3fff + 1)
        default: return nil
        }
    }
}
