/// How periods are counted, as a rule pack says it; the Civil Code's way where it is silent.
package struct CountingRule: Hashable, Sendable {
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

    /// What happens when the last day is a day off; of calendar days and months, for a working day is none.
    package var lastDay: LastDay
    /// When the last day ends.
    package var closing: Closing
    /// What these rest on, in Chinese.
    package var basis: String

    /// A rule.
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
