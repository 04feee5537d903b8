package import Foundation

/// The rows of one statement, all values in one buffer.
package struct RowSet: Sendable {
    /// A column's name and type.
    struct Column: Sendable {
        let name: String
        let type: UInt32
    }

    let columns: [Column]
    var bytes: [UInt8]
    /// For each value, row by row, its first byte, or -1 for NULL, and its length.
    var cells: [(start: Int, length: Int)]
    /// Rows inserted, updated, deleted or selected.
    package let affected: Int

    init(columns: [Column] = [], bytes: [UInt8] = [], cells: [(start: Int, length: Int)] = [], affected: Int = 0) {
        self.columns = columns
        self.bytes = bytes
        self.cells = cells
        self.affected = affected
    }
}

extension RowSet: RandomAccessCollection {
    /// Always zero.
    package var startIndex: Int { 0 }
    /// The number of rows.
    package var endIndex: Int { columns.isEmpty ? 0 : cells.count / columns.count }
    /// One row.
    package subscript(position: Int) -> Row { Row(set: self, index: position) }
}

/// One row of a ``RowSet``; values are decoded when they are asked for.
package struct Row: Sendable {
    fileprivate let set: RowSet
    fileprivate let index: Int

    /// The value of a column.
    ///
    /// - Throws: `DatabaseError` with `.columnMismatch` or `.unexpectedNull`, naming the column.
    package subscript<Value: ColumnConvertible>(name: String, as type: Value.Type) -> Value {
        get throws(DatabaseError) {
            guard let column = set.columns.firstIndex(where: { $0.name == name }) else {
                throw DatabaseError(.columnMismatch, "no column \(name)")
            }
            return try value(at: column, as: type)
        }
    }

    /// The value of a column by its position.
    ///
    /// - Throws: as the subscript by name.
    package func value<Value: ColumnConvertible>(
        at column: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        let description = set.columns[column]
        let cell = set.cells[index * set.columns.count + column]
        guard cell.start >= 0 else {
            guard let null = Value.null else {
                throw DatabaseError(.unexpectedNull, "column \(description.name) is null")
            }
            return null
        }
        let value = set.bytes.withUnsafeBytes { buffer in
            Value(
                binary: UnsafeRawBufferPointer(rebasing: buffer[cell.start..<cell.start + cell.length]),
                type: description.type
            )
        }
        guard let value else {
            throw DatabaseError(
                .columnMismatch,
                "column \(description.name) of type \(description.type) is no \(Value.self)"
            )
        }
        return value
    }
}

/// A value that can be read from the server's binary format.
package protocol ColumnConvertible {
    /// Reads the bytes of a value of the server type `type`; nil when they do not fit.
    init?(binary: UnsafeRawBufferPointer, type: UInt32)
    /// What NULL becomes; nil where NULL is an error.
    static var null: Self? { get }
    /// Reads an array of such values; nil when the bytes do not fit.
    static func array(binary: UnsafeRawBufferPointer, type: UInt32) -> [Self]?
}

extension ColumnConvertible {
    /// NULL is an error.
    package static var null: Self? { nil }

    /// Reads the one-dimensional binary array format.
    package static func array(binary: UnsafeRawBufferPointer, type: UInt32) -> [Self]? {
        guard let dimensions = binary.bigEndian(Int32.self), let element = binary.bigEndian(UInt32.self, at: 8) else {
            return nil
        }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count = binary.bigEndian(Int32.self, at: 12) else { return nil }
        var (values, offset): ([Self], Int) = ([], 20)
        for _ in 0..<count {
            guard let length = binary.bigEndian(Int32.self, at: offset) else { return nil }
            offset += 4
            guard length >= 0 else {
                guard let null else { return nil }
                values.append(null)
                continue
            }
            let end = offset + Int(length)
            guard end <= binary.count,
                let value = Self(binary: UnsafeRawBufferPointer(rebasing: binary[offset..<end]), type: element)
            else { return nil }
            values.append(value)
            offset = end
        }
        return values
    }
}

extension UnsafeRawBufferPointer {
    /// The integer that fills the buffer, from network byte order.
    package func bigEndian<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int = 0) -> Integer? {
        guard offset + MemoryLayout<Integer>.size <= count else { return nil }
        return Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension Int: ColumnConvertible {
    /// Reads `int2`, `int4`, `int8` and `xid8`.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        switch binary.count {
        case 8 where type == 20 || type == 5069: self = binary.bigEndian(Int64.self).map(Int.init) ?? 0
        case 4 where type == 23: self = binary.bigEndian(Int32.self).map(Int.init) ?? 0
        case 2 where type == 21: self = binary.bigEndian(Int16.self).map(Int.init) ?? 0
        default: return nil
        }
    }
}

extension Bool: ColumnConvertible {
    /// Reads `bool`.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        guard type == 16, let byte = binary.first else { return nil }
        self = byte != 0
    }
}

extension Double: ColumnConvertible {
    /// Reads `float8` and `float4`.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        if type == 701, let bits = binary.bigEndian(UInt64.self) {
            self = Double(bitPattern: bits)
        } else if type == 700, let bits = binary.bigEndian(UInt32.self) {
            self = Double(Float(bitPattern: bits))
        } else {
            return nil
        }
    }
}

extension String: ColumnConvertible {
    /// Reads `text`, `varchar`, `name`, `json` and `jsonb`.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        switch type {
        case 25, 1043, 19, 18, 114: self = String(decoding: binary, as: UTF8.self)
        case 3802: self = String(decoding: binary.dropFirst(), as: UTF8.self)
        default: return nil
        }
    }
}

extension UUID: ColumnConvertible {
    /// Reads `uuid`.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        guard type == 2950, binary.count == 16 else { return nil }
        self.init(uuid: binary.loadUnaligned(as: uuid_t.self))
    }
}

extension Optional: ColumnConvertible where Wrapped: ColumnConvertible {
    /// Reads the wrapped value.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        guard let value = Wrapped(binary: binary, type: type) else { return nil }
        self = .some(value)
    }

    /// nil.
    package static var null: Self? { .some(.none) }
}

extension UInt8: ColumnConvertible {
    /// Never read alone; it makes `[UInt8]` readable.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) { nil }

    /// Reads `bytea`.
    package static func array(binary: UnsafeRawBufferPointer, type: UInt32) -> [UInt8]? {
        type == 17 ? Array(binary) : nil
    }
}

extension Array: ColumnConvertible where Element: ColumnConvertible {
    /// Reads `bytea` into bytes, and one-dimensional arrays.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        guard let values = Element.array(binary: binary, type: type) else { return nil }
        self = values
    }
}
