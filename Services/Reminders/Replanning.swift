import Bootstrap
import Calendar
import Logging
import Messaging
import PostgreSQL

/// Places the stages that lie ahead anew when the calendar has a new edition: a stage three working days before an end that has
/// not moved may lie on another day.
struct Replanning: Sendable {
    /// Between two looks.
    private static let pause: Duration = .seconds(5)
    /// Until every replica has read an edition, so that none places a stage by the one before afterwards: twice the pause.
    private static let settling: Duration = .seconds(10)

    let database: Database
    let calendar: KnownCalendar
    let logger: Logger

    /// Follows the calendar, and looks, until cancelled.
    func run() async {
        var known: (edition: Int, since: ContinuousClock.Instant) = (0, .now)
        while !Task.isCancelled {
            do {
                try await calendar.refresh(from: database)
                let edition = calendar.current.version
                if known.edition != edition { known = (edition, .now) }
                if .now - known.since >= Self.settling, try await place(by: edition) {
                    logger.notice("stages placed anew", metadata: ["calendar": "\(edition)"])
                }
            } catch  where !Task.isCancelled {
                logger.error("stages cannot be placed", metadata: ["error": "\(JSONLogHandler.text(of: error))"])
            } catch {
                return
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Has the sweep look at every clock whose stages were placed by an older edition; one replica does.
    ///
    /// The sweep finds nothing reached, and notes when each is to be looked at next.
    ///
    /// - Returns: whether it was this one.
    /// - Throws: `DatabaseError`.
    func place(by edition: Int) async throws -> Bool {
        try await database.transaction { transaction in
            let mine = try await transaction.query(
                "UPDATE planning SET edition = \(edition) WHERE edition < \(edition) RETURNING edition"
            )
            guard !mine.isEmpty else { return false }
            transaction.enqueue("UPDATE clocks SET next_at = now() WHERE next_at > now()")
            return true
        }
    }
}
