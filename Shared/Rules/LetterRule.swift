package import Calendar
package import Contracts

/// An outcome letter of a jurisdiction (答复类型): what it is called, what a reply with it must give, and whether it counts as solved.
package struct LetterRule: Codable, Sendable, Hashable {
    /// What a letter can demand of a reply, as the message names it.
    package enum Member: String, Codable, Sendable, Hashable, CaseIterable {
        /// When it is promised for (完成时限).
        case commitmentDueAt
        /// The passage of the reply's text that says why, or what else the pack wants said (原因).
        case reason
    }

    /// One thing that must be given.
    package struct Demand: Codable, Sendable, Hashable {
        /// Which.
        package var member: Member
        /// What it must say, as people call it.
        package var name: Words
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Whether replies with it are solutions, in the rates of a pack.
    package struct Solved: Codable, Sendable, Hashable {
        /// Whether they count.
        package var counts: Bool
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Which.
    package var letter: ReplyOutcome
    /// In two languages.
    package var name: Words
    /// What a reply with it must give beside its text; what is not among these must not be given.
    package var demands: [Demand]
    /// Whether it counts as solved.
    package var solved: Solved
    /// What it rests on that there is such a letter.
    package var basis: LegalTerms.Basis

    /// What is demanded of a member; nil when it must not be given.
    package func demand(_ member: Member) -> Demand? { demands.first { $0.member == member } }

    // MARK: Checks

    /// What is wrong with a pack's section, a line each, naming the path.
    static func faults(of rules: [Self]) -> [String] {
        var faults: [String] = []
        for letter in ReplyOutcome.allCases {
            let count = rules.count { $0.letter == letter }
            if count > 1 { faults.append("/letters: \(count) entries of letter \(letter.rawValue); one wanted") }
        }
        for (index, rule) in rules.enumerated() where Set(rule.demands.map(\.member)).count != rule.demands.count {
            faults.append("/letters/\(index)/demands: names a member twice")
        }
        if !rules.contains(where: { $0.solved.counts }) { faults.append("/letters: none counts as solved") }
        return faults
    }
}
