import Contracts

/// Walks through a period, day by day and window by window, until all of it is counted.
struct Counting {
    private let calendar: WorkCalendar
    private let rule: CountingRule
    private let period: Period
    private let explains: Bool
    private let pauses: [Period.Pause]
    /// The days on which the period stands still: from the one after a pause's first to its last; the first had begun to run.
    private let still: [(after: CivilDate, through: CivilDate?)]
    /// The last day of the term, and of it with each extension but the last: what is counted behind it has been granted.
    private let granted: [(after: CivilDate, ground: Period.Ground?)]

    private var days: [Deadline.Day] = []
    private var isProvisional = false
    /// The day that was looked at last.
    private(set) var day: CivilDate
    /// Up to where hours were counted; nil when the day is counted to its end.
    private var instant: Timestamp?

    init(calendar: WorkCalendar, rule: CountingRule, period: Period, explains: Bool) {
        (self.calendar, self.rule, self.period, self.explains) = (calendar, rule, period, explains)
        pauses = period.stretches
        still = pauses.map { pause in
            (
                CivilDate(of: pause.from, in: calendar.zone),
                pause.until.map { CivilDate(of: $0, in: calendar.zone) }
            )
        }
        granted = explains ? Self.grants(of: period, in: calendar, rule) : []
        day = CivilDate(of: period.beginning, in: calendar.zone)
        instant = period.beginning
    }

    /// Where each extension begins: behind the day on which the period would have ended without it.
    private static func grants(
        of period: Period,
        in calendar: WorkCalendar,
        _ rule: CountingRule
    ) -> [(after: CivilDate, ground: Period.Ground?)] {
        // A day off at the end of the term has no part in it: the extension follows the term, not the day it is carried to.
        var plain = rule
        plain.lastDay = .stays
        var grants: [(after: CivilDate, ground: Period.Ground?)] = []
        for (index, extra) in period.extensions.enumerated() {
            var before = period
            (before.extensions, before.fixed) = (Array(period.extensions[..<index]), nil)
            var counting = Self(calendar: calendar, rule: plain, period: before, explains: false)
            guard counting.run().dueAt != nil else { break }
            grants.append((counting.day, extra.ground))
        }
        return grants
    }

    mutating func run() -> Deadline {
        if let fixed = period.standing {
            return Deadline(state: .fixed(by: fixed.by), dueAt: fixed.dueAt, isProvisional: false, days: [])
        }
        let segments = period.segments
        // A first day that counts is looked at like all others, from the evening before it.
        let countsFirst = rule.firstDay == .counted && segments[0].unit != .workingHours
        if countsFirst {
            day = day.adding(days: -1)
        } else if segments[0].unit != .workingHours {
            note(day, .start)
        }
        var last = segments[0].unit
        for (index, segment) in segments.enumerated() {
            last = segment.unit
            let left: Int
            switch segment.unit {
            case .workingHours: left = countHours(segment.count)
            case .workingDays: left = countDays(segment.count) { $0.isWorking }
            case .days: left = countDays(segment.count) { _ in true }
            case .months:
                // The evening before the first day stands for that day.
                let isFirst = countsFirst && index == 0
                let first = isFirst ? day.adding(days: 1) : day
                let target = first.adding(months: segment.count, missing: rule.missingDay)
                let count = day.days(to: target) - (isFirst ? 1 : 0)
                left = countDays(count, missing: first.day == target.day ? nil : first.day) { _ in true }
            }
            if left > 0 { return standsStill(left: left, segment.unit == .months ? .days : segment.unit) }
        }
        if last == .days || last == .months, rule.lastDay == .nextWorkingDay, !carry() {
            return standsStill(left: 0, .days)
        }
        return Deadline(state: .running, dueAt: end(last), isProvisional: isProvisional, days: days)
    }

    private func standsStill(left: Int, _ unit: Term.Unit) -> Deadline {
        // Only a pause without an end stops the walk.
        let since = pauses.last?.from ?? period.beginning
        return Deadline(
            state: .paused(since: since, left: left, unit),
            dueAt: nil,
            isProvisional: isProvisional,
            days: days
        )
    }

    private func end(_ unit: Term.Unit) -> Timestamp {
        if unit == .workingHours, let instant { return instant }
        if rule.closing == .business, let window = calendar.windows(of: day, under: rule).last {
            return moment(window.closes, after: day.start(in: calendar.zone))
        }
        return day.end(in: calendar.zone)
    }

    /// In whole numbers: a `Duration` has 128 bits, and hours are counted window by window.
    private func moment(_ minutes: Int, after midnight: Timestamp) -> Timestamp {
        Timestamp(microseconds: midnight.microseconds + Int64(minutes) * 60_000_000)
    }

    private mutating func note(
        _ date: CivilDate,
        _ verdict: Deadline.Verdict,
        needsKnown: Bool = false,
        missing: Int? = nil
    ) {
        if needsKnown, !isProvisional { isProvisional = !calendar.isKnown(date) }
        guard explains else { return }
        var grant: (after: CivilDate, ground: Period.Ground?)?
        var ground: String?
        switch verdict {
        case .counted, .worked: grant = granted.last { $0.after < date }
        case .paused: ground = pauses.last { CivilDate(of: $0.from, in: calendar.zone) <= date }?.ground?.basis
        case .off(let standing), .carried(let standing): ground = standing.isNamed ? calendar.papers(of: date) : nil
        case .start, .last: break
        }
        days.append(
            Deadline.Day(
                date: date,
                verdict: verdict,
                standing: calendar.standing(of: date),
                isKnown: calendar.isKnown(date),
                ground: grant?.ground?.basis ?? ground,
                isGranted: grant != nil,
                missing: missing
            )
        )
    }

