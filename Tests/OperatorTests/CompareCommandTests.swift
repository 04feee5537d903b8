import Contracts
import Foundation
import HTTPSupport
import Support
import Testing

/// `ebinda rules compare`: past items under another pack, without a server.
@Suite(.timeLimit(.minutes(5)))
struct CompareCommandTests {
    private func run(
        _ arguments: [String],
        _ lines: [String] = PastItems.lines
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await Command(
            ["rules", "compare"] + arguments + ["--items", "-"],
            input: lines.joined(separator: "\n") + "\n"
        ).run()
    }

    /// The packs' editions are others' business.
    private func withoutEditions(_ text: String) -> String {
        text.replacing(/(zhejiang-hangzhou|chongqing) v[0-9]+/) { "\($0.1) v*" }
    }

    @Test func `five past items under Zhejiang's pack and Chongqing's, as a golden file has it`() async throws {
        let result = try await run(["zhejiang-hangzhou", "chongqing"])
        #expect(result.status == 0 && result.errors == "")
        #expect(withoutEditions(result.output) == PastItems.compared, "\(result.output)")
    }

    @Test func `the same the other way round has the same ends, changed over`() async throws {
        let there = try await run(["zhejiang-hangzhou", "chongqing"])
        let back = try await run(["chongqing", "zhejiang-hangzhou"])
        func ends(_ text: String, _ mark: String) -> [Substring] {
            text.split(separator: "\n").filter { $0.hasPrefix("  \(mark) ") }.map { $0.dropFirst(4) }
        }
        #expect(ends(there.output, "-") == ends(back.output, "+") && ends(there.output, "+") == ends(back.output, "-"))
        #expect(ends(there.output, "-").count == 3)
    }

