package import Calendar
package import Contracts

/// The stages of a pack as it says them: who is told before the end of a period, at it, behind it, and while it stands still.
package struct StageRules: Decodable, Sendable, Hashable {
    /// One before or behind the end.
    package struct Entry: Decodable, Sendable, Hashable {
        /// As events and the ledger name it.
        package let id: String
        /// How long before or behind.
        package let term: Term
        /// How grave it is.
        package let level: NoticeLevel?
        /// Whom it concerns.
        package let tells: [Audience]?
        /// In two languages.
        package let name: Words
        /// What it rests on.
        package let basis: LegalTerms.Basis
    }

    /// The end itself.
    package struct Overdue: Decodable, Sendable, Hashable {
        /// As events and the ledger name it.
        package let id: String
        /// Whom it concerns.
        package let tells: [Audience]?
        /// In two languages.
        package let name: Words
        /// What it rests on.
        package let basis: LegalTerms.Basis
    }

    /// While the period stands still.
    package struct Paused: Decodable, Sendable, Hashable {
        /// As events and the ledger name it, with numbers behind it.
        package let id: String
        /// Behind its beginning, and behind the one before.
        package let every: Term
        /// Whom it concerns.
        package let tells: [Audience]?
        /// In two languages.
        package let name: Words
        /// What it rests on.
        package let basis: LegalTerms.Basis
    }

    /// Before the end.
    package let before: [Entry]
    /// The end.
    package let overdue: Overdue
    /// Behind the end; absent for none.
    package let after: [Entry]?
    /// While the period stands still; absent for nothing.
    package let paused: Paused?

    /// What is wrong with them, a line each, naming the path.
    package var faults: [String] {
        var faults: [String] = []
        var ids: Set = [overdue.id]
        faults += Self.faults(of: before, "before", units: [.days, .workingDays], &ids)
        // Behind the end people are told by working days alone: a stage on the same instant as the end would have no order.
        faults += Self.faults(of: after ?? [], "after", units: [.workingDays], &ids)
        if overdue.tells?.isEmpty == true { faults.append("/stages/overdue/tells: must name somebody") }
        if let paused { faults += Self.faults(of: paused, beside: ids) }
        // Ids go into acts and events.
        for id in ids.sorted() where id.wholeMatch(of: /[A-Za-z0-9-]{1,32}/) == nil {
            faults.append("\(id.debugDescription): an id has 1 to 32 letters, digits and hyphens")
        }
        return faults
    }

    private static func faults(of paused: Paused, beside ids: Set<String>) -> [String] {
        var faults: [String] = []
        if paused.every.unit != .workingDays { faults.append("/stages/paused/every: must be working days") }
        // The numbers of pause and coming are put behind it, in what is left of the 32.
        if paused.id.wholeMatch(of: /[A-Za-z0-9-]{1,24}/) == nil {
            faults.append("/stages/paused/id: has 1 to 24 letters, digits and hyphens")
        }
        if ids.contains(where: { $0 == paused.id || $0.hasPrefix("\(paused.id)-") }) {
            faults.append("/stages/paused/id: begins another stage's id, or is it")
        }
        if paused.tells?.isEmpty == true { faults.append("/stages/paused/tells: must name somebody") }
        return faults
    }

    private static func faults(
        of entries: [Entry],
        _ path: String,
        units: [Term.Unit],
        _ ids: inout Set<String>
    ) -> [String] {
        var faults: [String] = []
        var terms: Set<Term> = []
        for (index, entry) in entries.enumerated() {
            // A calendar month has no fixed length, and a stage's place in the order must be the same for all.
            if !units.contains(entry.term.unit) {
                let words = units.count == 1 ? "working days" : "days or working days"
                faults.append("/stages/\(path)/\(index)/term: must be \(words)")
            } else if let first = entries.first(where: { units.contains($0.term.unit) }),
                entry.term.unit != first.term.unit
            {
                faults.append(
                    "/stages/\(path)/\(index)/term: must be of the unit of the others, or their order would change"
                )
            }
            if !terms.insert(entry.term).inserted { faults.append("/stages/\(path)/\(index)/term: stands there twice") }
            if !ids.insert(entry.id).inserted { faults.append("/stages/\(path)/\(index)/id: stands there twice") }
            if entry.tells?.isEmpty == true { faults.append("/stages/\(path)/\(index)/tells: must name somebody") }
        }
        return faults
    }
}
