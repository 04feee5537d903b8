package import Foundation

/// An id that knows what it identifies, so that a suggestion's cannot be passed for an assignment's.
package protocol Identifier: RawRepresentable<UUID>, Hashable, Sendable, Codable, CustomStringConvertible {
    /// Wraps a UUID.
    init(rawValue: UUID)
}

extension Identifier {
    /// A new, time-ordered id.
    package static func make() -> Self {
        Self(rawValue: UUIDv7.make())
    }

    /// Reads the usual hyphenated form; nil for anything else.
    package init?(_ text: String) {
        guard let uuid = UUID(hyphenated: text) else { return nil }
        self.init(rawValue: uuid)
    }

    /// Reads the hyphenated form.
    ///
    /// - Throws: `DecodingError` when the value is no UUID.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = value
    }

    /// Writes the hyphenated form in lower case, as RFC 9562 §4 asks of output.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// The hyphenated form in lower case.
    package var description: String { rawValue.lowercaseText }
}

/// Identifies a suggestion (代表建议) or opinion (社情民意) through all services.
package struct SuggestionID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Identifies one department's share of handling a suggestion: a leg (承办件).
package struct AssignmentID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Identifies a code on a wall or a card (二维码) through its tokens.
package struct CodeID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Identifies a person of the directory (人员); also what their events are about.
package struct PersonID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Identifies a file that goes with a suggestion (附件).
package struct AttachmentID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Identifies an event, and the act that it announces; stable over every republication.
package struct EventID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

extension UUID {
    /// The hyphenated form in lower case, written without going through upper case first.
    package var lowercaseText: String {
        withUnsafeBytes(of: uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var position = 0
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[position] = UInt8(ascii: "-")
                        position += 1
                    }
                    text[position] = Self.digit(byte >> 4)
                    text[position + 1] = Self.digit(byte & 15)
                    position += 2
                }
                return 36
            }
        }
    }

    /// Reads the hyphenated form, in either case; nil for anything else.
    ///
    /// Foundation's own initializer goes through `sscanf` and takes ten times as long.
    package init?(hyphenated text: String) {
        var text = text
        var words: (UInt64, UInt64) = (0, 0)
        let isRead = text.withUTF8 { bytes in
            guard bytes.count == 36 else { return false }
            var digits = 0
            for (index, byte) in bytes.enumerated() {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return false }
                    continue
                }
                let value: UInt8
                switch byte {
                case 48...57: value = byte - 48
                case 97...102: value = byte - 87
                case 65...70: value = byte - 55
                default: return false
                }
                if digits < 16 {
                    words.0 = words.0 << 4 | UInt64(value)
                } else {
                    words.1 = words.1 << 4 | UInt64(value)
                }
                digits += 1
            }
            return true
        }
        guard isRead else { return nil }
        self.init(words: words)
    }

    /// Makes a UUID of its first and last eight bytes.
    package init(words: (UInt64, UInt64)) {
        self = withUnsafeBytes(of: (words.0.bigEndian, words.1.bigEndian)) { UUID(uuid: $0.load(as: uuid_t.self)) }
    }

    /// The first and last eight bytes; compared one after the other they give PostgreSQL's order.
    package var words: (UInt64, UInt64) {
        withUnsafeBytes(of: uuid) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 + value : 87 + value
    }
}
