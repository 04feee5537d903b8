import Calendar
import Contracts
import Foundation

/// Everything that is wrong with a pack's content: what cannot be read, what no program reads, what cannot be, and what contradicts
/// itself.
///
/// Of what cannot be read each entry's first fault is named, of all else every one.
struct PackFaults: Decodable {
    /// A line each, naming the path.
    private(set) var lines: [String] = []

    /// Those of a file's content; empty of a good pack.
    static func of(_ json: Data) -> [String] {
        do {
            let shape = try PackShape.faults(of: json)
            return shape + (try JSONDecoder().decode(Self.self, from: json).lines)
        } catch let error as DecodingError {
            return [line(error)]
        } catch {
            return ["/: is no JSON"]
        }
    }

    private enum Key: String, CodingKey {
        case name, version, title, zone, calendar, counting, terms, clocks, returns, letters, evaluation, rates, stages
        case before, overdue, after, paused
    }

    private typealias Container = KeyedDecodingContainer<Key>

    init(from decoder: any Decoder) throws {
        let pack = try decoder.container(keyedBy: Key.self)
        readHead(pack)
        let counting = value(CountingTerms.self, .counting, pack)
        let terms = list(LegalTerms.Entry.self, .terms, pack)
        let clocks = list(ClockRule.self, .clocks, pack)
        let returns = list(ReturnRule.self, .returns, pack)
        let letters = list(LetterRule.self, .letters, pack)
        let evaluation = list(EvaluationRule.self, .evaluation, pack)
        let rates = list(RateRule.self, .rates, pack)
        readStages(pack)
        lines += counting?.faults ?? []
        lines += terms.map(LegalTerms.Entry.faults(of:)) ?? []
        lines += clocks.map(ClockRule.faults(of:)) ?? []
        lines += returns.map(ReturnRule.faults(of:)) ?? []
        lines += letters.map(LetterRule.faults(of:)) ?? []
        lines += evaluation.map(EvaluationRule.faults(of:)) ?? []
        if let rates, let letters, let evaluation {
            lines += RateRule.faults(of: rates, letters: letters, evaluation: evaluation)
        }
        // What cannot be read has no contradictions yet.
        if lines.isEmpty { lines += try LegalTerms(from: decoder).contradictions }
    }

    private mutating func readHead(_ pack: Container) {
        let (name, version) = (value(String.self, .name, pack), value(Int.self, .version, pack))
        let (calendar, zone) = (value(String.self, .calendar, pack), value(String.self, .zone, pack))
        _ = value(Words.self, .title, pack)
        if let name, name.wholeMatch(of: /[a-z0-9-]{1,64}/) == nil {
            lines.append("/name: must be 1 to 64 small letters, digits and hyphens")
        }
        if let version, version < 1 { lines.append("/version: must be at least 1") }
        // Days off are those of one calendar so far, and its days have one offset.
        if let calendar, calendar != WorkCalendar.china.name {
            lines.append("/calendar: must be \(WorkCalendar.china.name), the only one that there is")
        }
        if let zone, zone != "+08:00" { lines.append("/zone: must be +08:00, that of the calendar") }
    }

    private mutating func readStages(_ pack: Container) {
        guard let stages = section(.stages, pack) else { return }
        let before = lines.count
        _ = list(StageRules.Entry.self, .before, stages)
        if stages.contains(.after) { _ = list(StageRules.Entry.self, .after, stages) }
        _ = value(StageRules.Overdue.self, .overdue, stages)
        if stages.contains(.paused) { _ = value(StageRules.Paused.self, .paused, stages) }
        guard lines.count == before else { return }
        lines += value(StageRules.self, .stages, pack)?.faults ?? []
    }

    // MARK: Reading

    private mutating func value<Value: Decodable>(_ type: Value.Type, _ key: Key, _ container: Container) -> Value? {
        caught { try container.decode(type, forKey: key) }
    }

    private mutating func section(_ key: Key, _ container: Container) -> Container? {
        caught { try container.nestedContainer(keyedBy: Key.self, forKey: key) }
    }

    /// A list; nil when one of it cannot be read.
    private mutating func list<Entry: Decodable>(_: Entry.Type, _ key: Key, _ container: Container) -> [Entry]? {
        guard var list = caught({ try container.nestedUnkeyedContainer(forKey: key) }) else { return nil }
        var (entries, isWhole) = ([Entry](), true)
        while !list.isAtEnd {
            // An entry of its own decoder is left behind whether it can be read or not.
            guard let decoder = caught({ try list.superDecoder() }) else { return nil }
            guard let entry = caught({ try Entry(from: decoder) }) else {
                isWhole = false
                continue
            }
            entries.append(entry)
        }
        return isWhole ? entries : nil
    }

    private mutating func caught<Value>(_ read: () throws -> Value) -> Value? {
        do {
            return try read()
        } catch let error as DecodingError {
            lines.append(Self.line(error))
        } catch {
            lines.append("/: cannot be read")
        }
        return nil
    }

    /// What could not be read, with its path.
    private static func line(_ error: DecodingError) -> String {
        func pointer(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "/" : path.map { "/\($0.intValue.map(String.init) ?? $0.stringValue)" }.joined()
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(pointer(context.codingPath + [key])): must be given"
        case .typeMismatch(_, let context): return "\(pointer(context.codingPath)): is of another type"
        case .valueNotFound(_, let context): return "\(pointer(context.codingPath)): must not be null"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return "/: is no JSON"
        case .dataCorrupted(let context): return "\(pointer(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "/: cannot be read"
        }
    }
}
