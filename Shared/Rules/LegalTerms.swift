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

    /// How periods are counted, and what that rests on.
    package struct Counting: Codable, Sendable, Hashable {
        /// What happens when the last day is a day off.
        package var lastDay: CountingRule.LastDay
        /// When the last day ends.
        package var closing: CountingRule.Closing
        /// What these rest on.
        package var basis: Basis

        /// As ``WorkCalendar`` counts by it.
        package var rule: CountingRule { CountingRule(lastDay: lastDay, closing: closing, basis: basis.words) }
    }

    /// Which edition an item was handled under.
    package var version: Int
    /// How they are counted.
    package var counting: Counting
    /// Every combination of kind, part and round once.
    package var terms: [Entry]
    /// What may happen to each of these while it runs, likewise.
    package var clocks: [ClockRule]

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
        faults += ClockRule.faults(of: clocks)
        guard faults.isEmpty else { throw Faults(lines: faults) }
    }

    private func entries(_ kind: SuggestionKind, _ assisting: Bool, _ rework: Bool) -> [Entry] {
        terms.filter { $0.kind == kind && $0.assisting == assisting && $0.rework == rework }
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
