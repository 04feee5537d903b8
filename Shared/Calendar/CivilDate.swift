package import Contracts

/// A day of the Gregorian calendar, without a time and without a zone.
package struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The year.
    package let year: Int
    /// The month, 1 to 12.
    package let month: Int
    /// The day of the month, from 1.
    package let day: Int

    /// Days since 1970-01-01.
    private let number: Int64

    /// Creates the day with a number of days since 1970-01-01.
    init(number: Int64) {
        self.number = number
        let civil = Timestamp.civil(fromDays: number)
        (year, month, day) = (Int(civil.year), Int(civil.month), Int(civil.day))
    }

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

    /// The same day of the month that many months later, or that month's last when it has no such day.
    ///
    /// 30 November and three months make 28 or 29 February (民法典第二百零二条: 没有对应日的，月末日为期间的最后一日).
    package func adding(months: Int) -> Self {
        let index = year * 12 + month - 1 + months
        let (year, month) = (index.quotientAndRemainder(dividingBy: 12).quotient, index % 12 + 1)
        let first = Timestamp.days(year: Int64(year), month: Int64(month), day: 1)
        let next = Timestamp.days(year: Int64(index + 1) / 12, month: Int64((index + 1) % 12) + 1, day: 1)
        return Self(number: first + min(Int64(day), next - first) - 1)
    }

    /// The day of a moment in China's one time zone.
    package init(of moment: Timestamp) {
        // Rounded down, so that moments before 1970 have their own day too.
        let shifted = moment.microseconds + ChinaTime.offset
        self.init(number: (shifted - ((shifted % ChinaTime.day) + ChinaTime.day) % ChinaTime.day) / ChinaTime.day)
    }

    /// The day's last moment in China, to the microsecond (民法典第二百零三条: 期间的最后一日的截止时间为二十四时).
    package var end: Timestamp {
        Timestamp(microseconds: (number + 1) * ChinaTime.day - ChinaTime.offset - 1)
    }

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

/// China's one time zone: eight hours before UTC the whole year round, since summer time ended in 1991.
enum ChinaTime {
    /// Microseconds east of UTC.
    static let offset: Int64 = 8 * 3_600 * 1_000_000
    /// Microseconds of a day.
    static let day: Int64 = 86_400 * 1_000_000
}
