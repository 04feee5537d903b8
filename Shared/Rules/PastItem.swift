import Calendar
package import Contracts

/// What became of one matter, without a word of what was written: the file of past items has one a line (既往办件).
///
/// Facts alone, as the owners' acts tell them; which of them another pack had counted or refused otherwise follows from them.
package struct PastItem: Codable, Sendable, Hashable {
    /// How far it has come.
    package enum State: String, Codable, Sendable, Hashable {
        /// A leg waits for its answer, or the committee for its decision.
        case open
        /// Every leg is answered; a verdict is awaited.
        case answered
        /// It is closed.
        case closed
    }

    /// A leg given back (退办).
    package struct Return: Codable, Sendable, Hashable {
        /// When.
        package var at: Timestamp
        /// Whether another department was proposed.
        package var proposed: Bool
    }

    /// A leg answered (答复).
    package struct Reply: Codable, Sendable, Hashable {
        /// When.
        package var at: Timestamp
        /// The letter.
        package var outcome: ReplyOutcome
        /// Whether a date was promised.
        package var commitment: Bool
        /// Whether a contact of the round was recorded before (面商).
        package var contacted: Bool
    }

    /// The period of one round of a leg, and what ended it.
    package struct Stretch: Codable, Sendable, Hashable {
        /// The leg.
        package var assignment: AssignmentID
        /// Who handled it.
        package var department: DepartmentCode
        /// Its part.
        package var role: AssignmentRole
        /// 1 for the first answer.
        package var round: Int
        /// As it was told last: its beginning, and all that has happened to it.
        package var clock: Clock
        /// nil unless it was given back.
        package var returned: Return?
        /// nil unless it was answered.
        package var reply: Reply?
        /// Whether the committee has taken it back without an answer; nil where it has not.
        package var withdrawn: Bool?
    }

    /// A verdict (评价).
    package struct Judgement: Codable, Sendable, Hashable {
        /// The round that was judged.
        package var round: Int
        /// When.
        package var at: Timestamp
        /// In which role: a deputy, or the committee on a deputy's behalf.
        package var by: Role
        /// On how the department went about it.
        package var attitude: Verdict
        /// On what came of it.
        package var result: Verdict
        /// Whether it says why.
        package var reasoned: Bool
    }

    /// The number on the receipt.
    package var number: String
    /// What kind it is.
    package var kind: SuggestionKind
    /// How far it has come.
    package var state: State
    /// The letter with which it was closed; nil of what is not closed.
    package var outcome: ReplyOutcome?
    /// Its periods, as they began.
    package var periods: [Stretch]
    /// Its verdicts, in their order.
    package var verdicts: [Judgement]

    /// What about it cannot be, as a JSON pointer and words; nil of one that can be counted.
    package var fault: (pointer: String, rule: String)? {
        if number.isEmpty { return ("/number", "must not be empty") }
        if (state == .closed) != (outcome != nil) {
            return ("/outcome", "goes with the state closed, and with no other")
        }
        var seen: Set<String> = []
        for (index, stretch) in periods.enumerated() {
            let path = "/periods/\(index)"
            if stretch.round < 1 { return ("\(path)/round", "must be at least 1") }
            if !seen.insert("\(stretch.assignment) \(stretch.round)").inserted {
                return ("\(path)", "is the second of its leg and round")
            }
            if Period(stretch.clock) == nil {
                return ("\(path)/clock", "has a term that is none, such as P3M, P30D, 5wd")
            }
        }
        return nil
    }
}
