/// The JSON Schema of a type, recorded from what its `init(from:)` asks for, so that the document cannot drift from the
/// code.
package indirect enum Shape: Equatable, Sendable {
    case string(format: String?)
    case listed([String])
    case integer
    case number
    case boolean
    case array(Shape)
    case object([(name: String, shape: Shape, isRequired: Bool)])

    /// Records a type.
    ///
    /// - Throws: `DecodingError` when the type asks for something that no contract uses, such as a super decoder.
    package static func of(_ type: any Decodable.Type) throws -> Shape {
        if let known = known(type) { return known }
        let recorder = ShapeRecorder()
        _ = try type.init(from: recorder)
        return .object(recorder.fields.value)
    }

    fileprivate static func known(_ type: any Decodable.Type) -> Shape? {
        switch type {
        case is String.Type: .string(format: nil)
        case is Bool.Type: .boolean
        case is Int.Type: .integer
        case is Double.Type: .number
        case is Timestamp.Type: .string(format: "date-time")
        case is any Identifier.Type: .string(format: "uuid")
        case is any Code.Type: .string(format: nil)
        case let listed as any Listed.Type: .listed(values(listed))
        default: nil
        }
    }

    private static func values<Value: Listed>(_: Value.Type) -> [String] { Value.allCases.map(\.rawValue) }

    package static func == (first: Shape, second: Shape) -> Bool { first.schema == second.schema }
}

/// A decoder that answers every question with the smallest value of the asked type, and writes the question down.
private final class ShapeRecorder: Decoder {
    /// Shared with the containers, which are values.
    final class Fields { var value: [(name: String, shape: Shape, isRequired: Bool)] = [] }

    let fields = Fields()
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(fields: fields))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw ShapeRecorder.unsupported }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw ShapeRecorder.unsupported }

    static var unsupported: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "contracts are objects of plain fields and arrays"))
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let fields: Fields
        let codingPath: [any CodingKey] = []
        let allKeys: [Key] = []

        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) -> Bool { true }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try record(type, key, isRequired: true)
        }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            _ = try record(type, key, isRequired: false)
            return nil
        }
        // The standard library spells these out for the types JSON has; each goes the common way.
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
            _ = try record(type, key, isRequired: false)
            return nil
        }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
            _ = try record(type, key, isRequired: false)
            return nil
        }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
            _ = try record(type, key, isRequired: false)
            return nil
        }
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw ShapeRecorder.unsupported }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw ShapeRecorder.unsupported
        }
        func superDecoder() throws -> any Decoder { throw ShapeRecorder.unsupported }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw ShapeRecorder.unsupported }

        private func record<Value: Decodable>(_ type: Value.Type, _ key: Key, isRequired: Bool) throws -> Value {
            let (shape, value) = try ShapeRecorder.sample(type)
            fields.value.append((key.stringValue, shape, isRequired))
            return value
        }
    }

    /// A type's shape and its smallest value.
    private static func sample<Value: Decodable>(_ type: Value.Type) throws -> (Shape, Value) {
        if let shape = Shape.known(type) {
            guard let value = try smallest(type) as? Value else { throw unsupported }
            return (shape, value)
        }
        if let array = type as? any SampledArray.Type {
            guard let value = array.none as? Value else { throw unsupported }
            return (.array(try array.element()), value)
        }
        let recorder = ShapeRecorder()
        let value = try Value(from: recorder)
        return (.object(recorder.fields.value), value)
    }

    private static func smallest(_ type: any Decodable.Type) throws -> Any {
        switch type {
        case is String.Type: ""
        case is Bool.Type: false
        case is Int.Type: 0
        case is Double.Type: 0.0
        case is Timestamp.Type: Timestamp(microseconds: 0)
        case let identifier as any Identifier.Type: identifier.make()
        case let code as any Code.Type: code.init(rawValue: "a")
        case let listed as any Listed.Type: try first(listed)
        default: throw unsupported
        }
    }

    private static func first<Value: Listed>(_: Value.Type) throws -> Value {
        guard let value = Value.allCases.first else { throw unsupported }
        return value
    }
}

/// An array that knows the shape of its elements.
private protocol SampledArray {
    static var none: Any { get }
    static func element() throws -> Shape
}

extension Array: SampledArray where Element: Decodable {
    static var none: Any { Self() }
    static func element() throws -> Shape { try Shape.of(Element.self) }
}

extension Shape {
    /// The JSON Schema (draft 7, as AsyncAPI 3.0 has it) of the shape.
    package var schema: JSONValue {
        switch self {
        case .string(let format):
            .object([("type", "string")] + (format.map { [("format", .string($0))] } ?? []))
        case .listed(let values): .object([("type", "string"), ("enum", .array(values.map(JSONValue.string)))])
        case .integer: .object([("type", "integer")])
        case .number: .object([("type", "number")])
        case .boolean: .object([("type", "boolean")])
        case .array(let element): .object([("type", "array"), ("items", element.schema)])
        case .object(let fields):
            .object([
                ("type", "object"),
                ("required", .array(fields.filter(\.isRequired).map { .string($0.name) })),
                ("properties", .object(fields.map { ($0.name, $0.shape.schema) })),
            ])
        }
    }
}
