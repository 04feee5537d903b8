import Foundation
import HTTPSupport
import Support
import Testing

@testable import Operator

/// `ebinda rules`, which needs no server.
@Suite(.timeLimit(.minutes(5)))
struct RulesCommandTests {
    private func run(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
        try await Command(["rules"] + arguments).run()
    }

    /// A pack that ships with a text in it changed, in a file of its own.
    private func changed(_ old: String, _ new: String) throws -> URL {
        let shipped = Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")
        let text = try String(contentsOf: shipped, encoding: .utf8)
        #expect(text.contains(old))
        let file = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString).json")
        try Data(text.replacing(old, with: new).utf8).write(to: file)
        return file
    }

    @Test func `the packs that ship can be taken, and what of them is not law in force is listed`() async throws {
        let result = try await run("check", "zhejiang-hangzhou", "Deploy/Rules/chongqing.json")
        #expect(result.status == 0 && result.errors == "")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.contains { $0.hasPrefix("zhejiang-hangzhou: zhejiang-hangzhou v") && $0.hasSuffix("can be taken") }
        )
        #expect(lines.contains { $0.hasPrefix("Deploy/Rules/chongqing.json: chongqing v") })
        // The assisting opinion rests on a text that has been superseded, the answer on the law.
        let assisting = "  /terms/1 term P2M：旧文本，待核 · a superseded text, to be checked：浙江省代表建议办理的规定（2016年文本）第十八条"
        #expect(lines.contains { $0.hasPrefix(assisting) })
        #expect(!lines.contains { $0.hasPrefix("  /terms/0 ") })
        #expect(lines.contains { $0.hasPrefix("  /returns/0/within term P10D：") })
    }

    @Test func `every fault of every file is a line with file and path, and status 2`() async throws {
        let first = try changed(#""term": "P10D""#, #""term": "P10X""#)
        let second = try changed(#""members": ["reason"]"#, #""members": []"#)
        defer { for file in [first, second] { try? FileManager.default.removeItem(at: file) } }
        let result = try await run("check", first.path, "chongqing", second.path, "/nowhere/x.json")
        #expect(result.status == 2)
        let errors = result.errors.split(separator: "\n")
        #expect(errors.count == 4)
        #expect(errors[0].hasPrefix("ebinda: \(first.path): /returns/0/within/term: not a term such as P3M"))
        #expect(errors[1].hasPrefix("ebinda: \(second.path): /returns/0/gives/members: must name reason"))
        #expect(errors[2].hasPrefix("ebinda: \(second.path): /returns/1/gives/members: must name reason"))
        #expect(errors[3] == "ebinda: /nowhere/x.json: cannot be read at /nowhere/x.json")
        #expect(result.output.contains("chongqing v"), "a good one among them is told of all the same")
    }

    @Test func `two packs differ by path with both grounds, and a pack from itself in nothing`() async throws {
        let result = try await run("diff", "zhejiang-hangzhou", "chongqing")
        #expect(result.status == 0 && result.errors == "")
        let lines = result.output.split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex(of: "/evaluation/formal/within/term"))
        #expect(lines[index + 1].hasPrefix("  - 15wd（外地规定，待核 · another jurisdiction's, to be checked："))
        #expect(lines[index + 2].hasPrefix("  + 20wd（旧文本，待核 · a superseded text, to be checked：重庆市"))
        let missing = try #require(lines.firstIndex(of: "/letters/D/solved/counts"))
        #expect(lines[missing + 1] == "  - 没有 · nothing")
        let same = try await run("diff", "chongqing", "Deploy/Rules/chongqing.json")
        #expect(same.status == 0 && same.output == "")
        let file = try changed(#""term": "P10D""#, #""term": "P9D""#)
        defer { try? FileManager.default.removeItem(at: file) }
        let one = try await run("diff", "zhejiang-hangzhou", file.path)
        #expect(one.output.split(separator: "\n").count == 3)
        #expect(one.output.hasPrefix("/returns/formal/within/term\n  - P10D（") && one.output.contains("\n  + P9D（"))
    }

    @Test func `a procedure is told in Chinese and English, each number with its ground`() async throws {
        let result = try await run("explain", "--kind", "formal")
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.hasPrefix("浙江省、杭州市 zhejiang-hangzhou v"))
        let lines = result.output.split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex(of: "  退办：交办后10日内 · given back: within 10 days from the assignment"))
        #expect(lines[index + 1].hasPrefix("    旧文本，待核 · a superseded text, to be checked：浙江省代表建议办理的规定（2016年文本）第十四条"))
        #expect(lines.contains("  答复：3个月 · the answer: 3 months") && !lines.contains { $0.hasPrefix("社情民意") })
        let other = try await run("explain", "--pack", "chongqing")
        #expect(other.output.contains("  退办：交办后10个工作日内 · given back: within 10 working days from the assignment\n"))
        #expect(other.output.contains("D类：涉及上级国家机关职权") && other.output.contains("社情民意 · opinions\n"))
    }

    @Test(arguments: [
        ["check"], ["check", "nowhere"], ["check", "/etc/hostname"], ["diff", "chongqing"],
        ["diff", "chongqing", "../x"], ["diff", "chongqing", "/etc/hostname"], ["explain", "--pack", "nowhere"],
        ["explain", "--kind", "petition"], ["compare"],
    ])
    func `what is wrong is one line and status 2`(arguments: [String]) async throws {
        let result = try await Command(["rules"] + arguments).run()
        #expect(result.status == 2 && result.output == "")
        #expect(
            result.errors.hasPrefix("ebinda: ") && result.errors.split(separator: "\n").count == 1,
            "\(result.errors)"
        )
    }
}
