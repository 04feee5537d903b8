import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// What packs say of clocks that run, and that nothing which has happened to one is lost when it is counted anew.
struct ClockRuleTests {
    private func pack(_ name: String) throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(name).json"))
    }

    private func terms(_ name: String = "zhejiang-hangzhou") throws -> LegalTerms {
        try RulePack(json: pack(name)).terms
    }

    @Test func `two jurisdictions grant more time to different clocks, each with its ground`() throws {
        let (zhejiang, chongqing) = (try terms(), try terms("chongqing"))
        for terms in [zhejiang, chongqing] {
            let formal = terms.clockRule(for: .formal, .lead, round: 1)
            // Article 51 of the law that both are under: six months in all, from the assignment.
            #expect(formal.extension?.to == Term(6, .months) && formal.extension?.by == nil)
            #expect(formal.extension?.times == 1 && formal.extension?.basis.standing == .law)
            #expect(formal.extension?.basis.words.contains("第五十一条") == true)
            #expect(terms.clockRule(for: .formal, .assisting, round: 1).extension == nil)
            for kind in SuggestionKind.allCases {
                let rework = terms.clockRule(for: kind, .single, round: 2)
                #expect(rework.starts == [ReplyEvaluated.name] && rework.extension == nil && rework.setting == nil)
                #expect(rework.pause?.basis.words.hasSuffix("（依据待核）") == true, "no text says so")
            }
        }
        #expect(zhejiang.clockRule(for: .opinion, .single, round: 1).extension?.by == Term(30, .days))
        #expect(chongqing.clockRule(for: .opinion, .single, round: 1).extension == nil)
    }

    /// The lines that a pack with a changed section is refused with.
    private func faults(_ change: (inout [[String: Any]]) throws -> Void) throws -> [String] {
        var object = try #require(
            try JSONSerialization.jsonObject(with: pack("zhejiang-hangzhou")) as? [String: Any]
        )
        var clocks = try #require(object["clocks"] as? [[String: Any]])
        try change(&clocks)
        object["clocks"] = clocks
        let json = try JSONSerialization.data(withJSONObject: object)
        return try #require(#expect(throws: RulePack.Faults.self) { try RulePack(json: json) }).lines
    }

    private func set(_ member: String, _ key: String, _ value: Any?, in clock: inout [String: Any]) throws {
        var section = try #require(clock[member] as? [String: Any])
        section[key] = value
        clock[member] = section
    }

    @Test func `an event that the program does not act on is refused, with its path`() throws {
        let lines = try faults { clocks in
            (clocks[0]["starts"], clocks[0]["restarts"]) = (["suggestion.accepted"], ["assignment.received"])
            clocks[1]["ends"] = ["reply.issued"]
            clocks[2]["extends"] = ["clock.changed"]
            clocks[3]["pauses"] = [String]()
        }
        #expect(
            lines == [
                "/clocks/0/starts: must be suggestion.assigned, which is what this program does",
                "/clocks/0/restarts: must be empty, which is what this program does",
                "/clocks/1/ends: must be assignment.returned, reply.issued, suggestion.assigned, suggestion.closed, "
                    + "which is what this program does",
                "/clocks/2/extends: must be empty, which is what this program does",
                "/clocks/3/pauses: must be clock.changed, which is what this program does",
            ]
        )
    }

    @Test func `limits that cannot be kept are refused, with their paths`() throws {
        let lines = try faults { clocks in
            try set("pause", "asks", ["committee", "department"], in: &clocks[0])
            try set("extension", "times", 0, in: &clocks[0])
            try set("extension", "by", "P1M", in: &clocks[0])
            try set("pause", "times", 0, in: &clocks[1])
            try set("extension", "times", 2, in: &clocks[1])
            try set("setting", "asks", [String](), in: &clocks[1])
        }
        #expect(
            lines == [
                "/clocks/0/pause/asks/1: department has no right clock.change",
                "/clocks/0/extension/times: must be at least 1", "/clocks/0/extension: must give either to or by",
                "/clocks/1/pause/times: must be at least 1",
                "/clocks/1/extension/times: must be 1 where time is added",
                "/clocks/1/setting/asks: must name somebody",
            ]
        )
    }

    @Test func `a pack may let a period begin anew, within limits`() throws {
        let lines = try faults { clocks in
            let basis = ["standing": "assumption", "text": "x"]
            clocks[0]["restart"] = ["asks": ["department"], "times": 0, "basis": basis] as [String: Any]
        }
        #expect(
            lines == [
                "/clocks/0/restarts: must be clock.changed, which is what this program does",
                "/clocks/0/restart/asks/0: department has no right clock.change",
                "/clocks/0/restart/times: must be at least 1",
            ]
        )
        for name in ["zhejiang-hangzhou", "chongqing"] {
            #expect(try terms(name).clocks.allSatisfy { $0.restart == nil }, "no text gives a ground")
        }
    }

    @Test func `every clock has one entry`() throws {
        let lines = try faults { clocks in
            clocks[2]["assisting"] = nil
            clocks.remove(at: 3)
        }
        #expect(lines.count == 6 && lines.allSatisfy { $0.hasPrefix("/clocks: ") })
        #expect(lines.first == "/clocks: 2 entries cover kind opinion, assisting false, rework false; one wanted")
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    @Test func `a clock that is counted anew keeps its pauses and extensions (GLPI 6902)`() throws {
        let terms = try terms()
        let plain = terms.counted(in: .china).clock(
            for: .opinion,
            .single,
            round: 1,
            from: try at("2026-11-16T09:00:00")
        )
        #expect(FixedZone.china.text(of: plain.dueAt) == "2026-12-16T23:59:59+08:00")
        var clock = plain
        clock.pauses = [Clock.Pause(from: try at("2026-11-20T10:00:00"), until: try at("2026-11-27T10:00:00"))]
        clock.extensions = [Clock.Extension(by: "P10D")]
        let before = terms.counted(in: .china).counted(clock)
        // 30 days and 10, and the seven behind the pause's first: Saturday 2 January, carried to Monday.
        #expect(FixedZone.china.text(of: before.dueAt) == "2027-01-04T23:59:59+08:00")
        #expect(before.provisional == true)
        let holiday = try ["2027-01-01", "2027-01-04"].map { text in
            HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: text)), isOffDay: true)
        }
        let notice = try HolidayNotice(year: 2027, papers: ["https://www.gov.cn/2027"], days: holiday)
        let counted = terms.counted(in: WorkCalendar.china.succeeded(by: notice))
        let after = try #require(counted.recounted(before))
        #expect(FixedZone.china.text(of: after.dueAt) == "2027-01-05T23:59:59+08:00")
        #expect(after.facts == before.facts && after.provisional == nil && after.calendar == 2)
    }

    @Test func `an end set by hand, and one that stands still, stay where they are in a new edition`() throws {
        let terms = try terms()
        let holiday = HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: "2027-01-01")), isOffDay: true)
        let notice = try HolidayNotice(year: 2027, papers: ["https://www.gov.cn/2027"], days: [holiday])
        let newer = terms.counted(in: WorkCalendar.china.succeeded(by: notice))
        let plain = terms.counted(in: .china).clock(
            for: .opinion,
            .single,
            round: 1,
            from: try at("2026-12-02T09:00:00")
        )
        #expect(FixedZone.china.text(of: plain.dueAt) == "2027-01-01T23:59:59+08:00")
        var fixed = plain
        fixed.fixed = Clock.Fixed(dueAt: plain.dueAt, by: "committee:chengjian", at: plain.startedAt)
        let kept = try #require(newer.recounted(terms.counted(in: .china).counted(fixed)))
        #expect(kept.dueAt == plain.dueAt && kept.fixed == fixed.fixed && kept.provisional == nil)
        var paused = plain
        paused.pauses = [Clock.Pause(from: try at("2026-12-10T10:00:00"))]
        let still = try #require(newer.recounted(paused))
        #expect(still.dueAt == plain.dueAt && still.pausedSince == paused.pausedSince && still.calendar == 2)
        // When it runs again it counts by the days off that are known by then.
        var resumed = still
        resumed.pauses = [Clock.Pause(from: try at("2026-12-10T10:00:00"), until: try at("2026-12-10T18:00:00"))]
        #expect(FixedZone.china.text(of: newer.counted(resumed).dueAt) == "2027-01-04T23:59:59+08:00")
    }
}
