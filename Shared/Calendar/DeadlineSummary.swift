extension Deadline {
    /// What was made of the days, with those that follow each other and fared alike in one phrase.
    ///
    /// Three months in working days are some thirty phrases; the whole is ``days``.
    package func summary(counting unit: Term.Unit, under rule: CountingRule) -> Words {
        let phrases = phrases(counting: unit, under: rule)
        return Words(zh: phrases.map(\.zh).joined(separator: "；"), en: phrases.map(\.en).joined(separator: "; "))
    }

    /// The same, a phrase each.
    package func phrases(counting unit: Term.Unit, under rule: CountingRule) -> [Words] {
        var phrases: [Words] = []
        var index = days.startIndex
        while index < days.endIndex {
            let first = days[index]
            var last = index
            while last + 1 < days.endIndex, days[last + 1].continues(days[last]) { last += 1 }
            phrases.append(Self.phrase(first, days[last], unit, rule))
            index = last + 1
        }
        return phrases
    }

    private static func phrase(_ first: Day, _ last: Day, _ unit: Term.Unit, _ rule: CountingRule) -> Words {
        guard first.date != last.date else {
            let words = first.words(counting: unit, under: rule)
            return Words(zh: "\(first.date) \(words.zh)", en: "\(first.date) \(words.en)")
        }
        let stretch = "\(first.date)/\(last.date)"
        guard case .counted(let from) = first.verdict, case .counted(let to) = last.verdict else {
            let words = first.words(counting: unit, under: rule)
            return Words(zh: "\(stretch) \(words.zh)", en: "\(stretch) \(words.en)")
        }
        let words =
            unit == .workingDays
            ? Words(zh: "第\(from)至\(to)个工作日", en: "working days \(from) to \(to)")
            : Words(zh: "第\(from)至\(to)日", en: "days \(from) to \(to)")
        let (granted, missing) = (first.granted, last.monthEnd(rule))
        return Words(
            zh: "\(stretch) \(words.zh)\(granted.zh)\(missing.zh)",
            en: "\(stretch) \(words.en)\(granted.en)\(missing.en)"
        )
    }
}

extension Deadline.Day {
    /// Whether the day fared as the one before it.
    fileprivate func continues(_ other: Self) -> Bool {
        guard isKnown == other.isKnown, ground == other.ground, isGranted == other.isGranted else { return false }
        // A working weekend surprises readers: it has a phrase of its own.
        switch (other.verdict, verdict) {
        case (.counted, .counted): return standing == other.standing || !standing.isShifted && !other.standing.isShifted
        case (.off(let before), .off(let now)): return before == now
        case (.carried(let before), .carried(let now)): return before == now
        case (.paused, .paused): return true
        default: return false
        }
    }
}

extension WorkCalendar.Standing {
    fileprivate var isShifted: Bool {
        if case .shifted = self { true } else { false }
    }
}
