/// How much may come through an entrance, from an address and by an account before it is held back or put off.
///
/// Buckets that fill evenly over an hour, each as large as an hour's measure: what comes at once within it flows at once, as when
/// a whole hall scans one code. A value that is told the time; nothing of it is stored, and each replica has its own.
struct Allowance: Sendable {
    /// How many in an hour.
    struct Measures: Sendable, Hashable {
        /// Through one entrance from one address.
        ///
        /// A carrier's network shows hundreds of telephones under one address: a meeting of two hundred at a station flows.
        var pair = 200
        /// From one address through all entrances: a whole community behind one address.
        var address = 1_000
        /// Through one entrance from everywhere: a code that has gone round the city.
        var entrance = 3_000
        /// By one account: a person who types in a box of letters, or a machine.
        var account = 600
        /// Files from one address.
        var uploads = 300
        /// Receipts from one address that are none: people mistype, and a carrier's address is that of hundreds.
        var guesses = 300
    }

    /// What is to become of something handed in.
    enum Verdict: Sendable, Hashable {
        /// It goes on.
        case flow
        /// It is taken, gets its receipt, and is held back.
        case hold(Reason)
    }

    /// Which measure is full; what is held back for one reason belongs together.
    enum Reason: String, Sendable, Hashable {
        case pair, address, entrance, account
    }

    private enum Key: Hashable {
        case pair(String, [UInt8])
        case address([UInt8])
        case entrance(String)
        case account(String)
        case uploads([UInt8])
        case guesses([UInt8])
    }

    private struct Bucket {
        var level: Double
        var at: ContinuousClock.Instant
    }

    /// Buckets that are looked after at most: some 10 MB.
    ///
    /// Beyond it the full ones go, which say nothing; then all of them.
    private static let capacity = 100_000

    private let measures: Measures
    private var buckets: [Key: Bucket] = [:]

    init(_ measures: Measures = Measures()) { self.measures = measures }

    /// Judges something handed in without an account.
    ///
    /// What is held back takes nothing from the wider measures: a flood from one address uses up its own, and not what others
    /// have through the same code.
    ///
    /// - Parameter source: what one subscriber has; empty when it is not known.
    mutating func admit(entrance: String, source: [UInt8], at now: ContinuousClock.Instant) -> Verdict {
        let wanted: [(key: Key, measure: Int, reason: Reason)] = [
            (.pair(entrance, source), measures.pair, .pair), (.address(source), measures.address, .address),
            (.entrance(entrance), measures.entrance, .entrance),
        ]
        for (key, measure, reason) in wanted where wait(for: key, measure, at: now) != nil { return .hold(reason) }
        for (key, measure, _) in wanted { take(key, measure, at: now) }
        return .flow
    }

    /// Judges something done by an account.
    ///
    /// - Returns: how long until its next; nil when it may now.
    mutating func admit(account: String, at now: ContinuousClock.Instant) -> Duration? {
        admit(.account(account), measures.account, at: now)
    }

    /// Judges a file that is to be sent.
    ///
    /// - Returns: how long until the next; nil when it may be sent now.
    mutating func admit(uploadFrom source: [UInt8], at now: ContinuousClock.Instant) -> Duration? {
        admit(.uploads(source), measures.uploads, at: now)
    }

    /// Judges a receipt that is shown, which may be a guess.
    ///
    /// - Returns: how long until the next; nil when it may be looked at now.
    mutating func admit(guessFrom source: [UInt8], at now: ContinuousClock.Instant) -> Duration? {
        admit(.guesses(source), measures.guesses, at: now)
    }

    /// It was none: a receipt that is good takes nothing.
    mutating func giveBack(guessFrom source: [UInt8], at now: ContinuousClock.Instant) {
        let level = level(.guesses(source), measures.guesses, at: now) + 1
        // A full bucket says nothing.
        buckets[.guesses(source)] = level < Double(measures.guesses) ? Bucket(level: level, at: now) : nil
    }

    /// How many buckets there are.
    var size: Int { buckets.count }

    private mutating func admit(_ key: Key, _ measure: Int, at now: ContinuousClock.Instant) -> Duration? {
        if let wait = wait(for: key, measure, at: now) { return wait }
        take(key, measure, at: now)
        return nil
    }

    private func level(_ key: Key, _ measure: Int, at now: ContinuousClock.Instant) -> Double {
        guard let bucket = buckets[key] else { return Double(measure) }
        let hours = max(0, (now - bucket.at) / .seconds(3_600))
        return min(Double(measure), bucket.level + hours * Double(measure))
    }

    private func wait(for key: Key, _ measure: Int, at now: ContinuousClock.Instant) -> Duration? {
        let level = level(key, measure, at: now)
        guard level < 1 else { return nil }
        // A measure of nothing is never filled: an hour is as good an answer as any.
        return measure == 0 ? .seconds(3_600) : .seconds(3_600 * (1 - level) / Double(measure))
    }

    private mutating func take(_ key: Key, _ measure: Int, at now: ContinuousClock.Instant) {
        let level = level(key, measure, at: now) - 1
        if buckets[key] == nil, buckets.count >= Self.capacity { makeRoom(at: now) }
        buckets[key] = Bucket(level: level, at: now)
    }

    /// An hour after its last use every bucket is full again.
    private mutating func makeRoom(at now: ContinuousClock.Instant) {
        buckets = buckets.filter { now - $0.value.at < .seconds(3_600) }
        if buckets.count >= Self.capacity / 2 { buckets = [:] }
    }
}
