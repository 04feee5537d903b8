import Foundation

/// The files of the checkout that this test was built from.
struct Checkout {
    /// A file and its text.
    struct File: Sendable, CustomStringConvertible {
        /// From the root, with `/`.
        let path: String
        let text: String
        var description: String { path }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var name: String { String(path.split(separator: "/").last ?? "") }
    }

    /// The root: three levels above this file.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every file below the folders that hold the project's own, with one of the endings.
    static func files(_ folders: [String], endings: [String]) throws -> [File] {
        try folders.flatMap { folder -> [File] in
            let base = root.appending(path: folder)
            let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
            return try names.filter { name in endings.contains { name.hasSuffix($0) } }.sorted().map {
                File(
                    path: "\(folder)/\($0)",
                    text: try String(contentsOf: base.appending(path: $0), encoding: .utf8)
                )
            }
        }
    }

    /// All Swift files.
    static func swift() throws -> [File] { try files(["Shared", "Services", "Tests"], endings: [".swift"]) }
}

/// What a rule finds wrong, one line each.
typealias Rule = @Sendable (Checkout.File) -> [String]
