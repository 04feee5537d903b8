import Foundation

/// A year's notice of days off and working weekends, as an event carries it (放假安排).
package struct CalendarYear: Codable, Sendable, Hashable {
    /// A day that differs from its week.
    package struct Day: Codable, Sendable, Hashable {
        /// The holiday that it belongs to.
        package var name: String
        /// Which day, ISO 8601.
        package var date: String
        /// Whether nobody works; else everybody does, though it is a weekend.
        package var isOffDay: Bool

        /// Creates a day.
        package init(name: String, date: String, isOffDay: Bool) {
            (self.name, self.date, self.isOffDay) = (name, date, isOffDay)
        }
    }

    /// Of which year.
    package var year: Int
    /// Where it was announced.
    package var papers: [String]
    /// In the order of their dates.
    package var days: [Day]

    /// Creates a year.
    package init(year: Int, papers: [String], days: [Day]) {
        (self.year, self.papers, self.days) = (year, papers, days)
    }
}

/// The calendar of days off has a new edition (工作日历): the whole of it, so that whoever keeps a copy needs no other.
package struct CalendarPublished: Event {
    package static let name: EventName = "calendar.published"
    package static let owner = ServiceName.reminders
    package static let summary =
        "The whole calendar of days off and working weekends, in a new edition. Owners of running clocks recompute them."

    /// Which edition; the one that ships is 1.
    package var edition: Int
    /// Every year for which there is a notice.
    package var years: [CalendarYear]
    /// When.
    package var publishedAt: Timestamp

    /// Creates the event.
    package init(edition: Int, years: [CalendarYear], publishedAt: Timestamp) {
        (self.edition, self.years, self.publishedAt) = (edition, years, publishedAt)
    }

    /// What the calendar is called where an event says what it is about: there is one.
    package static let aggregate = SuggestionID(
        rawValue: UUID(uuid: (0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 2))
    )
}
