import Foundation
import Yams

/// A JSON value, or a YAML one that JSON could hold.
package indirect enum JSON: Sendable, Hashable, Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// The text is no YAML, or holds what JSON does not know.
    package struct Unreadable: Error {}

    /// Reads JSON.
    ///
    /// - Throws: `DecodingError`.
    package init(_ body: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(body)) }

    /// Reads YAML.
    ///
    /// - Throws: ``Unreadable``, `YamlError`.
    package init(yaml text: String) throws { self = try Self(node: try Yams.load(yaml: text)) }

    /// Reads whichever kind of value there is.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    private init(node: Any?) throws {
        switch node {
        case nil, is NSNull: self = .null
        case let value as Bool: self = .boolean(value)
        case let value as Int: self = .number(Double(value))
        case let value as Double: self = .number(value)
        case let value as String: self = .string(value)
        case let values as [Any]: self = .array(try values.map { try Self(node: $0) })
        case let members as [String: Any]: self = .object(try members.mapValues { try Self(node: $0) })
        default: throw Unreadable()
        }
    }

    /// A member of an object; nil of anything else.
    package subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// An element of an array; nil of anything else and beyond its end.
    package subscript(index: Int) -> JSON? {
        if case .array(let values) = self, values.indices.contains(index) { values[index] } else { nil }
    }

    /// The text of a string.
    package var text: String? { if case .string(let text) = self { text } else { nil } }
    /// The whole number, when it is one.
    package var whole: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }
    /// The elements of an array; none of anything else.
    package var elements: [JSON] { if case .array(let values) = self { values } else { [] } }
    /// The members of an object; none of anything else.
    package var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
}
