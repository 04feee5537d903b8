package import Calendar
package import Foundation

/// A jurisdiction's procedure in one file (规则包): periods and how they are counted, what may happen to them, returns, letters,
/// verdicts, rates, and the stages of reminders.
///
/// Each service uses of it what is its own and checks all of it; the file is the same for all, so that none goes by another edition.
package struct RulePack: Sendable {
    /// What is wrong with a pack, all of it.
    package struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each, naming the path.
        package let lines: [String]
        /// The lines.
        package var description: String { lines.joined(separator: "; ") }
    }

    private struct Head: Decodable {
        let stages: StageRules
        let rates: [RateRule]
        let name: String
        let version: Int
        let title: Words
    }

    /// As `--pack` and clocks name it.
    package let name: String
    /// Which edition.
    package let version: Int
    /// As people call the jurisdiction.
    package let title: Words
    /// Whose days count.
    package let zone: FixedZone
    /// The periods, how they are counted, and what may be done meanwhile.
    package let terms: LegalTerms
    /// What is divided by what.
    package let rates: [RateRule]
    /// Who is told when.
    package let stages: StageRules

    /// Reads a pack's content and checks it.
    ///
    /// - Throws: ``Faults`` that name every path at fault.
    package init(json: Data) throws {
        let faults = PackFaults.of(json)
        guard faults.isEmpty else { throw Faults(lines: faults) }
        let head = try JSONDecoder().decode(Head.self, from: json)
        (stages, rates) = (head.stages, head.rates)
        (name, version, title, zone) = (head.name, head.version, head.title, .china)
        terms = try LegalTerms(json: json)
    }
}
