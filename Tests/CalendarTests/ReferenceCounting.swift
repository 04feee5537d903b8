import Contracts
import Support

@testable import Calendar

/// Counts a period as one would with a paper calendar: slowly, and so that it can be seen to be right.
struct ReferenceCounting {
    let calendar: WorkCalendar

    /// The last day of a period of days of either kind; pauses are closed.
    func lastDay(from start: CivilDate, _ count: Int, _ unit: Term.Unit, pauses: [ClosedRange<CivilDate>] = [])
        -> CivilDate
    {
        var counted: [CivilDate] = []
        var day = start
        while counted.count < count {
            day = day.adding(days: 1)
            if isStill(day, pauses) { continue }
            if unit == .workingDays, !calendar.standing(of: day).isWorking { continue }
            counted.append(day)
        }
        return unit == .workingDays ? day : carried(day, pauses)
    }

    /// The day itself, or the first working day behind it on which the period is not still.
    func carried(_ day: CivilDate, _ pauses: [ClosedRange<CivilDate>] = []) -> CivilDate {
        if calendar.standing(of: day).isWorking { return day }
        var day = day
        repeat { day = day.adding(days: 1) } while !calendar.standing(of: day).isWorking || isStill(day, pauses)
        return day
    }

    /// The first day of a pause had begun to run; its last is still.
    private func isStill(_ day: CivilDate, _ pauses: [ClosedRange<CivilDate>]) -> Bool {
        pauses.contains { $0.lowerBound < day && day <= $0.upperBound }
    }

    /// The end of a period of working hours: every minute is asked whether it counts.
    ///
    /// All moments are whole minutes.
    func end(from start: Timestamp, hours: Int, pauses: [Range<Timestamp>] = []) -> Timestamp {
        var left = hours * 60
        var minute = start
        while true {
            let day = CivilDate(of: minute, in: calendar.zone)
            let ofDay = Int((minute.microseconds - day.start(in: calendar.zone).microseconds) / 60_000_000)
            let isOpen = calendar.windows(of: day).contains { $0.opens <= ofDay && ofDay < $0.closes }
            if isOpen, !pauses.contains(where: { $0.contains(minute) }) {
                left -= 1
                if left == 0 { return minute + .seconds(60) }
            }
            minute = minute + .seconds(60)
        }
    }
}

/// Calendars for tests.
enum Calendars {
    /// China's with the notices that ship.
    static let china: WorkCalendar = .china

    /// One by chance: its own week, its own days off and working weekends, in a zone of its own.
    static func random(_ chance: inout SeededGenerator) -> WorkCalendar {
        func windows() -> [WorkCalendar.Window] {
            var (minute, windows): (Int, [WorkCalendar.Window]) = (Int.random(in: 0...600, using: &chance), [])
            for _ in 0..<Int.random(in: 1...3, using: &chance) where minute < 1_300 {
                let closes = min(1_440, minute + Int.random(in: 30...300, using: &chance))
                windows.append(.init(opens: minute, closes: closes))
                minute = closes + Int.random(in: 0...120, using: &chance)
            }
            return windows
        }
        var week = (0..<7).map { _ in Bool.random(using: &chance) ? windows() : [] }
        if week.allSatisfy(\.isEmpty) { week[2] = windows() }
        let zone = FixedZone(minutes: Int.random(in: -48...56, using: &chance) * 15)
        guard var calendar = try? WorkCalendar(name: "random", version: 1, zone: zone, week: week) else {
            preconditionFailure("windows are made in their order")
        }
        for year in 2024...2026 {
            var days: [HolidayNotice.Day] = []
            var day = CivilDate(year: year, month: 1, day: 1)!
            while day.year == year {
                switch Int.random(in: 0..<20, using: &chance) {
                case 0: days.append(.init(name: "休", date: day, isOffDay: true))
                case 1 where day.weekday > 5: days.append(.init(name: "班", date: day, isOffDay: false))
                default: break
                }
                day = day.adding(days: 1)
            }
            if let notice = try? HolidayNotice(year: year, papers: ["a test"], days: days) {
                calendar = calendar.adding(notice)
            }
        }
        return calendar
    }
}
