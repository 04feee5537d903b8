import Bootstrap
import Foundation
import Rules

/// A rule pack as it is named on the command line.
enum PackArgument {
    /// What is wrong with it, in words.
    struct NotFound: Error {
        let rule: String
    }

    /// Where packs are looked for by name.
    ///
    /// Key: `rules.folder` (text), where packs lie; unless it is set, `Deploy/Rules`, the folder of this program, `Rules` in
    /// it, and `/etc/ebinda`, one after the other.
    static func folders(_ settings: Settings) async throws -> [String] {
        if let folder = try await settings.scoped(to: "rules").text("folder") { return [folder] }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        return ["Deploy/Rules", own, "\(own)/Rules", "/etc/ebinda"]
    }

    /// A pack's content, by its name, looked for in folders one after the other, or by its file's path.
    ///
    /// - Throws: ``NotFound``.
    static func content(of name: String, in folders: [String]) throws(NotFound) -> Data {
        let isPath = name.contains("/") || name.hasSuffix(".json")
        guard isPath || name.wholeMatch(of: /[a-z0-9-]{1,64}/) != nil else {
            throw NotFound(rule: "must be a pack's name, such as zhejiang-hangzhou, or its file's path")
        }
        let paths = isPath ? [name] : folders.map { "\($0)/\(name).json" }
        guard let data = paths.lazy.compactMap({ FileManager.default.contents(atPath: $0) }).first else {
            throw NotFound(rule: "cannot be read at \(paths.joined(separator: ", "))")
        }
        return data
    }

    /// Reads a pack.
    ///
    /// - Throws: ``NotFound``.
    static func find(_ name: String, in folders: [String]) throws(NotFound) -> RulePack {
        let data = try content(of: name, in: folders)
        do {
            return try RulePack(json: data)
        } catch {
            throw NotFound(rule: "\(name) is no pack: \(error)")
        }
    }
}
