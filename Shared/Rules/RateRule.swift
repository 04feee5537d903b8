package import Calendar
package import Contracts

/// A rate of a jurisdiction (率): what is divided by what, by the names of counts that the screen has.
package struct RateRule: Codable, Sendable, Hashable {
    /// Which.
    package enum ID: String, Codable, Sendable, Hashable, CaseIterable {
        /// Of the replies those in time (按时答复率).
        case onTime
        /// Of what was handled that which was solved (解决率).
        case solved
        /// Of what was judged that which was found good (满意率).
        case satisfaction
    }

    /// As the screen and pages name it.
    package var id: ID
    /// In two languages.
    package var name: Words
    /// What it says, in two languages.
    package var definition: Words
    /// Counts that are added.
    package var numerator: [Count]
    /// Counts that are added.
    package var denominator: [Count]
    /// What it rests on.
    package var basis: LegalTerms.Basis

    /// Something that the screen counts.
    package struct Count: RawRepresentable, Codable, Sendable, Hashable {
        /// `state.closed`, `outcome.A`, `verdict.satisfied`, `reply.inTime`.
        package let rawValue: String

        /// Creates it; nil when the screen has no such count.
        package init?(rawValue: String) {
            guard Self.names.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        /// The replies that were issued by their due instant; each round of a leg once.
        package static let inTime = "reply.inTime"
        /// Those that were not.
        package static let late = "reply.late"
        /// Matters that are answered and await a verdict.
        package static let awaiting = "state.answered"
        /// Matters that are closed.
        package static let closed = "state.closed"

        /// The closed matters whose answer had this letter.
        package static func outcome(_ letter: ReplyOutcome) -> String { "outcome.\(letter.rawValue)" }

        /// The matters whose latest verdict on the result is this.
        package static func verdict(_ verdict: Verdict) -> String { "verdict.\(verdict.rawValue)" }

        /// All that there are.
        package static let names: [String] =
            [inTime, late, awaiting, closed] + ReplyOutcome.allCases.map(outcome) + Verdict.allCases.map(verdict)

        /// The letter that it counts; nil of another count.
        fileprivate var letter: ReplyOutcome? { ReplyOutcome.allCases.first { Self.outcome($0) == rawValue } }
    }

    /// The sums of both, of counts by their names; one that is not there is 0.
    package func sums(_ counts: [String: Int]) -> (numerator: Int, denominator: Int) {
        func sum(_ names: [Count]) -> Int { names.reduce(0) { $0 + (counts[$1.rawValue] ?? 0) } }
        return (sum(numerator), sum(denominator))
    }

    // MARK: Checks

    /// What is wrong with a pack's section, a line each, naming the path; and what contradicts its other sections.
    static func faults(of rates: [Self], letters: [LetterRule], evaluation: [EvaluationRule]) -> [String] {
        var faults = ID.allCases.compactMap { id in
            let count = rates.count { $0.id == id }
            return count == 1 ? nil : "/rates: \(count) entries of \(id.rawValue); one wanted"
        }
        for (index, rate) in rates.enumerated() {
            let path = "/rates/\(index)"
            faults += rate.faults(at: path)
            faults += rate.contradictions(to: letters, at: path) + rate.contradictions(to: evaluation, at: path)
        }
        return faults
    }

    private func faults(at path: String) -> [String] {
        var faults: [String] = []
        for (member, counts) in [("numerator", numerator), ("denominator", denominator)] {
            if counts.isEmpty { faults.append("\(path)/\(member): must name a count") }
            if Set(counts).count != counts.count { faults.append("\(path)/\(member): names a count twice") }
        }
        for (index, count) in numerator.enumerated() where !holds(count) {
            faults.append("\(path)/numerator/\(index): \(count.rawValue) is no part of what it is divided by")
        }
        return faults
    }

    /// Whether the denominator has what a count counts.
    private func holds(_ count: Count) -> Bool {
        denominator.contains(count) || count.letter != nil && denominator.contains { $0.rawValue == Count.closed }
    }

    private func contradictions(to letters: [LetterRule], at path: String) -> [String] {
        var faults: [String] = []
        for (member, counts) in [("numerator", numerator), ("denominator", denominator)] {
            for (index, count) in counts.enumerated() {
                guard let letter = count.letter, !letters.contains(where: { $0.letter == letter }) else { continue }
                faults.append("\(path)/\(member)/\(index): the pack has no letter \(letter.rawValue)")
            }
        }
        guard id == .solved else { return faults }
        let solved = letters.filter(\.solved.counts).map { Count.outcome($0.letter) }.sorted()
        if numerator.map(\.rawValue).sorted() != solved {
            faults.append(
                "\(path)/numerator: must be \(solved.joined(separator: ", ")), the letters that count as solved"
            )
        }
        return faults
    }

    private func contradictions(to evaluation: [EvaluationRule], at path: String) -> [String] {
        guard id == .satisfaction else { return [] }
        let counts = denominator.contains { $0.rawValue == Count.awaiting }
        return evaluation.enumerated().filter { $0.element.silence.counts != counts }.map { index, _ in
            counts
                ? "\(path)/denominator: has \(Count.awaiting), though /evaluation/\(index)/silence/counts is false"
                : "\(path)/denominator: must have \(Count.awaiting), since /evaluation/\(index)/silence/counts is true"
        }
    }
}
