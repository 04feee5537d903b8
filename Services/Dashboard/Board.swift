import Contracts
import Logging
import PostgreSQL
import Synchronization

/// Holds the present screen and renews it when the figures have moved; polls read it without waiting for anything.
final class Board: Sendable {
    /// What a poll sees.
    struct View: Sendable {
        let screen: Screen
        /// When the figures were last looked at and found to be these.
        let checkedAt: Timestamp
    }

    private let database: Database
    private let pause: Duration
    private let logger: Logger
    private let present = Mutex<View?>(nil)

    /// Creates a board.
    ///
    /// - Parameter pause: between two looks at the figures' version; one row is read each time.
    init(database: Database, pause: Duration, logger: Logger) {
        (self.database, self.pause, self.logger) = (database, pause, logger)
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
        let now = Timestamp.now
        if let screen = view?.screen, try await DashboardStore.position(in: database).version == screen.version {
            present.withLock { $0 = View(screen: screen, checkedAt: now) }
            return
        }
        let figures = try await DashboardStore.figures(in: database)
        let screen = try Screen(version: figures.version, asOf: figures.asOf, counters: figures.counters)
        present.withLock { $0 = View(screen: screen, checkedAt: now) }
    }
}
