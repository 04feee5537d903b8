/// What notices say of days, laid out so that a count that goes from day to day finds each by its place.
struct DayTable: Hashable, Sendable {
    /// The day that ``days`` begins with.
    private var first: Int64 = 0
    /// Nil for a day like every week's.
    private var days: [WorkCalendar.Standing?] = []
    /// Years with a notice; those that follow each other are one range.
    private var known: [Range<Int64>] = []

    /// A table without any notice.
    init() {}

    /// Lays notices down in their order: the last that names a day has its word.
    init(_ notices: [HolidayNotice]) {
        let named = notices.flatMap(\.days)
        guard let first = named.map(\.date.number).min(), let last = named.map(\.date.number).max() else {
            known = Self.years(notices)
            return
        }
        self.first = first
        days = Array(repeating: nil, count: Int(last - first) + 1)
        for day in named {
            // A weekday on which work begins again (3 February 2020) is a working day like others.
            let working: WorkCalendar.Standing = day.date.weekday > 5 ? .shifted(day.name) : .working
            days[Int(day.date.number - first)] = day.isOffDay ? .holiday(day.name) : working
        }
        known = Self.years(notices)
    }

    /// How a day stands by a notice; nil when none names it.
    subscript(day: CivilDate) -> WorkCalendar.Standing? {
        let place = day.number - first
        return place >= 0 && place < days.count ? days[Int(place)] : nil
    }

    /// Whether there is a notice for a day's year.
    func isKnown(_ day: CivilDate) -> Bool {
        for range in known where range.contains(day.number) { return true }
        return false
    }

    private static func years(_ notices: [HolidayNotice]) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        for year in notices.map(\.year).sorted() {
            guard let begin = CivilDate(year: year, month: 1, day: 1),
                let end = CivilDate(year: year + 1, month: 1, day: 1)
            else { continue }
            if let last = ranges.last, last.upperBound >= begin.number {
                ranges[ranges.count - 1] = last.lowerBound..<end.number
            } else {
                ranges.append(begin.number..<end.number)
            }
        }
        return ranges
    }
}
