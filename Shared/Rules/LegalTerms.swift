package import Calendar
package import Contracts
package import Foundation

/// The periods and the procedure of handling as data: how long, for which kind and role, what may be done and what must be given,
/// and what each number rests on.
package struct LegalTerms: Codable, Sendable, Hashable {
    /// How firm the ground is that a number stands on.
    package enum Standing: String, Codable, Sendable, Hashable {
        /// An article in force.
        case law
        /// A text that has been superseded, the only readable one.
        case superseded
        /// Another jurisdiction's number.
        case elsewhere
        /// Practice without an article.
        case custom
        /// Taken for want of any of these.
        case assumption
    }

    /// A number's ground.
    package struct Basis: Codable, Sendable, Hashable {
        /// How firm it is.
        package var standing: Standing
        /// The article or source, in Chinese.
        package var text: String

        /// Creates a ground.
        package init(standing: Standing, text: String) { (self.standing, self.text) = (standing, text) }

        /// The words an explanation prints; what is not law in force says that it is to be checked.
        package var words: String { standing == .law ? text : "\(text)（依据待核）" }
    }

    /// One period.
    package struct Entry: Codable, Sendable, Hashable {
        /// Of which kind of suggestion.
        package var kind: SuggestionKind
        /// Whether the department answers, or gives its opinion to the one that does.
        package var assisting: Bool
        /// Whether it is the first answer, or another after a dissatisfied verdict.
        package var rework: Bool
        /// How long.
        package var term: Term
        /// What it rests on.
        package var basis: Basis

        fileprivate func answers(_ kind: SuggestionKind, _ assisting: Bool, _ rework: Bool) -> Bool {
            self.kind == kind && self.assisting == assisting && self.rework == rework
        }

        /// The questions that have no answer, or several, a line each.
        static func faults(of terms: [Self]) -> [String] {
            var faults: [String] = []
            for kind in SuggestionKind.allCases {
                for assisting in [false, true] {
                    for rework in [false, true] {
                        let count = terms.count { $0.answers(kind, assisting, rework) }
                        guard count != 1 else { continue }
                        faults.append(
                            "/terms: \(count) entries of kind \(kind.rawValue), assisting \(assisting), rework \(rework); one wanted"
                        )
                    }
                }
            }
            return faults
        }
    }

    /// The rule pack that they are of.
    package var name: String
    /// Which edition of it an item was handled under.
    package var version: Int
    /// How they are counted.
    package var counting: CountingTerms
    /// Every combination of kind, part and round once.
    package var terms: [Entry]
    /// What may happen to each of these while it runs, likewise.
    package var clocks: [ClockRule]
    /// How a leg is given back; every kind once.
    package var returns: [ReturnRule]
    /// The outcome letters that a reply may have.
    package var letters: [LetterRule]
    /// How an answer is judged; every kind once.
    package var evaluation: [EvaluationRule]
    /// Whom a department must speak with before it answers, each kind once.
    package var contacts: [ContactRule]

    /// What is wrong with a file of terms, all of it.
    package struct Faults: Error, CustomStringConvertible {
        /// One line each, naming the path.
        package let lines: [String]
        /// The lines.
        package var description: String { lines.joined(separator: "\n") }
    }

    /// Reads a file's content and checks that every question has one answer.
    ///
    /// - Throws: `DecodingError`, ``Faults``.
    package init(json: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: json)
        var faults = Entry.faults(of: terms) + counting.faults + ClockRule.faults(of: clocks)
        faults +=
            ReturnRule.faults(of: returns) + LetterRule.faults(of: letters) + EvaluationRule.faults(of: evaluation)
        faults += ContactRule.faults(of: contacts)
        if faults.isEmpty { faults = contradictions }
        guard faults.isEmpty else { throw Faults(lines: faults) }
    }

    /// Sections that are each right and say together what cannot be.
    var contradictions: [String] {
        let counted = counted(in: .china)
        // A day like others: a term longer than another is so from any day, but for days off.
        let start = Timestamp(microseconds: 1_772_413_200_000_000)
        return terms.enumerated().filter { !$0.element.rework }.compactMap { index, entry in
            let within = returnRule(for: entry.kind).within.term
            guard let last = counted.end(of: within, from: start), let due = counted.end(of: entry.term, from: start),
                last >= due
            else { return nil }
            return
                "/returns: \(within) of kind \(entry.kind.rawValue) is not shorter than /terms/\(index)/term, \(entry.term)"
        }
    }

    /// The edition that counts by these, as clocks name it.
    package var edition: Clock.Pack { Clock.Pack(name: name, version: version) }

    /// How they are counted, as a calendar counts.
    package var rule: CountingRule {
        var rule = counting.rule
        rule.pack = "\(name) v\(version)"
        return rule
    }

    /// The term and ground of a leg's round.
    package func entry(for kind: SuggestionKind, _ role: AssignmentRole, round: Int) -> Entry {
        guard let entry = terms.first(where: { $0.answers(kind, role == .assisting, round > 1) }) else {
            preconditionFailure("the initializer has seen to it that there is one")
        }
        return entry
    }

    /// What may happen to the clock of a leg's round while it runs.
    package func clockRule(for kind: SuggestionKind, _ role: AssignmentRole, round: Int) -> ClockRule {
        guard let rule = clocks.first(where: { $0.covers(kind, isAssisting: role == .assisting, isRework: round > 1) })
        else { preconditionFailure("the initializer has seen to it that there is one") }
        return rule
    }

    /// How a leg of a kind is given back.
    package func returnRule(for kind: SuggestionKind) -> ReturnRule {
        guard let rule = returns.first(where: { $0.kind ?? kind == kind }) else {
            preconditionFailure("the initializer has seen to it that there is one")
        }
        return rule
    }

    /// How an answer to a kind is judged.
    package func evaluationRule(for kind: SuggestionKind) -> EvaluationRule {
        guard let rule = evaluation.first(where: { $0.kind ?? kind == kind }) else {
            preconditionFailure("the initializer has seen to it that there is one")
        }
        return rule
    }

    /// These terms, counted by an edition of the calendar.
    package func counted(in calendar: WorkCalendar) -> CountedTerms { CountedTerms(terms: self, calendar: calendar) }
}
