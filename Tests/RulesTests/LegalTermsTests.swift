import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// The shipped terms, and what a file of terms must have.
struct LegalTermsTests {
    private func shipped() throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json"))
    }

    @Test func `a formal suggestion is answered within three months from its assignment, by law in force`() throws {
        let start = try #require(Timestamp("2026-03-02T03:20:00Z"))
        let clock = try LegalTerms(json: shipped()).counted(in: .china).clock(
            for: .formal,
            .lead,
            round: 1,
            from: start
        )
        #expect(clock.dueAt.description == "2026-06-02T15:59:59.999999Z")
        #expect(clock.basis.contains("第五十一条") && !clock.basis.contains("依据待核"))
    }

    @Test func `a period whose last day is a day off ends with the next working day`() throws {
        let terms = try LegalTerms(json: shipped())
        // Two months from 1 August are 1 October; the National Day's holidays last to the 7th.
        let start = try #require(Timestamp("2026-08-01T02:00:00Z"))
        #expect(
            terms.counted(in: .china).clock(for: .formal, .assisting, round: 1, from: start).dueAt.description
                == "2026-10-08T15:59:59.999999Z"
        )
    }

    @Test func `what is not law in force says so`() throws {
        let terms = try LegalTerms(json: shipped())
        let start = try #require(Timestamp("2026-03-02T03:20:00Z"))
        #expect(
            terms.counted(in: .china).clock(for: .opinion, .single, round: 1, from: start).basis.hasSuffix("（依据待核）")
        )
        #expect(terms.counted(in: .china).clock(for: .opinion, .single, round: 2, from: start).term == "P15D")
        #expect(terms.counted(in: .china).clock(for: .formal, .assisting, round: 1, from: start).term == "P2M")
    }

    @Test func `a clock is counted anew by a later edition alone, from its own beginning and term`() throws {
        let terms = try LegalTerms(json: shipped())
        let start = try #require(Timestamp("2026-12-02T01:00:00Z"))
        let before = terms.counted(in: .china).clock(for: .opinion, .single, round: 1, from: start)
        #expect(before.dueAt.description == "2027-01-01T15:59:59.999999Z")
        #expect(before.provisional == true && before.calendar == 1)
        #expect(terms.counted(in: .china).recounted(before) == nil, "counted by this edition")
        let holiday = HolidayNotice.Day(name: "元旦", date: try #require(CivilDate(iso: "2027-01-01")), isOffDay: true)
        let notice = try HolidayNotice(year: 2027, papers: ["https://www.gov.cn/2027"], days: [holiday])
        let counted = terms.counted(in: WorkCalendar.china.succeeded(by: notice))
        let after = try #require(counted.recounted(before))
        // Friday is off now, and the weekend follows.
        #expect(after.dueAt.description == "2027-01-04T15:59:59.999999Z")
        #expect(after.provisional == nil && after.calendar == 2)
        #expect((after.startedAt, after.term, after.basis) == (before.startedAt, before.term, before.basis))
        #expect(terms.counted(in: .china).recounted(after) == nil, "an older edition moves nothing back")
    }

    @Test func `a clock is counted anew by a later pack alone, and says which one counted it`() throws {
        var terms = try LegalTerms(json: shipped())
        let start = try #require(Timestamp("2025-11-30T01:00:00Z"))
        let before = terms.counted(in: .china).clock(for: .formal, .single, round: 1, from: start)
        #expect(before.pack == Clock.Pack(name: "zhejiang-hangzhou", version: terms.version))
        #expect(
            terms.counted(in: .china).recounted(before) == nil && !terms.counted(in: .china).changesRule(of: before)
        )
        terms.version += 1
        terms.counting.missingDay?.rule = .nextDay
        let counted = terms.counted(in: .china)
        let after = try #require(counted.recounted(before))
        // 1 March is a Sunday.
        #expect(FixedZone.china.text(of: after.dueAt) == "2026-03-02T23:59:59+08:00")
        #expect(counted.changesRule(of: before) && after.pack?.version == terms.version)
        #expect((after.startedAt, after.term, after.basis) == (before.startedAt, before.term, before.basis))
        let older = try LegalTerms(json: shipped()).counted(in: .china)
        #expect(older.recounted(after) == nil, "an older pack moves nothing back")
        var unnamed = before
        unnamed.pack = nil
        #expect(counted.recounted(unnamed) != nil && !counted.changesRule(of: unnamed))
        terms.name = "chongqing"
        #expect(terms.counted(in: .china).recounted(after) != nil, "another jurisdiction's is another")
    }

    @Test func `a file without an answer, or with two, names each fault`() throws {
        var object = try #require(try JSONSerialization.jsonObject(with: shipped()) as? [String: Any])
        var terms = try #require(object["terms"] as? [[String: Any]])
        terms.removeFirst()
        terms.append(terms[0])
        object["terms"] = terms
        let json = try JSONSerialization.data(withJSONObject: object)
        let faults = #expect(throws: LegalTerms.Faults.self) { try LegalTerms(json: json) }
        #expect(faults?.lines.count == 2)
    }
}
