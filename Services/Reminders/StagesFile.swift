import Calendar
import Contracts
import Foundation
import Rules

extension Stages {
    /// What is wrong with a file of stages, all of it.
    struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each, naming the path.
        let lines: [String]
        var description: String { lines.joined(separator: "; ") }
    }

    private struct File: Decodable {
        struct Entry: Decodable {
            let id: String
            let term: Term
            let level: NoticeLevel?
            let tells: [Audience]?
            let name: Name
            let basis: LegalTerms.Basis
        }
        struct Overdue: Decodable {
            let id: String
            let tells: [Audience]?
            let name: Name
            let basis: LegalTerms.Basis
        }
        struct Paused: Decodable {
            let id: String
            let every: Term
            let tells: [Audience]?
            let name: Name
            let basis: LegalTerms.Basis
        }
        let before: [Entry]
        let overdue: Overdue
        let after: [Entry]?
        let paused: Paused?
    }

    private struct Pack: Decodable {
        let stages: File
    }

    /// Reads a pack's stages and checks them.
    ///
    /// - Parameter settling: how long after the end of a period it is judged, so that a reply issued in its last moments has
    ///   been heard of by then.
    /// - Throws: `DecodingError`, ``Faults`` that name every path at fault.
    init(pack json: Data, settling: Duration) throws {
        let file = try JSONDecoder().decode(Pack.self, from: json).stages
        let after = file.after ?? []
        var faults: [String] = []
        var ids: Set = [file.overdue.id]
        faults += Self.faults(of: file.before, "before", units: [.days, .workingDays], &ids)
        // Behind the end people are told by working days alone: a stage on the same instant as the end would have no order.
        faults += Self.faults(of: after, "after", units: [.workingDays], &ids)
        if let paused = file.paused { faults += Self.faults(of: paused, beside: ids) }
        // Ids go into acts and events.
        for id in ids.sorted() where id.wholeMatch(of: /[A-Za-z0-9-]{1,32}/) == nil {
            faults.append("\(id.debugDescription): an id has 1 to 32 letters, digits and hyphens")
        }
        for id in ids.sorted() + [file.paused?.id].compactMap({ $0 }) where id.hasPrefix(Self.movedPrefix) {
            faults.append("\(id.debugDescription): \(Self.movedPrefix) begins the ids of what is told of changes")
        }
        guard faults.isEmpty else { throw Faults(lines: faults) }
        end = Stage(
            id: file.overdue.id,
            name: file.overdue.name,
            basis: file.overdue.basis,
            // A period's last moment is still in time: the earliest end is the next one that a timestamp can tell apart.
            place: .end(max(settling, .microseconds(1))),
            level: .overdue,
            tells: file.overdue.tells ?? [.department]
        )
        func stage(_ entry: File.Entry, _ place: Place, _ level: NoticeLevel) -> Stage {
            Stage(
                id: entry.id,
                name: entry.name,
                basis: entry.basis,
                place: place,
                level: entry.level ?? level,
                tells: entry.tells ?? [.department]
            )
        }
        ordered =
            file.before.sorted { $0.term.count > $1.term.count }.map { stage($0, .before($0.term), .reminder) } + [end]
            + after.sorted { $0.term.count < $1.term.count }.map { stage($0, .after($0.term), .urging) }
        paused = file.paused.map {
            Stage(
                id: $0.id,
                name: $0.name,
                basis: $0.basis,
                place: .paused(every: $0.every),
                level: .reminder,
                tells: $0.tells ?? [.committee]
            )
        }
    }

    private static func faults(of paused: File.Paused, beside ids: Set<String>) -> [String] {
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
        of entries: [File.Entry],
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
