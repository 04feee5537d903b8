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
