import Logging

/// The bytes of one JSON object on one line; every key once.
struct JSONLine {
    /// The names that a record's own fields bear.
    private static let reserved: Set = [
        "time", "level", "label", "message", "trace", "span", "suggestion", "error",
    ]
    /// Longer texts are cut: a line is for people and for a parser that reads whole lines.
    private static let textLimit = 8192

    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(512) }

    /// Adds a field of the record.
    mutating func field(_ name: String, _ value: String) {
        key(name)
        text(value)
    }

    /// Adds a metadata value, a dictionary as one field for each of its leaves.
    mutating func metadata(_ name: String, _ value: Logger.MetadataValue) {
        switch value {
        case .dictionary(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) { metadata("\(name).\(key)", member) }
        default:
            key(Self.reserved.contains(name) ? "metadata.\(name)" : name)
            self.value(value)
        }
    }

    /// The whole line with its line feed.
    consuming func finished() -> [UInt8] {
        bytes.append(contentsOf: [UInt8(ascii: "}"), UInt8(ascii: "\n")])
        return bytes
    }

    private mutating func key(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        text(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func value(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let string): text(string)
        case .stringConvertible(let number as any BinaryInteger): bytes.append(contentsOf: "\(number)".utf8)
        case .stringConvertible(let flag as Bool): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .stringConvertible(let value): text(value.description)
        case .array(let members): list(members)
        case .dictionary(let members): object(members)
        }
    }

    private mutating func list(_ members: [Logger.MetadataValue]) {
        bytes.append(UInt8(ascii: "["))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            value(member)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func object(_ members: Logger.Metadata) {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            text(member.key)
            bytes.append(UInt8(ascii: ":"))
            value(member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// A JSON string (RFC 8259 §7): quotes, backslashes and control characters are escaped.
    ///
    /// The rest stays as it is, since a Swift string is always valid UTF-8. U+2028, U+2029 and DEL are escaped too:
    /// some readers break lines at them.
    private mutating func text(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        let isCut = string.utf8.count > Self.textLimit
        // Nearly every text is one without anything to escape, and goes in as it is.
        if !isCut, string.utf8.allSatisfy(Self.isPlain) {
            bytes.append(contentsOf: string.utf8)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        for scalar in isCut ? string.unicodeScalars.prefix(Self.textLimit / 4) : string.unicodeScalars[...] {
            switch scalar {
            case "\"": bytes.append(contentsOf: "\\\"".utf8)
            case "\\": bytes.append(contentsOf: "\\\\".utf8)
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
                bytes.append(contentsOf: "\\u\(Hexadecimal.text(of: UInt16(scalar.value)))".utf8)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        if isCut { bytes.append(contentsOf: "…".utf8) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte is never part of what is escaped: 0xC2 begins U+0080 to U+009F, 0xE2 the two separators.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x1F, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F, 0xC2, 0xE2: false
        default: true
        }
    }
}
