import Contracts
import Foundation
import Support
import Testing

/// The heads of all chains, which leave the machine once a day: whoever rewrites everything here has the file against him.
@Suite(.timeLimit(.minutes(5)))
struct HeadsExportIntegrationTests {
    private struct Document: Decodable {
        struct Head: Decodable {
            let owner: String
            let chain: String
            let number: Int
            let count: Int
            let head: String
            let sealedAt: Timestamp
        }

        let day: String
        let exportedAt: Timestamp
        let heads: [Head]
    }

    private func read(_ file: URL) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(contentsOf: file))
    }

    /// What lies in a folder, drafts too.
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func `a day's file is written once, and every replica's says the same`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            try await Program.inFolder { folder in
                try await world.exporting { look in
                    let shared = folder.appending(path: "shared")
                    #expect(try await look(shared) == nil, "no head is kept yet, and the day stays open")
                    _ = try await world.act(3)
                    _ = try await world.act(2)

                    let own = folder.appending(path: "own")
                    async let first = look(shared)
                    async let second = look(shared)
                    async let third = look(own)
                    let written = try await [first, second, third].compactMap { $0 }
                    let file = try #require(written.first { $0.path.hasPrefix(shared.path) })
                    let content = try Data(contentsOf: file)
                    #expect(try names(shared) == [file.lastPathComponent])
                    #expect(try Data(contentsOf: own.appending(path: file.lastPathComponent)) == content)
                    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
                    #expect(mode == 0o640)

                    let document = try read(file)
                    #expect(file.lastPathComponent == "heads-\(document.day).json")
                    #expect(document.day.wholeMatch(of: /20\d\d-\d\d-\d\d/) != nil)
                    let head = try #require(document.heads.first)
                    #expect(document.heads.count == 1 && head.owner == "routing" && head.chain == "acts")
                    #expect(head.head.count == 64 && head.count > 0 && head.sealedAt <= document.exportedAt)
                    let heads = try await world.command(["audit", "heads"])
                    #expect(heads.status == 0, "\(heads)")
                    #expect(heads.output.contains(#""number":\#(head.number),"#) && heads.output.contains(head.head))

                    // More is sealed on the same day.
                    _ = try await world.act(2)
                    #expect(try await look(shared) == nil)
                    #expect(try Data(contentsOf: file) == content)
                    let late = folder.appending(path: "late")
                    let another = try #require(try await look(late))
                    #expect(try Data(contentsOf: another) == content, "a replica that comes later says what all say")
                }
            }
        }
    }

    /// What the service needs in order to run.
    private static let keys = [
        "EBINDA_DASHBOARD_HTTP_PORT": "0",
        "EBINDA_DASHBOARD_PACK_FILE": Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json").path,
    ]

    @Test func `the running service writes the file, and without a folder it says that it does not`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            _ = try await world.act(2)
            try await Program.inFolder { folder in
                let heads = folder.appending(path: "heads")
                let keys = Self.keys.merging(["EBINDA_DASHBOARD_HEADS_FOLDER": heads.path]) { $1 }
                try await world.running(.dashboard, keys) { log in
                    try await eventually("the day's file is told of") { try log().contains("heads of acts exported") }
                }
                let file = heads.appending(path: try #require(try names(heads).first))
                #expect(try read(file).heads.map(\.owner) == ["routing"])
            }
            try await world.running(.dashboard, Self.keys) { log in
                try await eventually("the key is named") {
                    try log().contains("heads of acts are not exported") && log().contains("dashboard.headsFolder")
                }
            }
        }
    }

    @Test func `a tail cut behind a head of the file is found and located, whatever the keeper says`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            _ = try await world.act(2)
            _ = try await world.act(2)
            try await Program.inFolder { folder in
                let file = try #require(try await world.exporting { look in try await look(folder) })
                let last = try #require(try read(file).heads.first).number
                let sound = try await world.command(["audit", "verify", "--heads", file.path])
                #expect(sound.status == 0, "\(sound)")

                // Acts, chain and kept heads are cut alike: here all agrees.
                try await world.tamper(
                    """
                    DELETE FROM routing.acts WHERE id IN (SELECT unnest(ids) FROM routing.seals WHERE number = \(last));
                    DELETE FROM routing.seals WHERE number = \(last);
                    DELETE FROM dashboard.kept_seals WHERE owner = 'routing' AND number = \(last);
                    """
                )
                #expect(try await world.command(["audit", "verify"]).status == 0)
                let found = try await world.command(["audit", "verify", "--heads", file.path])
                let cut = "- routing: the chain ends at seal \(last - 1), and seal \(last) was published\n"
                #expect(found.status == 1 && found.output.contains(cut), "\(found)")
                let lost = "- dashboard: the head of seal \(last) of routing was exported and is not kept\n"
                #expect(found.output.contains(lost))

                // Without what the Dashboard keeps.
                try await world.tamper("ALTER TABLE dashboard.kept_seals RENAME TO gone")
                let offline = try await world.command(["audit", "verify", "--offline", "--heads", file.path])
                #expect(offline.status == 1 && offline.output.contains(cut), "\(offline)")
                #expect(!offline.output.contains("- dashboard:"))
            }
            let alone = try await world.command(["audit", "verify", "--offline"])
            #expect(alone.status == 2 && alone.errors == "ebinda: --offline wants --heads FILE\n", "\(alone)")
        }
    }
}
