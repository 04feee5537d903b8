import Foundation
import Testing

/// Texts are compared and sorted the same everywhere: every database and every image of the project is in C.UTF-8.
struct LocaleTests {
    /// Every text file below a folder; scripts have no ending.
    private static func files(_ folder: String) throws -> [Checkout.File] {
        let base = Checkout.root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
            return Checkout.File(path: "\(folder)/\(name)", text: text)
        }
    }

    /// Commands that make a cluster, each whole, without the comments.
    private static func makingClusters(_ file: Checkout.File) -> [String] {
        file.text.replacing("\\\n", with: " ").split(separator: "\n").map(String.init).filter { line in
            !line.drop { $0 == " " }.hasPrefix("#")
                && (line.contains("initdb\" -D") || line.contains("initdb -D") || line.contains("INITDB_ARGS:"))
        }
    }

    @Test func `whatever makes a database cluster says so`() throws {
        let commands = try (Self.files("Deploy") + Self.files("Tests")).filter { $0.name != "LocaleTests.swift" }
            .flatMap { file in Self.makingClusters(file).map { (file.path, $0) } }
        // The stacks of developers and tests, the image, and what the composition tells the official one.
        #expect(commands.count == 3)
        for (path, command) in commands {
            #expect(command.contains("--locale=C.UTF-8") && command.contains("--encoding=UTF8"), "\(path)")
        }
    }

    @Test func `no database is made in another locale than its cluster's`() throws {
        let folders = try ["Deploy", "Services", "Shared", "Tests"].flatMap { try Self.files($0) }
        let made = folders.filter { $0.name != "LocaleTests.swift" && !$0.name.hasSuffix(".md") }.flatMap { file in
            file.lines.filter { $0.contains("CREATE DATABASE") || $0.contains("createdb") }.map { (file.path, $0) }
        }
        #expect(made.count >= 3)
        for (path, line) in made {
            for word in ["LOCALE", "LC_", "ENCODING", "TEMPLATE"] { #expect(!line.contains(word), "\(path)") }
        }
    }

    @Test func `whatever makes an image says so`() throws {
        let images = try Self.files("Deploy").filter { $0.name.hasSuffix("Dockerfile") }
        #expect(images.count == 4)
        for image in images {
            // What stands before the last FROM is thrown away.
            let last = image.text.components(separatedBy: "\nFROM ").last ?? ""
            #expect(last.contains("LANG=C.UTF-8"), "\(image)")
        }
    }
}
