package import Foundation

/// A place of a pack that has a ground, with the numbers and choices that stand on it.
package struct PackGround: Sendable, Hashable {
    /// One number or choice.
    package struct Value: Sendable, Hashable {
        /// Below the place: `term`, `asks`.
        package let member: String
        /// As it is written; a list's parts behind one another.
        package let text: String
    }

    /// Where it stands in the file: a JSON pointer (RFC 6901).
    package let pointer: String
    /// The same with entries called by what they are about, so that two packs compare: `/terms/formal+assisting+first`.
    package let path: String
    /// What stands on it, in the order of the members' names.
    package let values: [Value]
    /// The ground; nil of what has none, such as the events that start a clock.
    package let basis: LegalTerms.Basis?

    /// The values in a line.
    package var line: String { values.map { "\($0.member) \($0.text)" }.joined(separator: ", ") }

    /// Those of a pack's content, in the order of sections and entries.
    ///
    /// - Throws: what `JSONSerialization` throws when it is no JSON.
    package static func all(of json: Data) throws -> [Self] {
        guard let pack = try JSONSerialization.jsonObject(with: json) as? [String: Any] else { return [] }
        var grounds: [Self] = []
        for section in pack.keys.sorted() where !heads.contains(section) {
            collect(pack[section] ?? [], pointer: "/\(section)", path: "/\(section)", into: &grounds)
        }
        return grounds
    }

    /// What names a pack, and is no rule of it.
    private static let heads: Set<String> = ["name", "version", "title"]
    /// What an entry of a list is about, with how a path says it.
    private static let labels: [(member: String, flags: (yes: String, no: String)?)] = [
        ("id", nil), ("letter", nil), ("member", nil), ("kind", nil), ("assisting", ("assisting", "lead")),
        ("rework", ("again", "first")),
    ]

    private static func collect(_ node: Any, pointer: String, path: String, into grounds: inout [Self]) {
        if let list = node as? [Any] {
            var seen: [String: Int] = [:]
            for (index, entry) in list.enumerated() {
                let label = label(of: entry)
                seen[label, default: 0] += 1
                let number = seen[label] ?? 1
                collect(
                    entry,
                    pointer: "\(pointer)/\(index)",
                    path: "\(path)/\(label)" + (number > 1 ? "#\(number)" : ""),
                    into: &grounds
                )
            }
        }
        guard let object = node as? [String: Any] else { return }
        var values: [Value] = []
        for (name, value) in object.sorted(by: { $0.key < $1.key }) where name != "basis" {
            if let text = text(of: value) {
                if !labels.contains(where: { $0.member == name }) { values.append(Value(member: name, text: text)) }
            } else if !isWords(value) {
                collect(value, pointer: "\(pointer)/\(name)", path: "\(path)/\(name)", into: &grounds)
            }
        }
        let basis = (object["basis"] as? [String: Any]).flatMap(basis)
        // What is behind a place with a ground comes behind it.
        guard !values.isEmpty || basis != nil else { return }
        let index = grounds.firstIndex { $0.pointer.hasPrefix("\(pointer)/") } ?? grounds.endIndex
        grounds.insert(Self(pointer: pointer, path: path, values: values, basis: basis), at: index)
    }

    private static func basis(_ object: [String: Any]) -> LegalTerms.Basis? {
        guard let word = object["standing"] as? String, let standing = LegalTerms.Standing(rawValue: word) else {
            return nil
        }
        return LegalTerms.Basis(standing: standing, text: object["text"] as? String ?? "")
    }

    /// A number, a text, a flag, or a list of such; nil of anything else.
    private static func text(of value: Any) -> String? {
        if let list = value as? [Any] {
            let texts = list.compactMap { $0 is [Any] ? nil : text(of: $0) }
            return texts.count == list.count ? (texts.isEmpty ? "-" : texts.joined(separator: " ")) : nil
        }
        guard let number = value as? NSNumber else { return value as? String }
        // A flag is a number to Foundation, too: one of a C character, which no number in a file becomes.
        return String(cString: number.objCType) == "c" ? "\(number.boolValue)" : "\(number)"
    }

    private static func isWords(_ value: Any) -> Bool {
        (value as? [String: Any]).map { Set($0.keys) == ["zh", "en"] } ?? false
    }

    private static func label(of entry: Any) -> String {
        guard let object = entry as? [String: Any] else { return "entry" }
        let parts = labels.compactMap { label -> String? in
            guard let value = object[label.member] else { return nil }
            guard let flags = label.flags else { return value as? String }
            return value as? Bool == true ? flags.yes : flags.no
        }
        return parts.isEmpty ? "any" : parts.joined(separator: "+")
    }
}

/// Where two packs say different things.
package struct PackDifference: Sendable, Hashable {
    /// What one of them says.
    package struct Side: Sendable, Hashable {
        /// As it is written.
        package let text: String
        /// What it rests on; nil of what has no ground.
        package let basis: LegalTerms.Basis?
    }

    /// As ``PackGround/path``, with the member behind it.
    package let path: String
    /// The first pack's; nil where it says nothing.
    package let first: Side?
    /// The second's, likewise.
    package let second: Side?

    /// The differences of two packs' contents, by path; grounds alone that differ are left out.
    ///
    /// - Throws: what `JSONSerialization` throws when one is no JSON.
    package static func all(of first: Data, and second: Data) throws -> [Self] {
        let (old, new) = (try sides(of: first), try sides(of: second))
        return Set(old.keys).union(new.keys).sorted().compactMap { path in
            old[path]?.text == new[path]?.text ? nil : Self(path: path, first: old[path], second: new[path])
        }
    }

    private static func sides(of json: Data) throws -> [String: Side] {
        let pairs = try PackGround.all(of: json).flatMap { ground in
            ground.values.map { ("\(ground.path)/\($0.member)", Side(text: $0.text, basis: ground.basis)) }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
