import Bootstrap
import Calendar
import Contracts
import Messaging
import PostgreSQL

/// Takes notices of days off into the calendar that every service copies.
enum CalendarDesk {
    /// What a notice changes.
    struct Change: Sendable, Hashable {
        /// Of which year it is.
        let year: Int
        /// The edition before.
        let before: Int
        /// The edition after; the same when nothing changes.
        let after: Int
        /// The days that stand otherwise than before.
        let days: [CivilDate]

        /// For operators.
        var lines: [String] {
            guard before != after else { return ["\(year): nothing changes, edition \(before)"] }
            return ["\(year): edition \(before) → \(after), \(days.count) days stand otherwise than before"]
                + days.map(\.description)
        }
    }

    /// As acts name who changes the calendar from the command line.
    private static let actor = "operator:command-line"

    /// Takes a notice; nobody else changes the calendar meanwhile.
    ///
    /// - Throws: `DatabaseError`, `EncodingError`.
    static func take(_ notice: HolidayNotice, isDry: Bool, in transaction: EventTransaction) async throws -> Change {
        // One at a time: editions are numbered without gaps.
        transaction.enqueue("LOCK TABLE known_calendars IN SHARE ROW EXCLUSIVE MODE")
        let calendar = try await KnownCalendar.newest(in: transaction) ?? .china
        guard calendar.notices[notice.year] != notice else {
            return Change(year: notice.year, before: calendar.version, after: calendar.version, days: [])
        }
        let next = calendar.succeeded(by: notice)
        let named = Set((calendar.notices[notice.year]?.days ?? []).map(\.date) + notice.days.map(\.date))
        let change = Change(
            year: notice.year,
            before: calendar.version,
            after: next.version,
            days: named.filter { calendar.standing(of: $0) != next.standing(of: $0) }.sorted()
        )
        guard !isDry else { return change }
        let published = next.published(at: .now)
        try KnownCalendar.keep(published, in: transaction)
        try transaction.publish(
            published,
            about: CalendarPublished.aggregate,
            // The one that ships was never told: the second edition is the first event.
            version: next.version - 1,
            act: Act(actor: actor, authority: "calendar.import")
        )
        return change
    }
}
