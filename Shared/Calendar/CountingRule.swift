/// How periods are counted, as a rule pack says it; the Civil Code's way where it is silent.
package struct CountingRule: Hashable, Sendable {
    /// What becomes of the day on which a period of days or months begins.
    package enum FirstDay: String, Sendable, Hashable, Codable {
        /// Day 1 is the one behind it (民法典第二百零一条第一款).
        case notCounted
        /// It is day 1.
        case counted
    }

    /// Which day is the last when the final month has none of the number of the first.
    package enum MissingDay: String, Sendable, Hashable, Codable {
        /// The month's last (民法典第二百零二条).
        case lastOfMonth
        /// The one behind it, which is the next month's first.
        case nextDay
    }

    /// What happens when the last day is a day off.
    package enum LastDay: String, Sendable, Hashable, Codable {
        /// The first working day behind it is the last (民法典第二百零三条第一款).
        case nextWorkingDay
        /// It stays the last day.
        case stays
    }

    /// When the last day ends.
    package enum Closing: String, Sendable, Hashable, Codable {
        /// At 24:00 (民法典第二百零三条第二款).
        case midnight
        /// With the last working window, where business hours are kept (同款: 有业务时间的，停止业务活动的时间).
        case business
    }

    /// What becomes of the day on which it begins.
    package var firstDay = FirstDay.notCounted
    /// Which day is the last when the final month has no such day.
    package var missingDay = MissingDay.lastOfMonth
    /// What happens when the last day is a day off; of calendar days and months, for a working day is none.
    package var lastDay: LastDay
    /// When the last day ends.
    package var closing: Closing
    /// The windows of every working day, in which hours are counted; nil for those of the calendar.
    package var hours: [WorkCalendar.Window]?
    /// What these rest on, in Chinese.
    package var basis: String
    /// What ``firstDay`` rests on, in Chinese.
    package var firstDayBasis = "民法典第二百零一条"
    /// What ``missingDay`` rests on, in Chinese.
    package var missingDayBasis = "民法典第二百零二条"
    /// What ``hours`` rest on, in Chinese.
    package var hoursBasis = "机关办公时间（依据待核）"
    /// The rule pack that says so, `zhejiang-hangzhou v5`; nil for the Civil Code alone.
    package var pack: String?

    /// A rule that is the Civil Code's in all that is not given.
    package init(lastDay: LastDay, closing: Closing, basis: String) {
        (self.lastDay, self.closing, self.basis) = (lastDay, closing, basis)
    }

    /// The first day is not counted, a missing day is its month's last, a day off at the end moves it on, and it ends at 24:00.
    package static let civilCode = Self(
        lastDay: .nextWorkingDay,
        closing: .midnight,
        basis: "民法典第二百零一条至第二百零三条"
    )
}
