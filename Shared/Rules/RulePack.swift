package import Calendar
package import Foundation

/// A jurisdiction's numbers in one file (规则包): periods, how they are counted, and the stages of reminders.
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
        let name: String
        let version: Int
        let title: Words
        let zone: String
        let calendar: String
    }

    /// As `--pack` and clocks name it.
    package let name: String
    /// Which edition.
    package let version: Int
    /// As people call the jurisdiction.
    package let title: Words
    /// Whose days count.
    package let zone: FixedZone
    /// The periods, and how they are counted.
    package let terms: LegalTerms
    /// Who is told when.
    package let stages: StageRules

    /// Reads a pack's content and checks it.
    ///
    /// - Throws: `DecodingError`; ``Faults`` or `LegalTerms.Faults` that name every path at fault.
    package init(json: Data) throws {
        let head = try JSONDecoder().decode(Head.self, from: json)
        var faults = try PackShape.faults(of: json)
        if head.name.wholeMatch(of: /[a-z0-9-]{1,64}/) == nil {
            faults.append("/name: must be 1 to 64 small letters, digits and hyphens")
        }
        if head.version < 1 { faults.append("/version: must be at least 1") }
        // Days off are those of one calendar so far, and its days have one offset.
        if head.calendar != WorkCalendar.china.name {
            faults.append("/calendar: must be \(WorkCalendar.china.name), the only one that there is")
        }
        if head.zone != "+08:00" { faults.append("/zone: must be +08:00, that of the calendar") }
        faults += head.stages.faults
        guard faults.isEmpty else { throw Faults(lines: faults) }
        stages = head.stages
        (name, version, title, zone) = (head.name, head.version, head.title, .china)
        terms = try LegalTerms(json: json)
    }
}
