package import Contracts

/// A day of the Gregorian calendar, without a time and without a zone.
package struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    ///
    /// The only thing stored: counting goes from day to day and asks none of them for its year.
    let number: Int64

    /// Creates the day with a number of days since 1970-01-01.
    init(number: Int64) { self.number = number }

    /// The year.
    package var year: Int { Int(Timestamp.civil(fromDays: number).year) }
    /// The month, 1 to 12.
    package var month: Int { Int(Timestamp.civil(fromDays: number).month) }
    /// The day of the month, from 1.
    package var day: Int { Int(Timestamp.civil(fromDays: number).day) }

    /// Creates a day; nil when the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let number = Timestamp.days(year: Int64(year), month: Int64(month), day: Int64(day))
        self.init(number: number)
        // 30 February comes back as a day in March.
        guard self.month == month else { return nil }
    }

    /// The day that many days later, or earlier when negative.
    package func adding(days: Int) -> Self { Self(number: number + Int64(days)) }

    /// The same day of the month that many months later; where that month has no such day, the one that a rule takes instead.
    ///
    /// 30 November and three months make 28 or 29 February (民法典第二百零二条: 没有对应日的，月末日为期间的最后一日).
    package func adding(months: Int, missing: CountingRule.MissingDay = .lastOfMonth) -> Self {
        let index = year * 12 + month - 1 + months
        let (year, month) = (index.quotientAndRemainder(dividingBy: 12).quotient, index % 12 + 1)
        let first = Timestamp.days(year: Int64(year), month: Int64(month), day: 1)
        let next = Timestamp.days(year: Int64(index + 1) / 12, month: Int64((index + 1) % 12) + 1, day: 1)
        let length = next - first
        guard Int64(day) > length else { return Self(number: first + Int64(day) - 1) }
        return Self(number: missing == .lastOfMonth ? next - 1 : next)
    }

    /// The day of a moment in a zone; in China's one, where none is named.
    package init(of moment: Timestamp, in zone: FixedZone = .china) {
        // Rounded down, so that moments before 1970 have their own day too.
        let shifted = moment.microseconds + zone.microseconds
        self.init(number: (shifted - ((shifted % Self.length) + Self.length) % Self.length) / Self.length)
    }

    /// Reads ISO 8601 as `description` writes it: `2026-03-02`; nil for anything else, and for a day that there is not, such as
    /// any of a year 0.
    package init?(iso text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), year > 0, let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The day's last moment in China, to the microsecond (民法典第二百零三条: 期间的最后一日的截止时间为二十四时).
    package var end: Timestamp { end(in: .china) }

    /// The day's last moment in a zone, to the microsecond.
    package func end(in zone: FixedZone) -> Timestamp {
        Timestamp(microseconds: start(in: zone).microseconds + Self.length - 1)
    }

    /// The day's first moment in a zone.
    package func start(in zone: FixedZone) -> Timestamp {
        Timestamp(microseconds: number * Self.length - zone.microseconds)
    }

    /// Monday is 1 and Sunday 7 (ISO 8601).
    package var weekday: Int {
        // 1970-01-01 was a Thursday.
        let shifted = (number + 3) % 7
        return Int(shifted < 0 ? shifted + 7 : shifted) + 1
    }

    /// How many days lie between a day and a later one.
    package func days(to other: Self) -> Int { Int(other.number - number) }

    /// Microseconds of a day in a zone without summer time.
    private static let length: Int64 = 86_400 * 1_000_000

    /// Earlier days come first.
    package static func < (first: Self, second: Self) -> Bool { first.number < second.number }

    /// ISO 8601: `2026-03-02`.
    package var description: String {
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

/// A time zone that is the same distance from UTC the whole year round.
package struct FixedZone: Hashable, Sendable, CustomStringConvertible {
    /// Microseconds east of UTC.
    let microseconds: Int64

    /// A zone some minutes east of UTC.
    package init(minutes: Int) { microseconds = Int64(minutes) * 60 * 1_000_000 }

    /// China's one zone, eight hours before UTC: summer time ended in 1991, and every period here begins later.
    package static let china = Self(minutes: 8 * 60)

    /// A moment as the zone's clocks show it, to the second: `2026-02-24T23:59:59+08:00` (RFC 3339).
    package func text(of moment: Timestamp) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
        let day = CivilDate(of: moment, in: self)
        let seconds = (moment.microseconds - day.start(in: self).microseconds) / 1_000_000
        return "\(day)T\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))\(description)"
    }

    /// ISO 8601: `+08:00`.
    package var description: String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
        let minutes = abs(microseconds) / 60_000_000
        return "\(microseconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
