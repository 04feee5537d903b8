import Foundation

/// Which members a rule pack may have: a slip of the pen in a name is told, and not taken for silence.
///
/// Of each ground it also sees that it says something.
indirect enum PackShape: Sendable {
    /// A text, a number, or a list of such; the reader of its section says what.
    case value
    /// These members and no others.
    case object([String: Self])
    /// Any number of these.
    case list(Self)
    /// What a number rests on.
    case basis
    /// In both languages.
    case words

    /// A whole pack.
    static let pack = Self.object([
        "name": .value, "version": .value, "title": .words, "zone": .value, "calendar": .value,
        "counting": counting, "terms": .list(term), "clocks": .list(clock), "stages": stages,
        "returns": .list(giving), "letters": .list(letter), "evaluation": .list(judging), "rates": .list(rate),
        "contacts": .list(.object(["kind": .value, "required": .value, "term": .value, "basis": .basis])),
    ])

    private static let counting = Self.object([
        "lastDay": .value, "closing": .value, "basis": .basis,
        "firstDay": .object(["rule": .value, "basis": .basis]),
        "missingDay": .object(["rule": .value, "basis": .basis]),
        "hours": .object(["windows": .value, "basis": .basis]),
    ])
    private static let term = Self.object([
        "kind": .value, "assisting": .value, "rework": .value, "term": .value, "basis": .basis,
    ])
    private static let clock = Self.object([
        "kind": .value, "assisting": .value, "rework": .value,
        "starts": .value, "pauses": .value, "extends": .value, "restarts": .value, "ends": .value,
        "pause": .object(["asks": .value, "times": .value, "basis": .basis]),
        "extension": .object(["asks": .value, "times": .value, "to": .value, "by": .value, "basis": .basis]),
        "setting": .object(["asks": .value, "within": .value, "basis": .basis]),
        "restart": .object(["asks": .value, "times": .value, "basis": .basis]),
    ])
    private static let giving = Self.object([
        "kind": .value, "within": .object(["term": .value, "basis": .basis]),
        "gives": .object(["members": .value, "basis": .basis]),
    ])
    private static let letter = Self.object([
        "letter": .value, "name": .words, "basis": .basis,
        "demands": .list(.object(["member": .value, "name": .words, "basis": .basis])),
        "solved": .object(["counts": .value, "basis": .basis]),
    ])
    private static let judging = Self.object([
        "kind": .value,
        "judges": .object(["roles": .value, "basis": .basis]),
        "reasons": .object(["of": .value, "basis": .basis]),
        "within": .object(["term": .value, "basis": .basis]),
        "silence": .object(["reminders": .value, "counts": .value, "basis": .basis]),
        "again": .object(["then": .value, "basis": .basis]),
    ])
    private static let rate = Self.object([
        "id": .value, "name": .words, "definition": .words, "numerator": .value, "denominator": .value,
        "basis": .basis,
    ])
    private static let stages = Self.object([
        "before": .list(stage), "after": .list(stage),
        "overdue": .object(["id": .value, "tells": .value, "name": .words, "basis": .basis]),
        "paused": .object(["id": .value, "every": .value, "tells": .value, "name": .words, "basis": .basis]),
    ])
    private static let stage = Self.object([
        "id": .value, "term": .value, "level": .value, "tells": .value, "name": .words, "basis": .basis,
    ])

    /// What is wrong with a file's content, a line each, naming the path.
    ///
    /// - Throws: what `JSONSerialization` throws when it is no JSON.
    static func faults(of json: Data) throws -> [String] {
        pack.faults(of: try JSONSerialization.jsonObject(with: json), at: "")
    }

    /// Of a value that is not of this kind nothing is said: the reader of its section does.
    private func faults(of value: Any, at path: String) -> [String] {
        switch self {
        case .value: return []
        case .list(let shape):
            return (value as? [Any] ?? []).enumerated().flatMap { shape.faults(of: $1, at: "\(path)/\($0)") }
        case .object(let members):
            let object = value as? [String: Any] ?? [:]
            return object.sorted { $0.key < $1.key }.flatMap { name, value in
                guard let shape = members[name] else {
                    let known = members.keys.sorted().joined(separator: ", ")
                    return ["\(path)/\(name): there is no such member; known are \(known)"]
                }
                return shape.faults(of: value, at: "\(path)/\(name)")
            }
        case .basis: return Self.texts(["standing", "text"], of: value, at: path)
        case .words: return Self.texts(["zh", "en"], of: value, at: path)
        }
    }

    /// Texts of these names, none of them empty.
    private static func texts(_ names: [String], of value: Any, at path: String) -> [String] {
        let members = Dictionary(names.map { ($0, PackShape.value) }) { first, _ in first }
        let empty = names.filter { name in
            guard let text = (value as? [String: Any])?[name] as? String else { return false }
            return text.allSatisfy(\.isWhitespace)
        }
        return PackShape.object(members).faults(of: value, at: path) + empty.map { "\(path)/\($0): must not be empty" }
    }
}
