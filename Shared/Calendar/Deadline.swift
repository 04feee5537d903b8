package import Contracts

/// When a period ends, and why: every day from its beginning with what was made of it.
package struct Deadline: Hashable, Sendable {
    /// How the period stands.
    package enum State: Hashable, Sendable {
        /// It ends at the due instant.
        case running
        /// It stands still since a moment, with so much left of what was being counted.
        case paused(since: Timestamp, left: Int, Term.Unit)
        /// Its end was set by hand.
        case fixed(by: String)
    }

    /// What was made of a day.
    package enum Verdict: Hashable, Sendable {
        /// The period begins on it, and nothing of it is counted: not of a day (民法典第二百零一条), and of hours none was left.
        case start
        /// It is the so-manieth.
        case counted(Int)
        /// So many microseconds of its windows were counted.
        case worked(Int64)
        /// It is a day off, and working time is counted.
        case off(WorkCalendar.Standing)
        /// The period stood still.
        case paused
        /// The last day is a day off, so that a later one is the last (民法典第二百零三条).
        case carried(WorkCalendar.Standing)
        /// It has become the last in place of a day off.
        case last
    }

    /// A day of the explanation.
    package struct Day: Hashable, Sendable {
        /// Which.
        package let date: CivilDate
        /// What was made of it.
        package let verdict: Verdict
        /// How it stands in the calendar.
        package let standing: WorkCalendar.Standing
        /// Whether there is a notice for its year.
        package let isKnown: Bool
        /// What allows the pause or the extension that it lies in, or where the day off was announced; nil where nobody has said.
        package let ground: String?
        /// Whether it counts because more time was granted.
        package let isGranted: Bool
        /// Of a term's last day: the number of the day that its month does not have.
        package let missing: Int?

        /// Whether it counts towards the term.
        package var isCounted: Bool {
            switch verdict {
            case .counted, .worked, .last: true
            case .start, .off, .paused, .carried: false
            }
        }
    }

    /// How the period stands.
    package let state: State
    /// The last moment in time; nil while the period stands still.
    package let dueAt: Timestamp?
    /// Whether it rests on a day of a year for which there is no notice yet.
    package let isProvisional: Bool
    /// Day by day; empty when no explanation was asked for, and when the end was set by hand.
    package let days: [Day]
}

extension WorkCalendar {
    /// When a period ends.
    ///
    /// Takes microseconds; a list of a thousand items is computed without anybody's noticing.
    package func deadline(of period: Period, under rule: CountingRule) -> Deadline {
        var counting = Counting(calendar: self, rule: rule, period: period, explains: false)
        return counting.run()
    }

    /// When a period ends, and what was made of each day until then.
    package func explanation(of period: Period, under rule: CountingRule) -> Deadline {
        var counting = Counting(calendar: self, rule: rule, period: period, explains: true)
        return counting.run()
    }
}
