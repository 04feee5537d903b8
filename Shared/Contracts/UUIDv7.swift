package import Foundation
import Synchronization

/// Makes version 7 UUIDs (RFC 9562 §5.7): made by the writer before the commit, never from a sequence.
///
/// Time-ordered, so that they fill an index from one side. A sequence-made id could be given out twice after a failover
/// that lost the newest commits, and an inbox would then swallow a different event under an old id.
package enum UUIDv7 {
    /// A new id for the present millisecond.
    package static func make() -> UUID {
        let milliseconds = UInt64(Timestamp.now.microseconds / 1_000)
        let (first, second) = entropy.withLock { ($0.next(), $0.next()) }
        return UUID(
            uuid: (
                UInt8(truncatingIfNeeded: milliseconds >> 40), UInt8(truncatingIfNeeded: milliseconds >> 32),
                UInt8(truncatingIfNeeded: milliseconds >> 24), UInt8(truncatingIfNeeded: milliseconds >> 16),
                UInt8(truncatingIfNeeded: milliseconds >> 8), UInt8(truncatingIfNeeded: milliseconds),
                0x70 | UInt8(truncatingIfNeeded: first >> 8) & 0x0F, UInt8(truncatingIfNeeded: first),
                0x80 | UInt8(truncatingIfNeeded: second >> 56) & 0x3F, UInt8(truncatingIfNeeded: second >> 48),
                UInt8(truncatingIfNeeded: second >> 40), UInt8(truncatingIfNeeded: second >> 32),
                UInt8(truncatingIfNeeded: second >> 24), UInt8(truncatingIfNeeded: second >> 16),
                UInt8(truncatingIfNeeded: second >> 8), UInt8(truncatingIfNeeded: second)
            )
        )
    }

    /// The least id of a moment: a lower bound for every id made at it or later.
    package static func lowerBound(at moment: Timestamp) -> UUID {
        let milliseconds = UInt64(max(0, moment.microseconds / 1_000))
        return UUID(
            uuid: (
                UInt8(truncatingIfNeeded: milliseconds >> 40), UInt8(truncatingIfNeeded: milliseconds >> 32),
                UInt8(truncatingIfNeeded: milliseconds >> 24), UInt8(truncatingIfNeeded: milliseconds >> 16),
                UInt8(truncatingIfNeeded: milliseconds >> 8), UInt8(truncatingIfNeeded: milliseconds),
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0
            )
        )
    }

    private static let entropy = Mutex(BufferedEntropy())
}

/// The kernel's randomness, fetched 512 words at a time: one call for 256 ids instead of two calls an id.
private struct BufferedEntropy {
    private var words: [UInt64] = []

    mutating func next() -> UInt64 {
        if words.isEmpty {
            words = [UInt64](repeating: 0, count: 512)
            words.withUnsafeMutableBytes { buffer in
                // getentropy(3) gives at most 256 bytes a call and fails only for more than that.
                for start in stride(from: 0, to: buffer.count, by: 256) {
                    let failed = getentropy(buffer.baseAddress.map { $0 + start }, 256)
                    precondition(failed == 0, "getentropy failed: errno \(errno)")
                }
            }
        }
        return words.removeLast()
    }
}