    // MARK: Days

    /// Whether the period stands still on a day; nil when it does so without an end.
    private func standsStill(on day: CivilDate) -> Bool? {
        for pause in still where pause.after < day {
            guard let through = pause.through else { return nil }
            if day <= through { return true }
        }
        return false
    }

    /// Counts days of a kind from the one behind the cursor on.
    ///
    /// - Parameter missing: of months: the number of the day that the last month does not have.
    /// - Returns: how many are left because the period stands still.
    private mutating func countDays(
        _ count: Int,
        missing: Int? = nil,
        where counts: (WorkCalendar.Standing) -> Bool
    ) -> Int {
        // What is left of a day on which hours were counted is not counted (民法典第二百零一条).
        instant = nil
        let weighs = !counts(.weekend)
        if !explains, still.isEmpty {
            leap(count, weighs: weighs)
            return 0
        }
        var counted = 0
        while counted < count {
            let next = day.adding(days: 1)
            guard let isStill = standsStill(on: next) else { return count - counted }
            day = next
            let standing = calendar.standing(of: next)
            if isStill {
                note(next, .paused, needsKnown: weighs)
            } else if counts(standing) {
                counted += 1
                note(next, .counted(counted), needsKnown: weighs, missing: counted == count ? missing : nil)
            } else {
                note(next, .off(standing), needsKnown: weighs)
            }
        }
        return 0
    }

    /// Counts days of which nothing is to be said, in a period that never stands still.
    private mutating func leap(_ count: Int, weighs: Bool) {
        guard weighs else {
            day = day.adding(days: count)
            return
        }
        var left = count
        while left > 0 {
            day = day.adding(days: 1)
            if !isProvisional { isProvisional = !calendar.isKnown(day) }
            if calendar.standing(of: day).isWorking { left -= 1 }
        }
    }

    /// Moves the end from a day off to the first working day behind it.
    ///
    /// - Returns: whether it came to one; else the period stands still.
    private mutating func carry() -> Bool {
        if !calendar.isKnown(day) { isProvisional = true }
        guard !calendar.standing(of: day).isWorking else { return true }
        if explains, let last = days.popLast() { note(last.date, .carried(last.standing), missing: last.missing) }
        while true {
            day = day.adding(days: 1)
            guard let isStill = standsStill(on: day) else { return false }
            let standing = calendar.standing(of: day)
            if !isStill, standing.isWorking {
                note(day, .last, needsKnown: true)
                return true
            }
            note(day, isStill ? .paused : .carried(standing), needsKnown: true)
        }
    }

    // MARK: Hours

    /// Counts hours within working windows from the cursor on.
    ///
    /// - Returns: how many, begun ones included, are left because the period stands still.
    private mutating func countHours(_ count: Int) -> Int {
        let hour: Int64 = 3_600 * 1_000_000
        var left = Int64(count) * hour
        var cursor = instant ?? day.end(in: calendar.zone) + .microseconds(1)
        day = CivilDate(of: cursor, in: calendar.zone)
        while true {
            let standing = calendar.standing(of: day)
            let windows = calendar.windows(of: day, standing: standing, under: rule)
            let midnight = day.start(in: calendar.zone)
            var worked: Int64 = 0
            for window in windows {
                var from = max(moment(window.opens, after: midnight), cursor)
                let to = moment(window.closes, after: midnight)
                while from < to {
                    guard let (stretch, next) = running(from: from, to: to) else {
                        if worked > 0 { note(day, .worked(worked), needsKnown: true) }
                        return Int((left + hour - 1) / hour)
                    }
                    let length = stretch.upperBound.microseconds - stretch.lowerBound.microseconds
                    if length >= left {
                        note(day, .worked(worked + left), needsKnown: true)
                        instant = stretch.lowerBound + .microseconds(left)
                        return 0
                    }
                    (worked, left, from) = (worked + length, left - length, next)
                }
            }
            let isOver = windows.last.map { moment($0.closes, after: midnight) <= cursor } ?? false
            let idle: Deadline.Verdict = standing.isWorking ? (isOver ? .start : .paused) : .off(standing)
            note(day, worked > 0 ? .worked(worked) : idle, needsKnown: true)
            day = day.adding(days: 1)
            cursor = day.start(in: calendar.zone)
            guard hasFuture(from: cursor) else { return Int((left + hour - 1) / hour) }
        }
    }

    /// Whether the period runs again at some time.
    private func hasFuture(from moment: Timestamp) -> Bool {
        guard let last = pauses.last, last.until == nil else { return true }
        return moment < last.from
    }

    /// The first stretch between two moments in which the period runs, and where to look on; nil when it stands still for good.
    private func running(from: Timestamp, to: Timestamp) -> (Range<Timestamp>, next: Timestamp)? {
        for pause in pauses where pause.until.map({ $0 > from }) ?? true {
            guard pause.from < to else { break }
            if pause.from > from { return (from..<pause.from, pause.from) }
            guard let until = pause.until else { return nil }
            // It begins within a pause: an empty stretch, and on behind it.
            return (from..<from, until)
        }
        return (from..<to, to)
    }
}
