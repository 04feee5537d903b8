/// A text in Chinese and in English.
package struct Words: Hashable, Sendable, Codable {
    /// In Chinese.
    package var zh: String
    /// In English.
    package var en: String

    /// A text in both.
    package init(zh: String, en: String) { (self.zh, self.en) = (zh, en) }

    /// No words.
    fileprivate static let none = Self(zh: "", en: "")

    /// One behind the other.
    fileprivate static func + (first: Self, second: Self) -> Self {
        Self(zh: first.zh + second.zh, en: first.en + second.en)
    }
}

extension WorkCalendar.Standing {
    /// As people call it.
    package var words: Words {
        switch self {
        case .working: Words(zh: "工作日", en: "a working day")
        case .shifted(let name): Words(zh: "\(name)调休上班", en: "a working weekend for \(name)")
        case .weekend: Words(zh: "周末", en: "a weekend")
        case .holiday(let name): Words(zh: "\(name)放假", en: "a day off, \(name)")
        }
    }
}

extension Deadline.Day {
    /// What was made of the day, and why.
    package func words(counting unit: Term.Unit, under rule: CountingRule) -> Words {
        let doubt = isKnown ? Words(zh: "", en: "") : Words(zh: "（该年放假安排尚未收录）", en: " (no notice for its year here)")
        let words = plainWords(unit, rule)
        return Words(zh: words.zh + doubt.zh, en: words.en + doubt.en)
    }

    private func plainWords(_ unit: Term.Unit, _ rule: CountingRule) -> Words {
        switch verdict {
        case .start:
            Words(
                zh: "开始的当日，不计入（\(rule.firstDayBasis)）",
                en: "the day on which it begins, not counted (\(rule.firstDayBasis))"
            )
        case .counted(let number):
            unit == .workingDays
                ? Words(zh: "第\(number)个工作日", en: "working day \(number)") + shifted + granted
                : Words(zh: "第\(number)日", en: "day \(number)") + granted + monthEnd(rule)
        case .worked(let microseconds):
            Words(
                zh: "计\(Self.hours(microseconds))小时",
                en: "\(Self.hours(microseconds)) \(Self.hours(microseconds) == "1" ? "hour" : "hours") counted"
            )
                + shifted + granted
        case .off(let standing):
            Words(zh: "\(standing.words.zh)，不计", en: "\(standing.words.en), not counted") + grounded
        case .paused: Words(zh: "中止期间，不计", en: "the period stood still, not counted") + grounded
        case .carried(let standing):
            Words(
                zh: "末日为休息日（\(standing.words.zh)\(ground.map { "，\($0)" } ?? "")），顺延（\(rule.basis)）",
                en: "the last day is \(standing.words.en)\(ground.map { " (\($0))" } ?? ""): carried on (\(rule.basis))"
            ) + monthEnd(rule)
        case .last: Words(zh: "顺延后的最后一日", en: "the last day in its place") + shifted
        }
    }

    /// People work on a weekend.
    private var shifted: Words {
        guard case .shifted = standing else { return .none }
        return Words(zh: "（\(standing.words.zh)）", en: " (\(standing.words.en))")
    }

    /// More time was granted.
    var granted: Words {
        guard isGranted else { return .none }
        guard let ground else { return Words(zh: "（延长期）", en: " (time granted)") }
        return Words(zh: "（延长期，\(ground)）", en: " (time granted, \(ground))")
    }

    private var grounded: Words {
        ground.map { Words(zh: "（\($0)）", en: " (\($0))") } ?? .none
    }

    /// The final month has no day of the first one's number.
    func monthEnd(_ rule: CountingRule) -> Words {
        guard let missing else { return .none }
        return rule.missingDay == .lastOfMonth
            ? Words(
                zh: "（该月没有\(missing)日，月末日为最后一日，\(rule.missingDayBasis)）",
                en: " (the month has no day \(missing): its last day instead, \(rule.missingDayBasis))"
            )
            : Words(
                zh: "（末月没有\(missing)日，以次日为最后一日，\(rule.missingDayBasis)）",
                en: " (the final month has no day \(missing): the day behind it instead, \(rule.missingDayBasis))"
            )
    }

    /// To the minute, as `3.5` or `0.25`.
    private static func hours(_ microseconds: Int64) -> String {
        let minutes = microseconds / 60_000_000
        let (whole, rest) = minutes.quotientAndRemainder(dividingBy: 60)
        guard rest > 0 else { return String(whole) }
        let hundredths = (rest * 100 + 30) / 60
        let digits = hundredths < 10 ? "0\(hundredths)" : String(hundredths)
        return "\(whole).\(digits.hasSuffix("0") ? String(digits.dropLast()) : digits)"
    }
}

extension Term {
    /// As people say it.
    package var words: Words {
        switch unit {
        case .months: Words(zh: "\(count)个月", en: count == 1 ? "1 month" : "\(count) months")
        case .days: Words(zh: "\(count)日", en: count == 1 ? "1 day" : "\(count) days")
        case .workingDays: Words(zh: "\(count)个工作日", en: count == 1 ? "1 working day" : "\(count) working days")
        case .workingHours:
            Words(zh: "\(count)个工作小时", en: count == 1 ? "1 working hour" : "\(count) working hours")
        }
    }
}
