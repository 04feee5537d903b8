import Contracts
import Support

@testable import Calendar

/// Counts a period as one would with a paper calendar: slowly, and so that it can be seen to be right.
struct ReferenceCounting {
    /// What came of it.
    struct Outcome {
        /// Nil when it stands still before its end.
        var end: Timestamp?
        /// What was left then of what was being counted.
        var left = 0
        /// How many days were counted.
        var days = 0
        /// How many hours were.
        var hours = 0
    }

    let calendar: WorkCalendar
    var rule = CountingRule.civilCode

    private func isWorking(_ day: CivilDate) -> Bool { calendar.standing(of: day).isWorking }

    private func date(_ moment: Timestamp) -> CivilDate { CivilDate(of: moment, in: calendar.zone) }

    /// The ends of terms of 1 to so many, in one walk from the start.
    func ends(of most: Int, _ unit: Term.Unit, from start: Timestamp) -> [Timestamp] {
        var day = date(start)
        var ends: [Timestamp] = []
        switch unit {
        case .months:
            let first = day
            for count in 1...most { ends.append(carried(month(count, from: first)).end(in: calendar.zone)) }
        case .days, .workingDays:
            while ends.count < most {
                day = day.adding(days: 1)
                if unit == .days { ends.append(carried(day).end(in: calendar.zone)) }
                if unit == .workingDays, isWorking(day) { ends.append(day.end(in: calendar.zone)) }
            }
        case .workingHours:
            var halves = 0
            walk(from: start) { moment in
                halves += 1
                if halves % 2 == 0 { ends.append(moment + .seconds(1_800)) }
                return ends.count < most
            }
        }
        return ends
    }

    /// The day of so many months later, in years and months as one says them.
    private func month(_ count: Int, from first: CivilDate) -> CivilDate {
        var (year, month) = (first.year, first.month)
        for _ in 0..<count { (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1) }
        if let day = CivilDate(year: year, month: month, day: first.day) { return day }
        for day in [30, 29, 28] {
            guard let last = CivilDate(year: year, month: month, day: day) else { continue }
            return rule.missingDay == .lastOfMonth ? last : last.adding(days: 1)
        }
        preconditionFailure("every month has 28 days")
    }

    /// The day itself, or the first working day behind it.
    private func carried(_ day: CivilDate) -> CivilDate {
        var day = day
        while !isWorking(day) { day = day.adding(days: 1) }
        return day
    }

    /// Goes through the half hours in which people work until it is told to stop.
    private func walk(from start: Timestamp, _ goesOn: (Timestamp) -> Bool) {
        var day = date(start)
        while true {
            for window in isWorking(day) ? rule.hours ?? calendar.windows(of: day) : [] {
                for minute in stride(from: window.opens, to: window.closes, by: 30) {
                    let moment = day.start(in: calendar.zone) + .seconds(minute * 60)
                    if moment >= start, !goesOn(moment) { return }
                }
            }
            day = day.adding(days: 1)
        }
    }

    /// What comes of a period with all that has happened to it; every moment of it is a whole half hour.
    func outcome(of period: Period) -> Outcome {
        let beginning = period.restarts.reduce(period.start, max)
        let pauses = period.pauses.filter { $0.until.map { $0 > beginning } ?? true }
        func isStill(_ day: CivilDate) -> Bool {
            pauses.contains { pause in
                date(max(pause.from, beginning)) < day && pause.until.map { day <= date($0) } ?? true
            }
        }
        func isStillForGood(_ day: CivilDate) -> Bool {
            pauses.contains { $0.until == nil && date(max($0.from, beginning)) < day }
        }
        var outcome = Outcome()
        var (day, instant): (CivilDate, Timestamp?) = (date(beginning), beginning)
        let parts = parts(of: period)
        for (index, part) in parts.enumerated() {
            if part.unit == .workingHours {
                let from = instant ?? day.adding(days: 1).start(in: calendar.zone)
                let open = pauses.compactMap { $0.until == nil ? max($0.from, beginning) : nil }.min()
                var halves = 0
                walk(from: from) { moment in
                    if let open, moment >= open { return false }
                    if pauses.contains(where: { $0.from <= moment && moment < $0.until ?? moment }) { return true }
                    halves += 1
                    (instant, day) = (moment + .seconds(1_800), date(moment))
                    return halves < part.count * 2
                }
                guard halves == part.count * 2 else {
                    outcome.left = (part.count * 2 - halves + 1) / 2
                    return outcome
                }
                outcome.hours += part.count
                continue
            }
            // The first day of all is looked at where it counts, and the one behind it where it does not.
            let isFirst = index == 0 && rule.firstDay == .counted
            var next = isFirst ? day : day.adding(days: 1)
            var count = part.count
            if part.unit == .months {
                let last = month(part.count, from: day)
                count = next.days(to: last) + (isFirst ? 0 : 1)
            }
            var left = count
            while true {
                if isStillForGood(next) {
                    outcome.left = left
                    return outcome
                }
                let counts = part.unit == .workingDays ? isWorking(next) : true
                (day, instant) = (next, nil)
                next = next.adding(days: 1)
                if counts, !isStill(day) { left -= 1 }
                if left == 0 { break }
            }
            outcome.days += count
        }
        let last = parts.last?.unit
        if last == .workingHours {
            outcome.end = instant
            return outcome
        }
        if last != .workingDays, rule.lastDay == .nextWorkingDay, !isWorking(day) {
            repeat {
                day = day.adding(days: 1)
                if isStillForGood(day) { return outcome }
            } while !isWorking(day) || isStill(day)
        }
        let windows = isWorking(day) ? rule.hours ?? calendar.windows(of: day) : []
        if rule.closing == .business, let closes = windows.last?.closes {
            outcome.end = day.start(in: calendar.zone) + .seconds(closes * 60)
        } else {
            outcome.end = day.end(in: calendar.zone)
        }
        return outcome
    }

    /// The term with its extensions: one that names a whole takes the place of all before it, and months join months.
    private func parts(of period: Period) -> [Term] {
        var parts = [period.term]
        for granted in period.extensions {
            switch granted {
            case .to(let whole, _): parts = [whole]
            case .by(let more, _):
                if parts.count == 1, parts[0].unit == .months, more.unit == .months {
                    parts = [Term(parts[0].count + more.count, .months)]
                } else {
                    parts.append(more)
                }
            }
        }
        return parts
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
    ///
    /// - Parameter grid: of its windows, in minutes; a coarse one leaves no week with less than three days of an hour.
    static func random(_ chance: inout SeededGenerator, grid: Int = 1) -> WorkCalendar {
        func windows() -> [WorkCalendar.Window] {
            guard grid == 1 else {
                let opens = Int.random(in: 0...600 / grid, using: &chance) * grid
                let closes = opens + Int.random(in: 60 / grid...300 / grid, using: &chance) * grid
                let later = closes + Int.random(in: 1...4, using: &chance) * grid
                let second = WorkCalendar.Window(opens: later, closes: later + 60 / grid * grid)
                return [.init(opens: opens, closes: closes)] + (Bool.random(using: &chance) ? [second] : [])
            }
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
        if grid > 1 { for day in [1, 3, 4] where week[day].isEmpty { week[day] = windows() } }
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
