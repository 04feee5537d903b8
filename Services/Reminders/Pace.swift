import Contracts

/// How many notices a department is sent one by one; what comes beyond is collected into a digest (汇总).
///
/// After a downtime, a move of many ends or an import, hundreds of stages are reached at once. Nobody reads hundreds of
/// messages; one list they do. That is said of what the department is sent: the event of each is told, and others get theirs.
struct Pace: Sendable, Hashable {
    /// One by one within a window: more than a department's clerk answers in an hour.
    static let limit = 20
    /// The window, and how long a digest collects.
    static let window: Duration = .seconds(3_600)

    /// When the window began.
    private(set) var since: Timestamp
    /// Sent one by one since.
    private(set) var told: Int

    /// Creates a pace as it was stored.
    init(since: Timestamp, told: Int) { (self.since, self.told) = (since, told) }

    /// Whether another notice is sent by itself; counts it when it is.
    mutating func admits(at now: Timestamp) -> Bool {
        if now - since >= Self.window { (since, told) = (now, 0) }
        guard told < Self.limit else { return false }
        told += 1
        return true
    }
}
