/// Whether what was told in time has been heard: only then may a period be judged.
///
/// A reply that was issued in time may lie in the work queue for as long as this service was away. While anything waits there,
/// no end of a period is told; reminders are.
struct Hearing: Sendable {
    /// How long the queue must have been empty: what replicas have taken out of it is handled within a second or two.
    static let quiet: Duration = .seconds(5)

    private let quiet: Duration
    private let backlog: @Sendable () async throws -> Int
    private var emptySince: ContinuousClock.Instant?

    /// Creates the watch over a queue.
    ///
    /// - Parameter backlog: the number of messages that wait in it; throws when nobody can tell.
    init(quiet: Duration = Self.quiet, backlog: @escaping @Sendable () async throws -> Int) {
        (self.quiet, self.backlog) = (quiet, backlog)
    }

    /// Asks; yes when nothing has waited at any time asked since `quiet` ago.
    mutating func isComplete() async -> Bool {
        let now = ContinuousClock.now
        guard let waiting = try? await backlog(), waiting == 0 else {
            emptySince = nil
            return false
        }
        let since = emptySince ?? now
        emptySince = since
        return now - since >= quiet
    }

    /// Begins anew: a silence that nobody has listened to proves nothing.
    mutating func forget() { emptySince = nil }
}
