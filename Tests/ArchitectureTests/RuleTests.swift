import Foundation
import Testing

struct RuleTests {
    private static let rules: [(name: String, rule: Rule)] = [
        ("length", Rules.length), ("imports", Rules.imports), ("callsToC", Rules.callsToC), ("names", Rules.names),
        ("comments", Rules.comments), ("reasons", Rules.reasons), ("idling", Rules.idling),
        ("leftovers", Rules.leftovers), ("serviceImports", Rules.serviceImports), ("routes", Rules.routes),
    ]

    @Test(arguments: rules.map(\.name)) func `the checkout keeps the rule`(name: String) throws {
        let rule = try #require(Self.rules.first { $0.name == name }?.rule)
        let files = try Checkout.swift()
        #expect(files.count > 40, "the files were found")
        #expect(files.flatMap(rule) == [])
    }

    /// A file that breaks each rule, and how often: a rule that finds nothing here would find nothing anywhere.
    private static let planted: [(rule: String, path: String, text: String)] = [
        ("length", "Shared/Contracts/Long.swift", String(repeating: "\n", count: 500)),
        ("imports", "Shared/Contracts/Event.swift", "package import PostgreSQL\n"),
        ("imports", "Shared/RabbitMQ/Publisher.swift", "import Messaging\n"),
        ("callsToC", "Shared/PostgreSQL/Database.swift", "import CLibPQ\n"),
        ("names", "Shared/Messaging/OutboxHelpers.swift", ""),
        ("comments", "Shared/Messaging/X.swift", "/// Good.\npackage struct A {}\n\npackage struct B {}\n"),
        ("reasons", "Services/Intake/X.swift", "let a = 1\nTask { print(a) }\n"),
        ("idling", "Tests/MessagingTests/XTests.swift", "try await Task." + "sleep(for: .seconds(1))\n"),
        ("leftovers", "Shared/Messaging/X.swift", "// TO" + "DO: later\n"),
        (
            "routes", "Services/Intake/Main.swift",
            "import Hummingbird\nrouter.get(\"/v1/all\") { _, _ in everything }\n"
        ),
        (
            "routes", "Services/Intake/X.swift",
            "import Hummingbird\nraw.on(path, method: .get) { _, _ in everything }\n"
        ),
        ("serviceImports", "Services/Intake/Store.swift", "import RabbitMQ\n"),
        ("serviceImports", "Services/Intake/Desk.swift", "import Routing\n"),
        ("serviceImports", "Services/Intake/Submission.swift", "import PostgreSQL\n"),
        ("serviceImports", "Services/Intake/Submission.swift", "import Crypto\n"),
    ]

    @Test(arguments: planted.indices) func `a planted fault is found`(index: Int) throws {
        let (name, path, text) = Self.planted[index]
        let rule = try #require(Self.rules.first { $0.name == name }?.rule)
        #expect(rule(Checkout.File(path: path, text: text)).count == 1)
    }

    @Test func `the top level holds what it may and nothing else`() throws {
        let allowed: Set = ["Package.swift", "Services", "Shared", "Tests", "Deploy", "Makefile", "README.md"]
        // What the package manager writes and git ignores.
        let written: Set = ["Package.resolved"]
        let names = try FileManager.default.contentsOfDirectory(atPath: Checkout.root.path)
        #expect(names.filter { !$0.hasPrefix(".") && !allowed.contains($0) && !written.contains($0) } == [])
    }

    @Test func `every service has its one page with the same headings`() throws {
        let services = Checkout.root.appending(path: "Services")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: services.path)) ?? []
        for name in names where !name.contains(".") {
            let page = try String(contentsOf: services.appending(path: "\(name)/README.md"), encoding: .utf8)
            for heading in ["Owns", "Hears", "Publishes", "HTTP", "When it is down"] {
                #expect(page.contains("## \(heading)"), "\(name)")
            }
        }
    }

    @Test func `every service but the command has an HTTP contract`() throws {
        let services = Checkout.root.appending(path: "Services")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: services.path)) ?? []
        #expect(names.count > 5)
        for name in names where !name.contains(".") && name != "Operator" {
            let text = try String(contentsOf: services.appending(path: "\(name)/openapi.yaml"), encoding: .utf8)
            #expect(text.hasPrefix("openapi: 3.1.0\n") && text.contains("\npaths:\n"), "\(name)")
        }
    }

    @Test func `no file of the project is empty`() throws {
        let endings = [".swift", ".md", ".yaml", ".json", ".sql", ".py", ".c", ".h", ".modulemap", ".in"]
        let files = try Checkout.files(["Deploy", "Services", "Shared", "Tests"], endings: endings)
        let empty = files.filter { $0.text.allSatisfy(\.isWhitespace) }.map(\.path)
        #expect(empty == [])
    }

    @Test func `migrations are numbered, each number once`() throws {
        let files = try Checkout.files(["Shared", "Services"], endings: [".sql"]).filter {
            $0.path.contains("/Migrations/")
        }
        #expect(!files.isEmpty)
        for (folder, members) in Dictionary(grouping: files, by: { $0.path.dropLast($0.name.count) }) {
            let numbers = members.map(\.name).sorted().compactMap { Int($0.dropFirst().prefix(3)) }
            #expect(numbers.count == members.count && Set(numbers).count == members.count, "\(folder)")
            for member in members { #expect(member.text.hasPrefix("--"), "\(member): why, which lock, how long") }
        }
    }

    @Test func `every migration is in the list of those that are applied`() throws {
        let code = try Checkout.files(["Shared", "Services"], endings: [".swift"])
        for file in try Checkout.files(["Shared", "Services"], endings: [".sql"]) {
            guard let folder = file.path.range(of: "/Migrations/") else { continue }
            let name = file.name.dropLast(4)
            let beside = code.filter { $0.path.hasPrefix(file.path[..<folder.lowerBound]) }
            #expect(
                beside.contains { $0.text.contains("Migration(\"\(name)\", PackageResources.\(name)_sql)") },
                "\(file.path)"
            )
        }
    }
}
