import Threads

/// The routing keys whose messages the broker has lately refused, and when each is tried again.
///
/// Thousands of messages held for one full queue would otherwise be tried one by one, each at its own time, between everybody
/// else's: a claim of them at a time is enough to learn that there is room again.
struct RefusedKeys: Sendable {
    private struct Entry {
        var count: Int
        var until: MonotonicTime
    }

    /// Pauses double from a second to this many doublings: as long as a single message's longest pause.
    private static let mostDoublings = 6
    private var entries: [String: Entry] = [:]

    /// The keys that are not to be tried at `now`.
    func closed(at now: MonotonicTime) -> [String] {
        entries.filter { $0.value.until > now }.map(\.key).sorted()
    }

    /// Notes what became of messages that were tried.
    mutating func note(confirmed: Set<String>, refused: Set<String>, at now: MonotonicTime) {
        for key in refused {
            let count = (entries[key]?.count ?? 0) + 1
            let pause = Duration.seconds(min(60, 1 << min(count - 1, Self.mostDoublings)))
            entries[key] = Entry(count: count, until: now + pause)
        }
        // One that was taken beside others that were not says that there is room for some: the pause begins anew.
        for key in confirmed {
            if refused.contains(key) { entries[key]?.count = 1 } else { entries[key] = nil }
        }
    }
}
