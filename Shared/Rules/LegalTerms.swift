package import Calendar
package import Contracts
package import Foundation

/// The periods of handling as data: how long, for which kind and role, and what each number rests on.
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
        var faults: [String] = []
        for kind in SuggestionKind.allCases {
            for assisting in [false, true] {
                for rework in [false, true] {
                    let count = entries(kind, assisting, rework).count
                    guard count != 1 else { continue }
                    faults.append(
                        "/terms: \(count) entries of kind \(kind.rawValue), assisting \(assisting), rework \(rework); one wanted"
                    )
                }
            }
        }
        faults += counting.faults + ClockRule.faults(of: clocks) + ContactRule.faults(of: contacts)
        guard faults.isEmpty else { throw Faults(lines: faults) }
    }

    private func entries(_ kind: SuggestionKind, _ assisting: Bool, _ rework: Bool) -> [Entry] {
        terms.filter { $0.kind == kind && $0.assisting == assisting && $0.rework == rework }
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
        guard let entry = entries(kind, role == .assisting, round > 1).first else {
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

    /// These terms, counted by an edition of the calendar.
    package func counted(in calendar: WorkCalendar) -> CountedTerms { CountedTerms(terms: self, calendar: calendar) }
}
