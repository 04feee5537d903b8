import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// The packs that ship, and what a pack must have.
struct RulePackTests {
    private func pack(_ name: String) throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(name).json"))
    }

    @Test(arguments: ["zhejiang-hangzhou", "chongqing"])
    func `a pack that ships is named as its file`(name: String) throws {
        let read = try RulePack(json: pack(name))
        #expect(read.name == name && read.version >= 1 && !read.title.zh.isEmpty)
    }

    @Test func `the same assignment has two lawful ends in two jurisdictions`() throws {
        let start = try #require(Timestamp("2026-03-02T03:20:00Z"))
        func due(_ name: String, _ role: AssignmentRole, round: Int) throws -> String {
            let terms = try RulePack(json: pack(name)).terms.counted(in: .china)
            return FixedZone.china.text(of: terms.clock(for: .formal, role, round: round, from: start).dueAt)
        }
        // Three months by the law that both are under.
        #expect(try due("zhejiang-hangzhou", .lead, round: 1) == "2026-06-02T23:59:59+08:00")
        #expect(try due("chongqing", .lead, round: 1) == "2026-06-02T23:59:59+08:00")
        // An assisting opinion: two months there, thirty working days here.
        #expect(try due("zhejiang-hangzhou", .assisting, round: 1) == "2026-05-06T23:59:59+08:00")
        #expect(try due("chongqing", .assisting, round: 1) == "2026-04-14T23:59:59+08:00")
        // Handled again: one month there, two here.
        #expect(try due("zhejiang-hangzhou", .lead, round: 2) == "2026-04-02T23:59:59+08:00")
        #expect(try due("chongqing", .lead, round: 2) == "2026-05-06T23:59:59+08:00")
    }

    private func changed(_ path: [Any], to value: Any?) throws -> [String] {
        try ChangedPack.faults("zhejiang-hangzhou", (path, value))
    }

    @Test func `a member that nobody reads is refused with its path, in every section`() throws {
        for (path, words) in [
            (["clocks", 0, "extention"], "/clocks/0/extention: there is no such member; known are assisting, "),
            (["stages", "before", 1, "tell"], "/stages/before/1/tell: there is no such member"),
            (["stages", "afterwards"], "/stages/afterwards: there is no such member"),
            (["counting", "firstday"], "/counting/firstday: there is no such member"),
            (["counting", "hours", "basis", "txt"], "/counting/hours/basis/txt: there is no such member"),
            (["terms", 2, "terms"], "/terms/2/terms: there is no such member"), (["pauses"], "/pauses: there is"),
            (["clocks", 1, "pause", "time"], "/clocks/1/pause/time: there is no such member"),
            (["returns", 0, "hops"], "/returns/0/hops: there is no such member; known are gives, kind, within"),
            (["letters", 1, "demands", 0, "ground"], "/letters/1/demands/0/ground: there is no such member"),
            (["evaluation", 0, "silence", "then"], "/evaluation/0/silence/then: there is no such member"),
            (["rates", 2, "weight"], "/rates/2/weight: there is no such member"),
        ] as [([Any], String)] {
            let lines = try changed(path, to: "x")
            #expect(lines.count == 1 && lines.first?.hasPrefix(words) == true, "\(lines)")
        }
    }

    @Test func `a ground that says nothing, stages that cannot be, and hours that are none are refused`() throws {
        for (path, value, words) in [
            (["terms", 0, "basis", "text"], " ", "/terms/0/basis/text: must not be empty"),
            (["stages", "overdue", "basis", "text"], "", "/stages/overdue/basis/text: must not be empty"),
            (["stages", "before", 0, "name", "en"], "", "/stages/before/0/name/en: must not be empty"),
            (["title", "zh"], "", "/title/zh: must not be empty"),
            (["stages", "after", 0, "term"], "1d", "/stages/after/0/term: must be working days"),
            (["counting", "hours", "windows"], ["8:30-12"], "/counting/hours/windows: must be such as 08:30-12:00"),
            (
                ["counting", "hours", "windows"], [String](),
                "/counting/hours/windows: must be in their order and apart"
            ),
            (
                ["counting", "hours", "windows"], ["14:00-17:30", "08:30-12:00"],
                "/counting/hours/windows: must be in their order and apart"
            ),
        ] as [([Any], Any, String)] {
            let lines = try changed(path, to: value)
            #expect(lines.first?.hasPrefix(words) == true, "\(path): \(lines)")
        }
        #expect(try changed(["version"], to: 600) == [])
    }

    @Test func `a pack that is silent counts by the Civil Code`() throws {
        let silent = try JSONSerialization.jsonObject(with: pack("zhejiang-hangzhou")) as? [String: Any]
        var object = try #require(silent)
        var counting = try #require(object["counting"] as? [String: Any])
        for member in ["firstDay", "missingDay", "hours"] { counting[member] = nil }
        object["counting"] = counting
        let rule = try RulePack(json: JSONSerialization.data(withJSONObject: object)).terms.rule
        #expect(rule.firstDay == .notCounted && rule.missingDay == .lastOfMonth && rule.hours == nil)
        #expect(rule.firstDayBasis == "民法典第二百零一条" && rule.pack?.hasPrefix("zhejiang-hangzhou v") == true)
    }

    @Test func `faults of a pack's head are all named`() throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: pack("zhejiang-hangzhou")) as? [String: Any]
        )
        (object["name"], object["version"], object["calendar"], object["zone"]) = ("A B", 0, "de", "+01:00")
        let data = try JSONSerialization.data(withJSONObject: object)
        let faults = try #require(#expect(throws: RulePack.Faults.self) { try RulePack(json: data) })
        #expect(
            faults.lines == [
                "/name: must be 1 to 64 small letters, digits and hyphens", "/version: must be at least 1",
                "/calendar: must be cn, the only one that there is", "/zone: must be +08:00, that of the calendar",
            ]
        )
    }
}
