import Contracts

/// Which key signs at a moment, and which are good: keys change without a moment in which a token is refused.
///
/// A new key is told before it signs; an old one is told until the last token it signed has ended.
struct KeySchedule: Sendable {
    /// A key without what it signs with.
    struct Key: Sendable, Hashable {
        let id: String
        /// The public key.
        let x: String
        /// From when on it signs.
        let signsFrom: Timestamp
        /// Since when it is no longer good, whatever it has signed.
        let revokedAt: Timestamp?
    }

    /// Between the telling of a key and its first signature: services read their copies anew every few seconds, and may be
    /// behind by a restart.
    static let notice: Duration = .seconds(60)

    /// Oldest first.
    private let keys: [Key]
    private let lifetime: Duration

    /// Plans with these keys.
    ///
    /// - Parameter lifetime: how long a token is good.
    init(_ keys: [Key], lifetime: Duration) {
        self.keys = keys.filter { $0.revokedAt == nil }.sorted { ($0.signsFrom, $0.id) < ($1.signsFrom, $1.id) }
        self.lifetime = lifetime
    }

    /// The key that signs; nil when there is none yet.
    func signing(at now: Timestamp) -> Key? { keys.last { $0.signsFrom <= now } }

    /// The keys that are good: those that sign, will sign, or have signed tokens that still may be in use.
    func good(at now: Timestamp) -> [Key] {
        keys.enumerated().filter { index, _ in
            guard index + 1 < keys.count else { return true }
            // Another minute, because clocks differ.
            return keys[index + 1].signsFrom + lifetime + .seconds(60) > now
        }.map(\.element)
    }

    /// When a key that is made now may begin to sign: at once when nothing else could.
    func beginning(at now: Timestamp) -> Timestamp { signing(at: now) == nil ? now : now + Self.notice }
}
