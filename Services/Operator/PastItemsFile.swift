import Bootstrap
import Contracts
import Foundation
import Rules

/// The file of past items: a JSON object a line, as `ebinda rules items` writes it.
///
/// A member that nobody reads is refused: what was misspelt would otherwise count as not having happened.
struct PastItemsFile {
    let items: [PastItem]

    /// Reads a file, or standard input for `-`.
    ///
    /// - Throws: `WrongArgument` that names the first line at fault, the member and the rule.
    init(_ file: String) throws {
        let standardInput = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : nil
        guard let data = standardInput ?? FileManager.default.contents(atPath: file) else {
            throw WrongArgument("--items", "\(file) cannot be read")
        }
        try self.init(data)
    }

    /// Reads lines; empty ones are passed over.
    init(_ data: Data) throws {
        var items: [PastItem] = []
        var lines: [String: Int] = [:]
        let parts = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, text) in parts.enumerated() where !text.allSatisfy({ $0 == 13 || $0 == 32 || $0 == 9 }) {
            let line = index + 1
            func fault(_ rule: String) -> WrongArgument { WrongArgument("--items", "line \(line): \(rule)") }
            let item: PastItem
            do {
                item = try JSONBody.decode(PastItem.self, from: Array(text))
            } catch let problem as Problem {
                let first = problem.faults.first
                throw fault("\(first?.pointer ?? "") \(first?.message ?? problem.slug)".trimmingPrefix(" ").description)
            }
            if let found = item.fault { throw fault("\(found.pointer) \(found.rule)") }
            if let name = try Self.unread(text, of: item) { throw fault("\(name) is no member of a past item") }
            if let first = lines.updateValue(line, forKey: item.number) {
                throw fault("\(item.number) stands in line \(first) already")
            }
            items.append(item)
        }
        guard !items.isEmpty else { throw WrongArgument("--items", "has no item") }
        self.items = items
    }

    /// An item as a line.
    static func line(_ item: PastItem) throws -> String {
        String(decoding: try EventCoding.encode(item), as: UTF8.self)
    }

    /// The first member of a line that the item has nothing of, as a JSON pointer.
    private static func unread(_ line: Data, of item: PastItem) throws -> String? {
        let (given, read) = (
            try JSONSerialization.jsonObject(with: line),
            try JSONSerialization.jsonObject(with: Data(try EventCoding.encode(item)))
        )
        return unread(given, read, at: "")
    }

    private static func unread(_ given: Any, _ read: Any, at pointer: String) -> String? {
        if let given = given as? [String: Any], let read = read as? [String: Any] {
            for (name, value) in given.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
                guard let known = read[name] else { return "\(pointer)/\(name)" }
                if let found = unread(value, known, at: "\(pointer)/\(name)") { return found }
            }
        } else if let given = given as? [Any], let read = read as? [Any] {
            for (index, (value, known)) in zip(given, read).enumerated() {
                if let found = unread(value, known, at: "\(pointer)/\(index)") { return found }
            }
        }
        return nil
    }
}
