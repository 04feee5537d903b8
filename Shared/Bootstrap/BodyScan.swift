import Foundation

/// What a body must be before a decoder sees it; one pass over its bytes.
///
/// The decoder would guess UTF-16 and UTF-32, take the one or the other of two members of the same name, overlook a comma
/// before a closing bracket, and walk as deep as it is led.
enum BodyScan {
    /// The deepest nesting of arrays and objects; no contract here goes beyond 6.
    static let depthLimit = 32

    /// One array or object that is open.
    private struct Level {
        let isObject: Bool
        /// The next string is a member's name.
        var expectsName: Bool
        var names: Set<Data> = []
    }

    /// - Throws: ``Problem`` 400 with the rule `utf-8`, `json`, `depth` or `duplicate`.
    static func check(_ data: Data) throws(Problem) {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw .malformedBody(rule: "utf-8", "the body must be valid UTF-8")
        }
        // A zero byte would make the decoder try UTF-16; a byte order mark must not stand in JSON (RFC 8259 §8.1).
        guard !data.contains(0), !data.starts(with: [0xef, 0xbb, 0xbf]) else {
            throw .malformedBody(rule: "json", "the body must be JSON in UTF-8 without a byte order mark")
        }
        try walk(data)
    }

    private static func walk(_ data: Data) throws(Problem) {
        var levels: [Level] = []
        var index = data.startIndex
        var followsComma = false
        while index < data.endIndex {
            let byte = data[index]
            if followsComma, byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                throw .malformedBody(rule: "json", "the body must be JSON")
            }
            if byte > UInt8(ascii: " ") { followsComma = byte == UInt8(ascii: ",") }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                levels.append(Level(isObject: isObject, expectsName: isObject))
                guard levels.count <= depthLimit else {
                    throw .malformedBody(rule: "depth", "the body may be nested at most \(depthLimit) deep")
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
            case UInt8(ascii: ","):
                if let last = levels.indices.last { levels[last].expectsName = levels[last].isObject }
            case UInt8(ascii: "\""):
                let end = closingQuote(data, after: index)
                if let last = levels.indices.last, levels[last].expectsName {
                    levels[last].expectsName = false
                    guard levels[last].names.insert(data[index..<end]).inserted else {
                        throw .malformedBody(rule: "duplicate", "an object of the body names a member twice")
                    }
                }
                index = end
            default: break
            }
            index += 1
        }
    }

    /// The index of the quote that ends the string, or the last index when none does; then the decoder complains.
    private static func closingQuote(_ data: Data, after start: Data.Index) -> Data.Index {
        var index = start + 1
        while index < data.endIndex {
            switch data[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index
            default: index += 1
            }
        }
        return data.endIndex
    }
}
