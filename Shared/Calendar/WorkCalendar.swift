/// When people work: the windows of each weekday, the days off that a notice names, and the weekends on which they work for them.
///
/// A day off and a working weekend (调休) are known for years for which there is a notice; in others a weekday is taken for a working
/// day and what rests on it is provisional. A value: who needs another version makes another one.
package struct WorkCalendar: Hashable, Sendable {
    /// A stretch of work within a day (工作时段).
    package struct Window: Hashable, Sendable {
        /// Minutes since midnight.
        package let opens: Int
        /// Minutes since midnight; 1,440 is its end.
        package let closes: Int

        /// Creates a window; ``WorkCalendar/init(name:version:zone:week:shifted:)`` checks it.
        package init(opens: Int, closes: Int) { (self.opens, self.closes) = (opens, closes) }
    }

    /// How a day stands.
    package enum Standing: Hashable, Sendable {
        /// A working day like every week's.
        case working
        /// A working day because of a holiday, by its name (调休上班).
        case shifted(String)
        /// A day on which nobody works in any week (周末).
        case weekend
        /// A day off by its name (法定节假日).
        case holiday(String)

        /// Whether people work.
        package var isWorking: Bool {
            switch self {
            case .working, .shifted: true
            case .weekend, .holiday: false
            }
        }

        /// Whether a notice names it.
        var isNamed: Bool {
            switch self {
            case .shifted, .holiday: true
            case .working, .weekend: false
            }
        }
    }

    /// What is wrong with a calendar.
    package struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each.
        package let lines: [String]
        /// The lines.
        package var description: String { lines.joined(separator: "; ") }
    }

    /// As it is called: `cn`.
    package let name: String
    /// Which edition; a due date is stored with it.
    package internal(set) var version: Int
    /// Whose days they are.
    package let zone: FixedZone
    /// The windows of Monday to Sunday; none: nobody works.
    package let week: [[Window]]
    /// The windows of a working weekend.
    package let shifted: [Window]
    /// The notices by their years.
    package private(set) var notices: [Int: HolidayNotice] = [:]
    /// The days that differ from their week, and which years have a notice.
    private var exceptions = DayTable()
    /// Whether anybody works on Monday to Sunday.
    private let works: [Bool]

    /// A calendar without any notice.
    ///
    /// - Parameters:
    ///   - week: seven days' windows, in their order and apart; one day at least has some.
    ///   - shifted: those of a working weekend; the first working weekday's where none are named.
    /// - Throws: ``Faults``.
    package init(
        name: String,
        version: Int,
        zone: FixedZone = .china,
        week: [[Window]] = Self.officeWeek,
        shifted: [Window]? = nil
    ) throws(Faults) {
        let ordinary = week.first { !$0.isEmpty } ?? []
        (self.name, self.version, self.zone) = (name, version, zone)
        (self.week, self.shifted, works) = (week, shifted ?? ordinary, week.map { !$0.isEmpty })
        var faults: [String] = []
        if week.count != 7 { faults.append("a week has seven days, not \(week.count)") }
        if ordinary.isEmpty { faults.append("nobody works on any day") }
        if self.shifted.isEmpty { faults.append("a working weekend has no windows") }
        for (index, windows) in (week + [self.shifted]).enumerated() {
            let place = index < week.count ? "day \(index + 1)" : "a working weekend"
            for window in windows where window.opens < 0 || window.closes > 1_440 || window.opens >= window.closes {
                faults.append("\(place): \(window.opens) to \(window.closes) is no window")
            }
            if zip(windows, windows.dropFirst()).contains(where: { $0.closes > $1.opens }) {
                faults.append("\(place): windows overlap or are out of order")
            }
        }
        guard faults.isEmpty else { throw Faults(lines: faults) }
    }

    /// Monday to Friday, 8:30 to 12:00 and 14:00 to 17:30: an office's hours in Hangzhou (custom; no statute fixes them).
    package static let officeWeek: [[Window]] = {
        let day = [Window(opens: 8 * 60 + 30, closes: 12 * 60), Window(opens: 14 * 60, closes: 17 * 60 + 30)]
        return [day, day, day, day, day, [], []]
    }()

    /// The same calendar with a year's notice in place of the one it had of that year.
    package func adding(_ notice: HolidayNotice) -> Self {
        var calendar = self
        calendar.notices[notice.year] = notice
        // A notice may name days of December before it: all are laid down anew, the later notice's word last.
        calendar.exceptions = DayTable(calendar.notices.values.sorted { $0.year < $1.year })
        return calendar
    }

    /// How a day stands.
    package func standing(of day: CivilDate) -> Standing {
        exceptions[day] ?? (works[day.weekday - 1] ? .working : .weekend)
    }

    /// Where it was announced how a day stands; nil of one that no notice names.
    func papers(of day: CivilDate) -> String? {
        // New Year's days off may begin in December: the later notice has its word.
        let years = day.month == 12 ? [day.year + 1, day.year] : [day.year]
        let notice = years.lazy.compactMap { notices[$0] }.first { $0.days.contains { $0.date == day } }
        return notice?.papers.joined(separator: "、")
    }

    /// Whether it is known how a day stands: there is a notice for its year.
    package func isKnown(_ day: CivilDate) -> Bool { exceptions.isKnown(day) }

    /// The windows of a day, in their order; none when nobody works.
    package func windows(of day: CivilDate) -> [Window] { windows(of: day, standing: standing(of: day)) }

    /// The windows of a day as a rule counts them: its own on a working day where it has some, else the calendar's.
    package func windows(of day: CivilDate, under rule: CountingRule) -> [Window] {
        windows(of: day, standing: standing(of: day), under: rule)
    }

    /// The same of a day of which it is known how it stands.
    func windows(of day: CivilDate, standing: Standing, under rule: CountingRule) -> [Window] {
        guard let hours = rule.hours else { return windows(of: day, standing: standing) }
        return standing.isWorking ? hours : []
    }

    /// The windows of a day of which it is known how it stands.
    func windows(of day: CivilDate, standing: Standing) -> [Window] {
        guard standing.isWorking else { return [] }
        let ordinary = week[day.weekday - 1]
        return ordinary.isEmpty ? shifted : ordinary
    }

    /// The first working day from a day on, that day included.
    package func firstWorkingDay(from day: CivilDate) -> CivilDate {
        var day = day
        // A week has a working day and the days off that notices name are finite.
        while !standing(of: day).isWorking { day = day.adding(days: 1) }
        return day
    }
}
