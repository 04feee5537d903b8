package import Calendar

/// How a jurisdiction's periods are counted, and what each part of that rests on; the Civil Code's way where a pack is silent.
package struct CountingTerms: Codable, Sendable, Hashable {
    /// What becomes of the day on which a period begins.
    package struct FirstDay: Codable, Sendable, Hashable {
        /// Whether it counts.
        package var rule: CountingRule.FirstDay
        /// What that rests on.
        package var basis: LegalTerms.Basis
    }

    /// Which day is the last when the final month has none of the number of the first.
    package struct MissingDay: Codable, Sendable, Hashable {
        /// Which one.
        package var rule: CountingRule.MissingDay
        /// What that rests on.
        package var basis: LegalTerms.Basis
    }

    /// When people work on a working day.
    package struct Hours: Codable, Sendable, Hashable {
        /// Each as `08:30-12:00`, in their order and apart.
        package var windows: [String]
        /// What they rest on.
        package var basis: LegalTerms.Basis

        /// As a calendar has them; nil when one is none.
        fileprivate var read: [WorkCalendar.Window]? {
            let read = windows.compactMap(Self.window)
            return read.count == windows.count ? read : nil
        }

        private static func window(_ text: String) -> WorkCalendar.Window? {
            let times = text.split(separator: "-", omittingEmptySubsequences: false).compactMap(minutes)
            return times.count == 2 ? WorkCalendar.Window(opens: times[0], closes: times[1]) : nil
        }

        /// Minutes since midnight; 24:00 is its end.
        private static func minutes(_ text: Substring) -> Int? {
            let bytes = Array(text.utf8)
            let digits = bytes.map { Int($0) - Int(UInt8(ascii: "0")) }
            guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
                [0, 1, 3, 4].allSatisfy({ (0...9).contains(digits[$0]) })
            else { return nil }
            let (hour, minute) = (digits[0] * 10 + digits[1], digits[3] * 10 + digits[4])
            return minute < 60 && hour * 60 + minute <= 24 * 60 ? hour * 60 + minute : nil
        }
    }

    /// Absent: it does not count (民法典第二百零一条).
    package var firstDay: FirstDay?
    /// Absent: the month's last (民法典第二百零二条).
    package var missingDay: MissingDay?
    /// What happens when the last day is a day off.
    package var lastDay: CountingRule.LastDay
    /// When the last day ends.
    package var closing: CountingRule.Closing
    /// Absent: the calendar's.
    package var hours: Hours?
    /// What ``lastDay`` and ``closing`` rest on.
    package var basis: LegalTerms.Basis

    /// As ``WorkCalendar`` counts by it.
    package var rule: CountingRule {
        var rule = CountingRule(lastDay: lastDay, closing: closing, basis: basis.words)
        if let firstDay { (rule.firstDay, rule.firstDayBasis) = (firstDay.rule, firstDay.basis.words) }
        if let missingDay { (rule.missingDay, rule.missingDayBasis) = (missingDay.rule, missingDay.basis.words) }
        if let hours { (rule.hours, rule.hoursBasis) = (hours.read, hours.basis.words) }
        return rule
    }

    /// What is wrong with it, a line each, naming the path.
    var faults: [String] {
        guard let hours else { return [] }
        guard let windows = hours.read else { return ["/counting/hours/windows: must be such as 08:30-12:00"] }
        do {
            _ = try WorkCalendar(name: "hours", version: 1, week: Array(repeating: windows, count: 7))
            return []
        } catch {
            return ["/counting/hours/windows: must be in their order and apart, one at least"]
        }
    }
}
