/// A short code that an office has given to a unit, a station or a category: letters, digits, hyphens, at most 32.
///
/// A code becomes part of queue names, routing keys and addresses, so the alphabet is kept small.
package protocol Code: RawRepresentable<String>, Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Wraps a text that is known to be a code.
    init(rawValue: String)
}

extension Code {
    /// The most characters of a code.
    package static var limit: Int { 32 }

    /// Reads a code; nil for anything else.
    package init?(_ text: String) {
        guard (1...Self.limit).contains(text.utf8.count), text.utf8.allSatisfy(\.isCodeCharacter) else { return nil }
        self.init(rawValue: text)
    }

    /// Reads the string.
    ///
    /// - Throws: `DecodingError` when it is no code.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let code = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not a code of 1 to \(Self.limit) letters, digits and hyphens"
            )
        }
        self = code
    }

    /// Writes the string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// The code itself.
    package var description: String { rawValue }

    /// Alphabetical order, for stable lists.
    package static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }
}

extension UInt8 {
    fileprivate var isCodeCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A liaison station (代表联络站).
package struct StationCode: Code {
    /// The code itself.
    package let rawValue: String
    /// Wraps a code.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A working committee (工委).
package struct CommitteeCode: Code {
    /// The code itself.
    package let rawValue: String
    /// Wraps a code.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A handling department (承办单位).
package struct DepartmentCode: Code {
    /// The code itself.
    package let rawValue: String
    /// Wraps a code.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A subject category (类别) of the rules.
package struct CategoryCode: Code {
    /// The code itself.
    package let rawValue: String
    /// Wraps a code.
    package init(rawValue: String) { self.rawValue = rawValue }
}
