package import Calendar
package import Contracts

/// How an answer is judged (评价): by whom, with which words, until when, and what silence and a second dissatisfaction lead to.
package struct EvaluationRule: Codable, Sendable, Hashable {
    /// What is judged.
    package enum Aspect: String, Codable, Sendable, Hashable, CaseIterable {
        /// How the department went about it (办理态度).
        case attitude
        /// What came of it (办理结果).
        case result

        /// As people call it.
        package var words: Words {
            switch self {
            case .attitude: Words(zh: "办理态度", en: "the attitude")
            case .result: Words(zh: "办理结果", en: "the result")
            }
        }
    }

    /// Whose verdict counts.
    package struct Judges: Codable, Sendable, Hashable {
        /// In which roles; each of them for their own matters, as the table of rights says.
        package var roles: [Role]
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Of what somebody who is dissatisfied must say why.
    package struct Reasons: Codable, Sendable, Hashable {
        /// Of which of the two.
        package var of: [Aspect]
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Until when a verdict is looked for.
    package struct Within: Codable, Sendable, Hashable {
        /// How long from the last reply of the round; a verdict that comes later is taken all the same.
        package var term: Term
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// What becomes of a matter that nobody judges.
    package struct Silence: Codable, Sendable, Hashable {
        /// How often those who may judge are reminded before silence is lawful.
        package var reminders: Int
        /// Whether it stands among the judged ones in the rate of satisfaction.
        package var counts: Bool
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// What a second dissatisfied verdict leads to.
    package struct Again: Codable, Sendable, Hashable {
        /// What follows.
        package enum Step: String, Codable, Sendable, Hashable, CaseIterable {
            /// Another round, like the first.
            case nextRound
            /// Another round, and the committee calls both sides together (召集代表和承办单位研究).
            case meeting

            /// In two languages.
            package var words: Words {
                switch self {
                case .nextRound: Words(zh: "再次重新办理", en: "it is handled once more")
                case .meeting:
                    Words(
                        zh: "由代表工作机构召集代表和承办单位共同研究，并再次重新办理",
                        en: "the congress's office calls deputies and department together, and it is handled once more"
                    )
                }
            }
        }

        /// What follows; the meeting is people's, the round is the program's.
        package var then: Step
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Of which kind of suggestion; absent for both.
    package var kind: SuggestionKind?
    /// Whose verdict counts.
    package var judges: Judges
    /// Of what the reason must be said.
    package var reasons: Reasons
    /// Until when.
    package var within: Within
    /// What silence leads to.
    package var silence: Silence
    /// What a second dissatisfaction leads to.
    package var again: Again

    // MARK: Checks

    /// What is wrong with a pack's section, a line each, naming the path.
    static func faults(of rules: [Self]) -> [String] {
        ReturnRule.coverage(of: rules.map(\.kind), at: "/evaluation")
            + rules.enumerated().flatMap { index, rule in rule.faults(at: "/evaluation/\(index)") }
    }

    private func faults(at path: String) -> [String] {
        var faults: [String] = []
        if judges.roles.isEmpty { faults.append("\(path)/judges/roles: must name somebody") }
        for (index, role) in judges.roles.enumerated() where Right.evaluateReplies.grants[role] == nil {
            faults.append(
                "\(path)/judges/roles/\(index): \(role.rawValue) has no right \(Right.evaluateReplies.rawValue)"
            )
        }
        if Set(reasons.of).count != reasons.of.count { faults.append("\(path)/reasons/of: names one twice") }
        if silence.reminders < 0 { faults.append("\(path)/silence/reminders: must be at least 0") }
        return faults
    }
}
