/// A running legal period (期限) of one leg: when it began, how long it is, when it ends, and what says so.
///
/// Computed by the service that owns the leg, in the transaction of the act that starts it; everyone else only reads it.
package struct Clock: Codable, Sendable, Hashable {
    /// When the period began.
    package var startedAt: Timestamp
    /// Its length as ISO 8601 writes it: `P3M` for three calendar months, `P30D` for thirty calendar days.
    package var term: String
    /// The last moment that is still in time; while the period stands still, the last one that was counted (``pausedSince``).
    package var dueAt: Timestamp
    /// What the length rests on: an article, or the custom or assumption that stands in for one.
    package var basis: String
    /// By which edition of the calendar of days off it was counted; nil of a clock from before calendars had editions.
    package var calendar: Int?
    /// By which rule pack it was counted; nil of a clock from before packs were named.
    package var pack: Pack?
    /// True while it rests on a year for which no notice of days off is published, so that it may still move (暂定).
    package var provisional: Bool?
    /// The stretches in which it did not run, in their order; nil when there are none.
    package var pauses: [Pause]?
    /// More time that was granted, in the order of granting; nil when there is none.
    package var extensions: [Extension]?
    /// When it began anew; nil when it never has.
    package var restarts: [Timestamp]?
    /// What allowed the last of these: the rule pack's words; nil of one from before they were kept.
    package var restartBasis: String?
    /// Its end as somebody has set it; nil while it is counted.
    package var fixed: Fixed?

    /// Creates a clock of which nothing but its beginning is known.
    package init(
        startedAt: Timestamp,
        term: String,
        dueAt: Timestamp,
        basis: String,
        calendar: Int? = nil,
        provisional: Bool? = nil
    ) {
        self.startedAt = startedAt
        self.term = term
        self.dueAt = dueAt
        self.basis = basis
        (self.calendar, self.provisional) = (calendar, provisional)
    }
}

extension Clock {
    /// An edition of a rule pack (规则包).
    package struct Pack: Codable, Sendable, Hashable {
        /// As it is called: `zhejiang-hangzhou`.
        package var name: String
        /// Which edition.
        package var version: Int

        /// Creates it.
        package init(name: String, version: Int) { (self.name, self.version) = (name, version) }
    }
}

/// Values that a contract lists one by one.
package protocol Listed: RawRepresentable<String>, CaseIterable, Codable, Sendable, Hashable {}

/// What is handed in.
package enum SuggestionKind: String, Listed {
    /// What a voter or an observer reports (社情民意).
    case opinion
    /// A deputy's written suggestion (代表建议).
    case formal
}

/// Who handed it in.
package enum Submitter: String, Listed {
    /// A voter (选民群众).
    case voter
    /// An observer of a grid or building (民情观察员).
    case observer
    /// A deputy (人大代表).
    case deputy
}

/// A department's part in handling.
package enum AssignmentRole: String, Listed {
    /// It alone answers (单办).
    case single
    /// It answers, with others' help (主办).
    case lead
    /// It gives its opinion to the lead (会办).
    case assisting
}

/// The outcome letter of a reply, as Hangzhou uses them, and Chongqing's fourth; which of them there are is the rule pack's say.
package enum ReplyOutcome: String, Listed {
    /// Solved (已解决).
    case solved = "A"
    /// Planned: being solved or on the list, with a date (列入解决计划).
    case planned = "B"
    /// Kept for reference: conditions do not allow it for now, with the reason (暂不能解决).
    case reference = "C"
    /// Within a higher organ's power, to which it was put (涉及上级国家机关职权，已向上反映); only where the pack has it.
    case referred = "D"
}

/// A verdict on a reply's attitude or result.
package enum Verdict: String, Listed {
    /// Satisfied (满意).
    case satisfied
    /// Basically satisfied (基本满意).
    case accepted
    /// Dissatisfied (不满意); wants a reason and opens the next round.
    case dissatisfied
}