    @Test func `a pack changes nothing in what was handled under itself, and every item is told of when asked`()
        async throws
    {
        let same = try await run(["chongqing", "Deploy/Rules/chongqing.json"])
        #expect(same.status == 0)
        #expect(!same.output.contains("BJ-") && !same.output.contains("DB-"), "\(same.output)")
        #expect(same.output.contains("5 items, 7 periods: 0 end earlier, 0 later;"))
        let all = try await run(["chongqing", "chongqing", "--all"])
        for number in ["DB-1", "BJ-2", "DB-3", "BJ-4", "DB-5"] { #expect(all.output.contains("\n\(number) ")) }
    }

    @Test func `another way of counting is told apart from another length`() async throws {
        let shipped = Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")
        let text = try String(contentsOf: shipped, encoding: .utf8)
        let old = #""lastDay": "nextWorkingDay""#
        #expect(text.contains(old))
        let file = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.replacing(old, with: #""lastDay": "stays""#).utf8).write(to: file)
        let result = try await run(["zhejiang-hangzhou", file.path])
        #expect(result.status == 0)
        // Two months from 2 March end on 2 May, a day off.
        #expect(
            result.output.contains("  - 2026-05-06T23:59:59+08:00，")
                && result.output.contains("  + 2026-05-02T23:59:59+08:00，")
        )
        #expect(result.output.contains("    计算方式不同（") && !result.output.contains("期限由"))
    }

    @Test func `programs get an object an item, with the days of both ends, and the summary's last`() async throws {
        let result = try await run(["zhejiang-hangzhou", "chongqing", "--json"])
        let objects = try result.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
        #expect(objects.count == 6)
        #expect(objects.compactMap { $0["number"]?.text } == ["DB-1", "BJ-2", "DB-3", "BJ-4", "DB-5"])
        let periods = objects[0]["periods"]?.elements ?? []
        #expect(periods.count == 2 && periods[0]["reasons"]?.elements.isEmpty == true)
        let assisting = try #require(periods.last)
        let (old, new) = (assisting["old"], assisting["new"])
        #expect(assisting["reasons"]?.elements.count == 1)
        #expect(old?["term"]?.text == "P2M" && new?["term"]?.text == "30wd")
        #expect(old?["zh"]?.text?.contains("劳动节") == true, "the days say why the last one is a later one")
        #expect(new?["en"]?.text?.contains("working days 1 to") == true)
        #expect(assisting["inTimeOld"] == .boolean(true) && assisting["inTimeNew"] == .boolean(false))
        let summary = try #require(objects[5]["summary"])
        #expect(summary["figures"]?["becomeLate"]?.whole == 1 && summary["figures"]?["becomeInTime"]?.whole == 2)
        let solved = try #require(summary["rates"]?["solved"])
        #expect(solved["old"]?["numerator"]?.whole == 1 && solved["new"]?["numerator"]?.whole == 2)
    }

    /// A line that is not as it must be, and what is said of it.
    private static let bad: [(String, String)] = [
        ("{", "line 1: "), ("[]", "line 1: "),
        (PastItems.lines[0].replacing(#""kind":"formal""#, with: #""kind":"petition""#), "line 1: /kind must be"),
        (
            PastItems.lines[0].replacing(#""round":1,"clock""#, with: #""round":0,"clock""#),
            "line 1: /periods/0/round must"
        ),
        (PastItems.lines[0].replacing(#""term":"P2M""#, with: #""term":"P2X""#), "line 1: /periods/1/clock has a term"),
        (PastItems.lines[0].replacing(#""outcome":"A","periods""#, with: #""periods""#), "line 1: /outcome goes with"),
        (
            PastItems.lines[0].replacing(#""contacted":true"#, with: #""contacted":true,"contakted":true"#),
            "line 1: /periods/0/reply/contakted is no member of a past item"
        ),
        (PastItems.lines[2] + "\n\n" + PastItems.lines[2], "line 3: DB-3 stands in line 1 already"),
        (
            PastItems.lines[0].replacing("000000000002\"", with: "000000000001\""),
            "line 1: /periods/1 is the second of its leg and round"
        ),
        ("", "has no item"),
    ]

    @Test(arguments: bad)
    func `what is wrong with the file is one line with line, member and rule, and status 2`(
        line: String,
        fault: String
    ) async throws {
        let result = try await run(["chongqing", "chongqing"], [line])
        #expect(result.status == 2 && result.output == "", "\(result)")
        #expect(result.errors.hasPrefix("ebinda: --items: \(fault)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        ["chongqing", "nowhere", "--items", "-"], ["chongqing", "chongqing"], ["chongqing", "--items", "-"],
        ["chongqing", "chongqing", "--items", "/nowhere/x"],
        ["chongqing", "chongqing", "--items", "-", "--notice", "/nowhere/x"],
    ])
    func `what is wrong with the arguments is one line and status 2`(arguments: [String]) async throws {
        let result = try await Command(["rules", "compare"] + arguments, input: PastItems.lines[0]).run()
        #expect(result.status == 2 && result.output == "", "\(result)")
        #expect(result.errors.hasPrefix("ebinda: ") && result.errors.split(separator: "\n").count == 1)
    }

    @Test func `the file is made of the owners' acts, without words, and compare takes it`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let item = UUID().uuidString
            var version: [String: Int] = [:]
            for (owner, name, example) in [
                ("routing", "suggestion.assigned", 0), ("replies", "assignment.received", 0),
                ("replies", "reply.issued", 0), ("replies", "reply.evaluated", 0),
            ] {
                version[owner, default: 0] += 1
                let body = try #require(try Documents.examples(of: .init(rawValue: name)).dropFirst(example).first)
                try await world.fill(
                    """
                    INSERT INTO \(owner).acts (id, aggregate, version, name, actor, authority, occurred_at, body)
                    VALUES (gen_random_uuid(), '\(item)', \(version[owner] ?? 0), '\(name)', 'person:x@chengjian', 'r', now(),
                            convert_to($body$\(body)$body$, 'UTF8'));
                    """
                )
            }
            // A page ends before the oldest transaction that runs anywhere in this server.
            var text = ""
            try await eventually("the acts are in the page") {
                text = try await world.command(["rules", "items"]).output
                return text.contains("reasoned")
            }
            #expect(text.split(separator: "\n").count == 1)
            for word in ["自行车", "共享单车", "停放区", "规则"] { #expect(!text.contains(word), "no words") }
            let read = try await Command(
                ["rules", "compare", "chongqing", "zhejiang-hangzhou", "--items", "-", "--all"],
                input: text
            ).run()
            #expect(read.status == 0, "\(read.errors)")
            #expect(read.output.contains("BJ-7F3K9Q2M 社情民意 · opinions\n"))
            #expect(read.output.contains("chengguan lead 第2轮 · round 2，2026-05-06T10:00:00+08:00"))
        }
    }
}
