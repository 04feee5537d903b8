package import Contracts
import Foundation
package import PostgreSQL

extension Timestamp: BindConvertible, ColumnConvertible {
    /// Microseconds between 1970 and 2000, PostgreSQL's epoch.
    private static let epoch: Int64 = 946_684_800_000_000

    /// `timestamptz`.
    package static var bindType: BindType { .timestamptz }

    /// Microseconds since 2000, eight bytes.
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(microseconds - Self.epoch)
        return true
    }

    /// Reads `timestamptz`; the infinities are no moments.
    package init?(binary: UnsafeRawBufferPointer, type: UInt32) {
        guard type == 1184, let value = binary.bigEndian(Int64.self), value != .max, value != .min else { return nil }
        self.init(microseconds: value + Self.epoch)
    }
}

extension Row {
    /// An id of a `uuid` column.
    ///
    /// - Throws: `DatabaseError`, as every read of a column.
    package func id<ID: Identifier>(_ name: String, as type: ID.Type = ID.self) throws -> ID {
        ID(rawValue: try self[name, as: UUID.self])
    }

    /// A code of a `text` column that this program has written.
    ///
    /// - Throws: `DatabaseError`, as every read of a column.
    package func code<Value: Code>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        Value(rawValue: try self[name, as: String.self])
    }

    /// One of the listed values of a `text` column.
    ///
    /// - Throws: `DatabaseError`; `.columnMismatch` when this version does not list the value.
    package func listed<Value: Listed>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = Value(rawValue: try self[name, as: String.self]) else {
            throw DatabaseError(.columnMismatch, "column \(name) is no \(Value.self)")
        }
        return value
    }
}
