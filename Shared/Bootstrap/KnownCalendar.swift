package import Calendar
package import Contracts
package import Logging
package import Messaging
package import PostgreSQL
import Synchronization

/// A service's own copy of the calendar of days off; the one that ships until another is told.
package final class KnownCalendar: Sendable {
    private let calendar = Mutex(WorkCalendar.china)

    /// Knows the one that ships.
    package init() {}

    /// The newest edition that was read.
    package var current: WorkCalendar { calendar.withLock { $0 } }

    /// Reads the copy in a service's schema when that is newer than the one in memory.
    ///
    /// - Throws: `DatabaseError`; `DecodingError` or `HolidayNotice.Faults` when the copy is not what was stored.
    package func refresh(from database: Database) async throws {
        let known = current.version
        guard let newer = try await database.transaction({ try await Self.newest(in: $0, after: known) }) else {
            return
        }
        calendar.withLock { if $0.version < newer.version { $0 = newer } }
    }

    /// Between two looks: a notice names days months ahead.
    private static let pause: Duration = .seconds(5)

    /// Reads the copy in a service's schema again and again until cancelled.
    package func follow(_ database: Database, logger: Logger) async {
        while !Task.isCancelled {
            do {
                try await refresh(from: database)
            } catch {
                // A database that is away says so at many places; a copy that cannot be read only here.
                if !(error is DatabaseError) {
                    logger.error("calendar cannot be read", metadata: ["error": "\(type(of: error))"])
                }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// The copy in a service's schema; nil when there is none, or none newer than an edition.
    ///
    /// - Throws: as ``refresh(from:)``.
    package static func newest(in transaction: Transaction, after edition: Int = 0) async throws -> WorkCalendar? {
        let rows = try await transaction.query(
            "SELECT document FROM known_calendars WHERE name = \(name) AND edition > \(edition)"
        )
        return try rows.first.map { row in
            let document = Array(try row["document", as: String.self].utf8)
            return try WorkCalendar(EventCoding.decode(CalendarPublished.self, from: document))
        }
    }

    /// Puts an edition in the place of the one that was known, unless that is newer: a service may hear them in any order.
    ///
    /// - Throws: `EncodingError`.
    package static func keep(_ published: CalendarPublished, in transaction: Transaction) throws {
        let document = JSONText(String(decoding: try EventCoding.encode(published), as: UTF8.self))
        transaction.enqueue(
            """
            INSERT INTO known_calendars (name, edition, document)
            VALUES (\(name), \(published.edition), \(document))
            ON CONFLICT (name) DO UPDATE SET edition = excluded.edition, document = excluded.document
            WHERE known_calendars.edition < excluded.edition
            """
        )
    }

    private static let name = WorkCalendar.china.name
}

/// Keeps the calendar that Reminders tells, for ``KnownCalendar``.
///
/// Tells nothing. An older edition that arrives late replaces nothing.
package struct KeepCalendar: Handler {
    /// Creates the handler.
    package init() {}

    /// Keeps the newest edition.
    package func handle(_ events: [Received<CalendarPublished>], in transaction: EventTransaction) async throws {
        // There is one calendar, so that a batch brings one event of it at a time.
        for event in events { try KnownCalendar.keep(event.body, in: transaction) }
    }
}
