import Glibc
import Synchronization

/// Random ids for traces, drawn from the kernel's generator 32 at a time, since a system call each would cost more than
/// the rest of a request's bookkeeping.
enum RandomIdentifiers {
    /// 256 bytes, the most that getentropy(3) gives at once.
    private static let drawn = 32
    private static let buffer = Mutex<[UInt64]>([])

    /// A random number that is not zero, which the trace context forbids.
    static func next() -> UInt64 {
        buffer.withLock { buffer in
            while true {
                if buffer.isEmpty { fill(&buffer) }
                if let value = buffer.popLast(), value != 0 { return value }
            }
        }
    }

    private static func fill(_ buffer: inout [UInt64]) {
        buffer = Array(repeating: 0, count: drawn)
        let size = drawn * MemoryLayout<UInt64>.size
        let status = buffer.withUnsafeMutableBytes { getentropy($0.baseAddress, size) }
        if status != 0 {
            var generator = SystemRandomNumberGenerator()
            for index in buffer.indices { buffer[index] = generator.next() }
        }
    }
}

/// Lower-case hexadecimal digits, the only ones that the trace context and the hashes of tokens allow.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The digits of a number, with leading zeros.
    static func text<Number: FixedWidthInteger & UnsignedInteger>(of number: Number) -> String {
        String(unsafeUninitializedCapacity: Number.bitWidth / 4) { buffer in
            var rest = number
            for index in (0..<Number.bitWidth / 4).reversed() {
                buffer[index] = digits[Int(truncatingIfNeeded: rest & 0xf)]
                rest >>= 4
            }
            return Number.bitWidth / 4
        }
    }

    /// The number that at most 16 digits stand for; nil when one of them is no lower-case digit.
    static func value(of text: some Collection<UInt8>) -> UInt64? {
        guard (1...16).contains(text.count) else { return nil }
        var value: UInt64 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
