/// What of a matter's words is stored so that words like them are found among a million: a few numbers (MinHash).
///
/// The least value that a hash function has over the trigrams of a text is the same for two texts as often as their trigrams are
/// (Broder 1997): of 64 such values, three make a band. Who shares a band may be alike; of all 64 a bit each is kept, and the bits
/// that differ say roughly how much. Which text is found for certain is decided by the words themselves.
///
/// Every number here is stored, and compared with what other versions have stored: nothing may change without a migration that
/// removes all fingerprints. A test holds them fast.
struct Fingerprint: Sendable, Hashable {
    /// Values of a band: more of them, and less is found that is not alike.
    static let rows = 3
    /// Bands: more of them, and less is missed.
    ///
    /// A text that shares the part s of its trigrams is found with the probability 1 − (1 − s³)⁷: 0.95 at 0.7, 0.99 at 0.8.
    static let bands = 7
    /// Values in all, a bit each in the sketch.
    private static let values = 64

    /// A number for each band, of 32 bits.
    let bands: [UInt32]
    /// A bit of each value: of two texts that are strangers 32 differ, of others 32 × (1 − similarity), give or take four.
    let sketch: UInt64

    /// - Returns: nil for words without three characters that stand together.
    init?(of characters: [UInt32]) {
        let trigrams = FoldedText.trigrams(of: characters).map(Self.mixed)
        guard !trigrams.isEmpty else { return nil }
        let least = Self.factors.map { factor in
            trigrams.reduce(UInt32.max) { min($0, UInt32(truncatingIfNeeded: ($1 &* factor) >> 32)) }
        }
        bands = (0..<Self.bands).map { band in
            let members = least[band * Self.rows..<(band + 1) * Self.rows]
            return UInt32(members.reduce(UInt64(band)) { Self.mixed($0 ^ UInt64($1)) } >> 32)
        }
        sketch = least.enumerated().reduce(0) { $0 | UInt64($1.element & 1) << UInt64($1.offset) }
    }

    /// Odd numbers, one for each hash function.
    private static let factors: [UInt64] = (1...UInt64(values)).map { mixed($0 &* 0x9E37_79B9_7F4A_7C15) | 1 }

    /// Spreads a number over all 64 bits, without losing any (the end of SplitMix64; Steele, Lea, Flood 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
