import Bootstrap
import Calendar
import Contracts
import Foundation
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

    /// Matters in a transaction: as many as their events wait for without anybody noticing.
    static let limit = 500

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

    /// Has the sweep look at every clock whose stages were placed by an older edition, some matters after the others.
    ///
    /// The sweep finds nothing reached, and notes when each is to be looked at next. Whoever is cut off goes on where it was, and so
    /// does another replica.
    ///
    /// - Returns: whether this one has come to the end.
    /// - Throws: `DatabaseError`.
    func place(by edition: Int) async throws -> Bool {
        while !Task.isCancelled {
            switch try await step(by: edition) {
            case .further: continue
            case .done: return true
            case .nothing: return false
            }
        }
        return false
    }

    /// How a step has ended.
    enum Step: Sendable, Hashable {
        /// There are more matters.
        case further
        /// These were the last.
        case done
        /// There was nothing to do, or another replica is at it.
        case nothing
    }

    /// Looks at some matters in a transaction of its own; the events about all others go on.
    func step(by edition: Int, limit: Int = Self.limit) async throws -> Step {
        try await database.transaction { transaction in
            // One replica at a time; the others find the row locked, and look again later.
            let rows = try await transaction.query(
                "SELECT target, after FROM planning WHERE edition < \(edition) FOR UPDATE SKIP LOCKED"
            )
            guard let row = rows.first else { return .nothing }
            // By another edition meanwhile: from the beginning.
            let isSame = try row["target", as: Int?.self] == edition
            let start = isSame ? try row["after", as: UUID?.self] : nil
            // In the order and under the locks of whoever changes clocks.
            let ids = try await transaction.query(
                "SELECT id FROM suggestions WHERE id > \(start ?? .least) ORDER BY id LIMIT \(limit) FOR UPDATE"
            ).map { try $0["id", as: UUID.self] }
            transaction.enqueue(
                "UPDATE clocks SET next_at = now() WHERE suggestion = ANY(\(ids)) AND next_at > now()"
            )
            guard ids.count == limit, let last = ids.last else {
                transaction.enqueue("UPDATE planning SET edition = \(edition), target = NULL, after = NULL")
                return .done
            }
            transaction.enqueue("UPDATE planning SET target = \(edition), after = \(last)")
            return .further
        }
    }
}
