extension WorkCalendar {
    /// A year's notice for people: its days off and working weekends, and its working days by month; nil when there is none.
    package func lines(of year: Int) -> [String]? {
        guard let notice = notices[year] else { return nil }
        var months = Array(repeating: 0, count: 12)
        var day = CivilDate(year: year, month: 1, day: 1)
        while let current = day, current.year == year {
            if standing(of: current).isWorking { months[current.month - 1] += 1 }
            day = current.adding(days: 1)
        }
        let days = notice.days.map { "\($0.date)  \($0.isOffDay ? "休 off " : "班 work")  \($0.name)" }
        return ["\(year)  \(notice.papers.joined(separator: " "))"] + days + [
            "工作日 · working days: \(months.reduce(0, +)) (\(months.map(String.init).joined(separator: " ")))"
        ]
    }
}
