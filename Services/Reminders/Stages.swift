import Calendar
import Contracts
import Foundation
import Rules

/// The stages of every clock as data: when a department is reminded before the end of its period, and that the end itself is
/// told.
struct Stages: Sendable, Hashable {
    /// A stage's name in two languages.
    struct Name: Codable, Sendable, Hashable {
        let zh: String
        let en: String
    }

    /// One stage.
    struct Stage: Sendable, Hashable {
        /// As events and the ledger name it.
        let id: String
        let name: Name
        /// What the stage rests on.
        let basis: LegalTerms.Basis
        /// Whether it is the end of the period, and no stage before it.
        let isEnd: Bool
        /// How long after the last moment in time it is reached; negative for a stage before.
        let offset: Duration

        /// Its ground in words, as the record of an act names it.
        var authority: String { basis.words }

        /// The first moment at which it is reached.
        func instant(dueAt: Timestamp) -> Timestamp { dueAt + offset }
    }

    /// What is to be told of a clock now, and when to look at it again.
    struct Decision: Sendable, Hashable {
        /// The latest stage that was reached; nil when none was.
        let fires: Stage?
        /// The stages that it has overtaken, in their order: recorded and never told.
        let skips: [Stage]
        /// The stage after it with its instant; nil behind the end.
        let next: Next?
    }

    /// A stage that lies ahead.
    struct Next: Sendable, Hashable {
        let stage: String
        let at: Timestamp
    }

    /// In the order in which they are reached; the last is the end.
    let ordered: [Stage]

    /// The end of the period.
    let end: Stage

    /// What is to be told of a clock at `now`, of the stages from `next` on.
    ///
    /// However long nobody looked, one stage fires: the latest that was reached. A stage that these rules no longer know stands
    /// for those whose instants are not before the one it had.
    ///
    /// - Parameter judges: whether the end may be told; a sweep that has not heard everything leaves it for later.
    func decision(dueAt: Timestamp, next: Next, now: Timestamp, judges: Bool = true) -> Decision {
        let start = ordered.firstIndex { $0.id == next.stage }
        let left =
            start.map { Array(ordered[$0...]) } ?? ordered.filter { $0.isEnd || $0.instant(dueAt: dueAt) >= next.at }
        let reached = left.prefix { $0.instant(dueAt: dueAt) <= now && (judges || !$0.isEnd) }
        return Decision(
            fires: reached.last,
            skips: reached.dropLast(),
            next: left.dropFirst(reached.count).first.map { Next(stage: $0.id, at: $0.instant(dueAt: dueAt)) }
        )
    }

    /// The first stage of a period.
    ///
    /// One that would lie before the period's beginning is none of its stages: nobody is reminded of ten days' notice on the
    /// first of seven days.
    func first(startedAt: Timestamp, dueAt: Timestamp) -> Next {
        let stage = ordered.first { $0.isEnd || $0.instant(dueAt: dueAt) > startedAt } ?? end
        return Next(stage: stage.id, at: stage.instant(dueAt: dueAt))
    }

    /// The end of a period as the stage that lies ahead.
    func end(dueAt: Timestamp) -> Next { Next(stage: end.id, at: end.instant(dueAt: dueAt)) }
}

extension Stages {
    /// What is wrong with a file of stages, all of it.
    struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each, naming the path.
        let lines: [String]
        var description: String { lines.joined(separator: "; ") }
    }

    private struct File: Decodable {
        struct Before: Decodable {
            let id: String
            let term: Term
            let name: Name
            let basis: LegalTerms.Basis
        }
        struct Overdue: Decodable {
            let id: String
            let name: Name
            let basis: LegalTerms.Basis
        }
        let before: [Before]
        let overdue: Overdue
    }

    /// Reads a file's content and checks it.
    ///
    /// - Parameter settling: how long after the end of a period it is judged, so that a reply issued in its last moments has
    ///   been heard of by then.
    /// - Throws: `DecodingError`, ``Faults`` that name every path at fault.
    init(json: Data, settling: Duration) throws {
        let file = try JSONDecoder().decode(File.self, from: json)
        var faults: [String] = []
        var ids: Set = [file.overdue.id]
        var terms: Set<Term> = []
        for (index, entry) in file.before.enumerated() {
            // A calendar month before the end has no fixed length, and a stage's place in the order must be the same for all.
            if entry.term.unit != .days { faults.append("/before/\(index)/term: must be days") }
            if !terms.insert(entry.term).inserted { faults.append("/before/\(index)/term: stands there twice") }
            if !ids.insert(entry.id).inserted { faults.append("/before/\(index)/id: stands there twice") }
        }
        // Ids go into acts and events.
        for id in ids.sorted() where id.wholeMatch(of: /[A-Za-z0-9-]{1,32}/) == nil {
            faults.append("\(id.debugDescription): an id has 1 to 32 letters, digits and hyphens")
        }
        guard faults.isEmpty else { throw Faults(lines: faults) }
        end = Stage(
            id: file.overdue.id,
            name: file.overdue.name,
            basis: file.overdue.basis,
            isEnd: true,
            // A period's last moment is still in time: the earliest end is the next one that a timestamp can tell apart.
            offset: max(settling, .microseconds(1))
        )
        ordered =
            file.before.sorted { $0.term.count > $1.term.count }
            .map {
                // A day of China's one time zone has 24 hours.
                let offset = Duration.seconds(-$0.term.count * 86_400)
                return Stage(id: $0.id, name: $0.name, basis: $0.basis, isEnd: false, offset: offset)
            } + [end]
    }

    /// The stage of an id; nil when there is none, or no longer.
    subscript(id: String) -> Stage? { ordered.first { $0.id == id } }
}
