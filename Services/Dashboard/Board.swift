import Contracts
import Logging
import Messaging
import PostgreSQL
import Rules
import Synchronization

/// Holds the present screen and renews it when the figures have moved; polls read it without waiting for anything.
final class Board: Sendable {
    /// What a poll sees.
    struct View: Sendable {
        let screen: Screen
        /// The last moment up to which everything that this service was told is in the figures.
        ///
        /// What is being handled at a moment counts as told after it; that is done within the second.
        let currentAt: Timestamp

        /// How long ago that was.
        func lag(at now: Timestamp) -> Duration { max(.zero, now - currentAt) }
    }

    private let database: Database
    private let rates: [RateRule]
    private let pause: Duration
    private let hearing: @Sendable () async -> Consumption.Hearing
    private let logger: Logger
    private let present = Mutex<View?>(nil)

    /// Creates a board.
    ///
    /// - Parameters:
    ///   - rates: what the rule pack divides by what.
    ///   - pause: between two looks at the figures' version; one row is read each time.
    ///   - hearing: how well the service hears what the owners tell.
    init(
        database: Database,
        rates: [RateRule],
        pause: Duration,
        hearing: @escaping @Sendable () async -> Consumption.Hearing,
        logger: Logger
    ) {
        (self.database, self.rates, self.pause, self.hearing, self.logger) = (database, rates, pause, hearing, logger)
    }

    /// The present screen; nil before the first look.
    var view: View? { present.withLock { $0 } }

    /// Renews the screen until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await renew()
            } catch {
                // The last screen stays, and its age is in every answer.
                logger.warning("figures not read", metadata: ["error": "\(error)"])
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
        }
    }

    /// Looks once.
    func renew() async throws {
        // In this order: what was heard by then is in the figures that are read afterwards.
        let (now, heard) = (Timestamp.now, await hearing())
        let old = view
        let screen: Screen
        if let known = old?.screen, try await DashboardStore.position(in: database).version == known.version {
            screen = known
        } else {
            let figures = try await DashboardStore.figures(in: database)
            screen = try Screen(
                version: figures.version,
                asOf: figures.asOf,
                counters: figures.counters,
                rates: rates
            )
        }
        let currentAt =
            switch heard {
            case .everything: now
            // The queue is worked off in its order: what was told before the newest event in the figures is in them.
            case .part: max(old?.currentAt ?? screen.asOf, screen.asOf)
            case .nothing: old?.currentAt ?? screen.asOf
            }
        present.withLock { $0 = View(screen: screen, currentAt: currentAt) }
    }
}
