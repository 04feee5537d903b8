import Contracts

/// A question of the calculator: from this day, this term, when and why.
///
/// The command line and the interfaces ask it in the same words and get the same answer.
package struct DueQuestion: Sendable {
    /// What is wrong with a question.
    package struct Wrong: Error, Hashable {
        /// `start` or `term`.
        package let field: String
        /// The rule in words.
        package let rule: String
    }

    private let given: String
    /// How long it is.
    package let term: Term
    private let zone: FixedZone
    private let start: Timestamp

    /// Reads a question as people type it.
    ///
    /// - Throws: ``Wrong``, which names the field and the rule.
    package init(start: String, term: String, zone: FixedZone = .china) throws(Wrong) {
        guard let length = Term(term) else {
            throw Wrong(
                field: "term",
                rule: "must be such as 10d, 5wd, 8wh or 3m, up to \(Term.limit)"
            )
        }
        let parts = start.split(separator: "T", maxSplits: 1)
        guard let first = parts.first, let day = CivilDate(iso: first), Self.years.contains(day.year),
            let minutes = Self.minutes(parts.dropFirst().first)
        else {
            throw Wrong(
                field: "start",
                rule: "must be such as 2026-02-10 or 2026-02-10T09:30, from 1990 to 2200"
            )
        }
        (given, self.term, self.zone) = (start, length, zone)
        self.start = day.start(in: zone) + .seconds(minutes * 60)
    }

    /// Earlier and later ones are slips of the pen.
    private static let years = 1990...2200

    /// Minutes since midnight; none given is midnight.
    private static func minutes(_ text: Substring?) -> Int? {
        guard let text else { return 0 }
        guard let match = text.wholeMatch(of: /([01][0-9]|2[0-3]):([0-5][0-9])/), let hour = Int(match.1),
            let minute = Int(match.2)
        else { return nil }
        return hour * 60 + minute
    }

    /// When, and why.
    ///
    /// - Parameter further: the years of notices that the caller has put into the calendar, beside those of its edition.
    package func answer(
        in calendar: WorkCalendar,
        under rule: CountingRule = .civilCode,
        further: [Int] = []
    ) -> DueAnswer {
        let deadline = calendar.explanation(of: Period(start: start, term: term), under: rule)
        return DueAnswer(
            start: given,
            term: term.description,
            due: deadline.dueAt.map { zone.text(of: $0) },
            provisional: deadline.isProvisional,
            calendar: "\(calendar.name) v\(calendar.version)" + further.map { " + \($0)" }.joined(),
            pack: rule.pack,
            basis: rule.basis,
            explanation: DueAnswer.lines(of: deadline, counting: term.unit, under: rule)
        )
    }
}

/// The answer, as it is printed.
package struct DueAnswer: Encodable, Sendable {
    /// What was made of a day.
    package struct Line: Encodable, Sendable {
        /// ISO 8601.
        package let day: String
        /// Whether it counts towards the term.
        package let counted: Bool
        /// In Chinese.
        package let zh: String
        /// In English.
        package let en: String
    }

    /// As it was asked.
    package let start: String
    /// In the canonical notation.
    package let term: String
    /// The last moment in time with the calendar's offset (RFC 3339).
    package let due: String?
    /// Whether it rests on a year for which there is no notice yet.
    package let provisional: Bool
    /// Name and edition.
    package let calendar: String
    /// The rule pack whose way of counting it is, with its edition; nil for the Civil Code alone.
    package let pack: String?
    /// What the counting rests on.
    package let basis: String
    /// Day by day.
    package let explanation: [Line]

    /// What was made of each day, in words.
    package static func lines(of deadline: Deadline, counting unit: Term.Unit, under rule: CountingRule) -> [Line] {
        deadline.days.map { day in
            let words = day.words(counting: unit, under: rule)
            return Line(day: day.date.description, counted: day.isCounted, zh: words.zh, en: words.en)
        }
    }

    /// For people: the end, then a line a day.
    package var lines: [String] {
        let doubt = provisional ? "  暂定：有年份的放假安排尚未收录 · provisional: of a year there is no notice here" : ""
        let counted = pack.map { ["规则包 · pack: \($0)"] } ?? []
        return ["\(due ?? "")\(doubt)"] + counted
            + explanation.map { "\($0.day)  \($0.counted ? "+" : " ")  \($0.zh) · \($0.en)" }
    }
}
