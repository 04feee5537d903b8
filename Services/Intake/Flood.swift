import Contracts
import Crypto
import Foundation

/// Identifies what is held back together: the same reason, entrance and address within an hour (一批待核查件).
struct FloodID: Identifier {
    let rawValue: UUID
    init(rawValue: UUID) { self.rawValue = rawValue }
}

/// Names floods: an address goes into the name and cannot be got out of it again, and the same address has another name in the
/// next hour.
struct FloodNames: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: 32 random bytes, the same in every replica.
    init(secret: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret),
            info: Array("ebinda flood".utf8),
            outputByteCount: 32
        )
    }

    /// The flood that something belongs to.
    ///
    /// - Parameters:
    ///   - entrance: the code or the station that it came through.
    ///   - source: the subscriber, or the account; nothing of it where everybody through an entrance belongs together.
    func flood(
        _ reason: Allowance.Reason,
        station: StationCode,
        entrance: String,
        source: [UInt8],
        at moment: Timestamp
    ) -> FloodID {
        let hour = moment.microseconds / 3_600_000_000
        // The parts cannot run into each other: codes have no line feed.
        let text = [reason.rawValue, station.rawValue, reason == .address ? "" : entrance, String(hour)].joined(
            separator: "\n"
        )
        let bytes = Array(text.utf8) + [UInt8(ascii: "\n")] + (reason == .entrance ? [] : source)
        var code = Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(16))
        // Version 8, variant 10 (RFC 9562 §5.8): a UUID of our own making.
        (code[6], code[8]) = (code[6] & 0x0f | 0x80, code[8] & 0x3f | 0x80)
        let words = (0..<2).map { half in code[half * 8..<half * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return FloodID(rawValue: UUID(words: (words[0], words[1])))
    }
}
