import Logging
import PostgreSQL
import Synchronization
import Threads

/// The waits of one batch while nothing can be committed.
struct Outage {
    /// The pauses while the database or the broker is away: doubled from the first to the second.
    private static let (firstPause, longestPause): (Duration, Duration) = (.milliseconds(100), .seconds(5))

    /// Why the broker is not trusted to take messages yet.
    struct Unfit: Error {
        let reason: String
    }

    private var pause = Self.firstPause
    private var began: MonotonicTime?

    /// Waits; false when it has lasted so long that the deliveries are better given back.
    mutating func wait(for error: any Error, limit: Duration?, _ logger: Logger) async -> Bool {
        if began == nil {
            began = .now
            logger.warning("consumer waits", metadata: ["error": "\(Self.words(of: error))"])
        }
        if let began, let limit, MonotonicTime.now - began > limit { return false }
        try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
        pause = min(pause * 2, Self.longestPause)
        return true
    }

    /// What may be logged of an error.
    private static func words(of error: any Error) -> String {
        switch error {
        case let error as DatabaseError: error.description
        case let error as Unfit: error.reason
        default: ""
        }
    }
}

/// How many lanes of a consumer have a batch in hand, and how often their deliveries were given back.
final class LanesAtWork: Sendable {
    private let count = Mutex(0)
    private let pauses = Mutex(0)

    var areAny: Bool { count.withLock { $0 > 0 } }
    func begin() { count.withLock { $0 += 1 } }
    func end() { count.withLock { $0 -= 1 } }

    /// How often this process has given back all that it had: each time costs a message a delivery, and says nothing about it.
    var timesGivenBack: Int { pauses.withLock { $0 } }
    func gaveBack() { pauses.withLock { $0 += 1 } }
}
