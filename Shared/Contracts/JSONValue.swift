/// A JSON document as a value whose objects keep the order of their members, so that documents can be compared as text.
package indirect enum JSONValue: Sendable, ExpressibleByStringLiteral, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// JSON text that is already written, such as a golden example.
    case written(String)

    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }

    package static func == (first: JSONValue, second: JSONValue) -> Bool { first.text() == second.text() }

    /// The document, two spaces a level.
    package func text(indent: Int = 0) -> String {
        let (inner, outer) = (String(repeating: "  ", count: indent + 1), String(repeating: "  ", count: indent))
        switch self {
        case .string(let value): return Self.quoted(value)
        case .integer(let value): return String(value)
        case .boolean(let value): return value ? "true" : "false"
        case .array(let values) where values.isEmpty: return "[]"
        case .array(let values):
            return "[\n" + values.map { inner + $0.text(indent: indent + 1) }.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where members.isEmpty: return "{}"
        case .object(let members):
            let lines = members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.text(indent: indent + 1))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        case .written(let text):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
            return lines.enumerated().map { $0.offset == 0 ? String($0.element) : outer + $0.element }
                .joined(separator: "\n")
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            // RFC 8259 §7: all below U+0020 must be escaped.
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
