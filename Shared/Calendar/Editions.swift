package import Contracts

extension WorkCalendar {
    /// The next edition, with a year's notice in place of the one it had of that year.
    package func succeeded(by notice: HolidayNotice) -> Self {
        var calendar = adding(notice)
        calendar.version += 1
        return calendar
    }

    /// An edition of China's calendar as an event carries it.
    ///
    /// - Throws: `HolidayNotice.Faults` when a year is not in order, which an event of ours never is.
    package init(_ published: CalendarPublished) throws(HolidayNotice.Faults) {
        var calendar = Self.bare
        calendar.version = published.edition
        for year in published.years {
            var days: [HolidayNotice.Day] = []
            for day in year.days {
                guard let date = CivilDate(iso: day.date) else {
                    throw HolidayNotice.Faults(lines: ["/years/\(year.year): \(day.date) is no date"])
                }
                days.append(HolidayNotice.Day(name: day.name, date: date, isOffDay: day.isOffDay))
            }
            calendar = calendar.adding(try HolidayNotice(year: year.year, papers: year.papers, days: days))
        }
        self = calendar
    }

    /// This edition as an event carries it.
    package func published(at moment: Timestamp) -> CalendarPublished {
        CalendarPublished(
            edition: version,
            years: notices.values.sorted { $0.year < $1.year }.map { notice in
                CalendarYear(
                    year: notice.year,
                    papers: notice.papers,
                    days: notice.days.map {
                        CalendarYear.Day(name: $0.name, date: $0.date.description, isOffDay: $0.isOffDay)
                    }
                )
            },
            publishedAt: moment
        )
    }
}
