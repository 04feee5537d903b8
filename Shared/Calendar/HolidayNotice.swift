package import Foundation

/// A year's days off and working weekends as the State Council's office announces them (国务院办公厅放假安排通知).
///
/// Read from the JSON that offices pass around (holiday-cn): `year`, `papers` with the notice's address, `days` with `name`, `date`,
/// `isOffDay`. Days that differ from their week are named; others may be, as 3 February 2020 was, a Monday on which work began again.
package struct HolidayNotice: Hashable, Sendable, Codable {
    /// A day that differs from its week.
    package struct Day: Hashable, Sendable {
        /// The holiday that it belongs to.
        package let name: String
        /// Which day.
        package let date: CivilDate
        /// Whether nobody works; else everybody does, though it may be a weekend.
        package let isOffDay: Bool

        /// Creates a day.
        package init(name: String, date: CivilDate, isOffDay: Bool) {
            (self.name, self.date, self.isOffDay) = (name, date, isOffDay)
        }
    }

    /// What is wrong with a notice, all of it.
    package struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each, naming the path.
        package let lines: [String]
        /// The lines.
        package var description: String { lines.joined(separator: "; ") }
    }

    /// Of which year.
    package let year: Int
    /// Where it was announced.
    package let papers: [String]
    /// In the order of their dates.
    package let days: [Day]

    /// The most days that a notice names; the longest so far names 40.
    private static let dayLimit = 120
    /// The longest name of a holiday.
    private static let nameLimit = 32

    /// Creates a notice and checks it.
    ///
    /// - Throws: ``Faults``.
    package init(year: Int, papers: [String], days: [Day]) throws(Faults) {
        var faults: [String] = []
        if !(1990...2200).contains(year) { faults.append("/year: must lie between 1990 and 2200") }
        if papers.isEmpty { faults.append("/papers: names no notice, so this year is not published yet") }
        if !(1...Self.dayLimit).contains(days.count) { faults.append("/days: must be 1 to \(Self.dayLimit) days") }
        var first: [CivilDate: Day] = [:]
        for (index, day) in days.enumerated() {
            // New Year's days off may begin in December.
            if day.date.year != year, !(day.date.year == year - 1 && day.date.month == 12) {
                faults.append("/days/\(index)/date: \(day.date) is not of \(year)")
            }
            // Two holidays may meet, and each name the day on which they do.
            if let other = first[day.date], other.isOffDay != day.isOffDay {
                faults.append(
                    "/days/\(index)/isOffDay: \(day.date) stands there twice, as a day off and as a working day"
                )
            }
            first[day.date] = first[day.date] ?? day
            if !(1...Self.nameLimit).contains(day.name.count) {
                faults.append("/days/\(index)/name: must have 1 to \(Self.nameLimit) characters")
            }
        }
        guard faults.isEmpty else { throw Faults(lines: faults) }
        (self.year, self.papers) = (year, papers)
        self.days = first.values.sorted { $0.date < $1.date }
    }

    /// Reads the JSON.
    ///
    /// - Throws: `DecodingError`, ``Faults``.
    package init(json: Data) throws { self = try JSONDecoder().decode(Self.self, from: json) }

    private enum Key: String, CodingKey { case year, papers, days }

    /// Reads and checks it.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try self.init(
            year: container.decode(Int.self, forKey: .year),
            papers: container.decodeIfPresent([String].self, forKey: .papers) ?? [],
            days: container.decode([Day].self, forKey: .days)
        )
    }
}

extension HolidayNotice.Day: Codable {
    private enum Key: String, CodingKey { case name, date, isOffDay }

    /// Reads a day; its date is ISO 8601.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let text = try container.decode(String.self, forKey: .date)
        guard let date = CivilDate(iso: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .date,
                in: container,
                debugDescription: "not a date such as 2026-02-14"
            )
        }
        self.init(
            name: try container.decode(String.self, forKey: .name),
            date: date,
            isOffDay: try container.decode(Bool.self, forKey: .isOffDay)
        )
    }

    /// Writes the day.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(date.description, forKey: .date)
        try container.encode(isOffDay, forKey: .isOffDay)
    }
}
