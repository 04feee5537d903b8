package import Foundation

/// A type of the server, as binds need it.
package struct BindType: Sendable, Hashable {
    /// The object id in `pg_type`, fixed for built-in types.
    let oid: UInt32
    /// The object id of the array type over it.
    let arrayOID: UInt32
    /// The cast put behind a placeholder.
    let cast: String

    init(_ oid: UInt32, array: UInt32, _ name: String) {
        self.oid = oid
        arrayOID = array
        cast = "::\(name)"
    }

    static let bool = Self(16, array: 1000, "bool")
    static let bytea = Self(17, array: 1001, "bytea")
    static let int2 = Self(21, array: 1005, "int2")
    static let int4 = Self(23, array: 1007, "int4")
    static let int8 = Self(20, array: 1016, "int8")
    static let float8 = Self(701, array: 1022, "float8")
    static let text = Self(25, array: 1009, "text")
    static let uuid = Self(2950, array: 2951, "uuid")
    /// For conformances outside this module: microseconds since 2000-01-01 UTC.
    package static let timestamptz = Self(1184, array: 1185, "timestamptz")
    static let jsonb = Self(3802, array: 3807, "jsonb")
}

/// A value that can be sent in the server's binary format.
package protocol BindConvertible: Sendable {
    /// The server's type.
    static var bindType: BindType { get }
    /// Appends the binary form; false, with nothing appended, for NULL.
    func encode(into bytes: inout [UInt8]) -> Bool
    /// The type of an array of such values.
    static var arrayBindType: BindType { get }
    /// Appends the binary form of an array of such values.
    static func encode(_ values: [Self], into bytes: inout [UInt8])
}

extension BindConvertible {
    /// The array type that the server keeps over the element's.
    package static var arrayBindType: BindType {
        let element = bindType
        return BindType(element.arrayOID, array: 0, String(element.cast.dropFirst(2)) + "[]")
    }

    /// Dimensions, null flag, element type, length and lower bound, then each element behind its length.
    package static func encode(_ values: [Self], into bytes: inout [UInt8]) {
        bytes.appendBigEndian(Int32(values.isEmpty ? 0 : 1))
        bytes.appendBigEndian(Int32(1))
        bytes.appendBigEndian(bindType.oid)
        guard !values.isEmpty else { return }
        bytes.appendBigEndian(Int32(values.count))
        bytes.appendBigEndian(Int32(1))
        for value in values {
            let start = bytes.count
            bytes.appendBigEndian(Int32(-1))
            guard value.encode(into: &bytes) else { continue }
            let length = UInt32(bytes.count - start - 4)
            for offset in 0..<4 {
                bytes[start + offset] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(offset)))
            }
        }
    }
}

extension [UInt8] {
    /// Appends an integer in network byte order, as all binary formats want it.
    package mutating func appendBigEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension Bool: BindConvertible {
    /// `bool`.
    package static var bindType: BindType { .bool }
    /// One byte.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension Int: BindConvertible {
    /// `int8`.
    package static var bindType: BindType { .int8 }
    /// Eight bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(Int64(self))
        return true
    }
}

extension Int32: BindConvertible {
    /// `int4`.
    package static var bindType: BindType { .int4 }
    /// Four bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
}

extension Int16: BindConvertible {
    /// `int2`.
    package static var bindType: BindType { .int2 }
    /// Two bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
}

extension Double: BindConvertible {
    /// `float8`.
    package static var bindType: BindType { .float8 }
    /// IEEE 754, eight bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(bitPattern)
        return true
    }
}

extension String: BindConvertible {
    /// `text`.
    package static var bindType: BindType { .text }
    /// UTF-8.
    ///
    /// The server refuses U+0000 (22021), as it does in any form.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: utf8)
        return true
    }
}

extension UUID: BindConvertible {
    /// `uuid`.
    package static var bindType: BindType { .uuid }
    /// Sixteen bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        Swift.withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
        return true
    }
}

/// JSON text for a `jsonb` value.
package struct JSONText: BindConvertible, Hashable {
    /// The JSON document; the server checks it.
    package let text: String

    /// Wraps a document.
    package init(_ text: String) {
        self.text = text
    }

    /// `jsonb`.
    package static var bindType: BindType { .jsonb }
    /// The format's version byte 1, then the text.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(1)
        bytes.append(contentsOf: text.utf8)
        return true
    }
}

extension Optional: BindConvertible where Wrapped: BindConvertible {
    /// The wrapped value's type.
    package static var bindType: BindType { Wrapped.bindType }
    /// NULL for nil.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self?.encode(into: &bytes) ?? false
    }
}

extension Array: BindConvertible where Element: BindConvertible {
    /// The array type over the element's; `bytea` for bytes.
    package static var bindType: BindType { Element.arrayBindType }

    /// The elements' array form; the bytes themselves for bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        Element.encode(self, into: &bytes)
        return true
    }
}

extension UInt8: BindConvertible {
    /// Never sent alone: PostgreSQL has no unsigned byte.
    ///
    /// It makes `[UInt8]` a bind, which goes as `bytea`.
    package static var bindType: BindType { .int2 }
    /// Two bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(Int16(self))
        return true
    }
    /// `bytea`.
    package static var arrayBindType: BindType { .bytea }
    /// The bytes themselves.
    package static func encode(_ values: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(contentsOf: values)
    }
}
