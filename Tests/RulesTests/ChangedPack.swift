import Foundation
import Rules
import Support
import Testing

/// A pack that ships, with something in it changed.
enum ChangedPack {
    /// The content of a pack that ships.
    static func shipped(_ name: String) throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(name).json"))
    }

    /// A pack's content with other values at paths; nil takes a member away.
    static func content(_ name: String, _ changes: (path: [Any], value: Any?)...) throws -> Data {
        try content(name, changes)
    }

    private static func content(_ name: String, _ changes: [(path: [Any], value: Any?)]) throws -> Data {
        var object = try JSONSerialization.jsonObject(with: shipped(name))
        for change in changes { object = try #require(try set(object, change.path[...], change.value)) }
        return try JSONSerialization.data(withJSONObject: object)
    }

    private static func set(_ node: Any, _ path: ArraySlice<Any>, _ value: Any?) throws -> Any? {
        guard let key = path.first else { return value }
        if let index = key as? Int {
            var list = try #require(node as? [Any])
            if let changed = try set(list[index], path.dropFirst(), value) {
                list[index] = changed
            } else {
                list.remove(at: index)
            }
            return list
        }
        var object = try #require(node as? [String: Any])
        let name = try #require(key as? String)
        object[name] = try set(object[name] ?? [String: Any](), path.dropFirst(), value)
        return object
    }

    /// The lines that it is refused with; none of one that can be taken.
    static func faults(_ name: String, _ changes: (path: [Any], value: Any?)...) throws -> [String] {
        do {
            _ = try RulePack(json: content(name, changes))
            return []
        } catch let faults as RulePack.Faults {
            return faults.lines
        }
    }
}
