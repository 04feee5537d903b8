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

    private struct Pack: Decodable {
        let stages: StageRules
        /// Absent from stages that are read by themselves: the Civil Code's way.
        let counting: CountingTerms?
    }

    /// Reads a pack's stages, with the hours by which it counts, and checks them.
    ///
    /// - Parameter settling: how long after the end of a period it is judged, so that a reply issued in its last moments has
    ///   been heard of by then.
    /// - Throws: `DecodingError`, ``Faults`` that name every path at fault.
    init(pack json: Data, settling: Duration) throws {
        let pack = try JSONDecoder().decode(Pack.self, from: json)
        let file = pack.stages
        let after = file.after ?? []
        let ids = (file.before + after).map(\.id) + [file.overdue.id] + [file.paused?.id].compactMap { $0 }
        let faults =
            file.faults
            + ids.sorted().filter { $0.hasPrefix(Self.movedPrefix) }.map {
                "\($0.debugDescription): \(Self.movedPrefix) begins the ids of what is told of changes"
            }
        guard faults.isEmpty else { throw Faults(lines: faults) }
        if let counting = pack.counting { rule = counting.rule }
        end = Stage(
            id: file.overdue.id,
            name: Name(file.overdue.name),
            basis: file.overdue.basis,
            // A period's last moment is still in time: the earliest end is the next one that a timestamp can tell apart.
            place: .end(max(settling, .microseconds(1))),
            level: .overdue,
            tells: file.overdue.tells ?? [.department]
        )
        func stage(_ entry: StageRules.Entry, _ place: Place, _ level: NoticeLevel) -> Stage {
            Stage(
                id: entry.id,
                name: Name(entry.name),
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
                name: Name($0.name),
                basis: $0.basis,
                place: .paused(every: $0.every),
                level: .reminder,
                tells: $0.tells ?? [.committee]
            )
        }
    }
}

extension Stages.Name {
    fileprivate init(_ words: Words) { self.init(zh: words.zh, en: words.en) }
}
