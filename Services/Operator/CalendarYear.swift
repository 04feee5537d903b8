import Calendar

/// A year of a calendar, for people.
struct CalendarYear {
    let notice: HolidayNotice
    let calendar: WorkCalendar

    var lines: [String] {
        var months = Array(repeating: 0, count: 12)
        var day = CivilDate(year: notice.year, month: 1, day: 1)
        while let current = day, current.year == notice.year {
            if calendar.standing(of: current).isWorking { months[current.month - 1] += 1 }
            day = current.adding(days: 1)
        }
        let days = notice.days.map { "\($0.date)  \($0.isOffDay ? "休 off " : "班 work")  \($0.name)" }
        return ["\(notice.year)  \(notice.papers.joined(separator: " "))"] + days + [
            "工作日 · working days: \(months.reduce(0, +)) (\(months.map(String.init).joined(separator: " ")))"
        ]
    }
}
