package import Contracts
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
