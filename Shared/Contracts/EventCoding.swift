import Foundation

/// The one pair of coders for bodies on the wire: UTF-8 JSON, keys as declared, slashes unescaped.
package enum EventCoding {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return encoder
    }()

    private static let decoder = JSONDecoder()

    /// The largest body that may be published, in bytes.
    ///
    /// RabbitMQ 4 refuses messages over 16 MiB and closes the channel; a body is checked where it is written, before the
    /// commit, so that no row can exist that no broker will take.
    package static let bodyLimit = 1 << 20

    /// Encodes a body.
    ///
    /// - Throws: `EncodingError` for values JSON cannot hold, such as an infinite number.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        Array(try encoder.encode(value))
    }

    /// Decodes a body.
    ///
    /// - Throws: `DecodingError` naming the field.
    package static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        try decoder.decode(type, from: Data(body))
    }
}
