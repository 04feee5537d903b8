import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// What packs say of returns, letters, verdicts and rates, and what they cannot say.
struct ProcedureRulesTests {
    private func pack(_ name: String) throws -> RulePack { try RulePack(json: ChangedPack.shipped(name)) }

    private func faults(_ changes: (path: [Any], value: Any?)...) throws -> [String] {
        // One change a time: each alone must be enough.
        try changes.flatMap { try ChangedPack.faults("zhejiang-hangzhou", $0) }
    }

    @Test func `two jurisdictions differ where their texts do`() throws {
        let (zhejiang, chongqing) = (try pack("zhejiang-hangzhou"), try pack("chongqing"))
        let (ours, theirs) = (zhejiang.terms, chongqing.terms)
        #expect(ours.returnRule(for: .formal).within.term == Term(10, .days))
        #expect(theirs.returnRule(for: .formal).within.term == Term(10, .workingDays))
        #expect(ours.returnRule(for: .formal).gives.members == [.reason])
        #expect(theirs.returnRule(for: .formal).gives.members == [.reason, .proposedDepartment])
        #expect(ours.letters.map(\.letter) == [.solved, .planned, .reference])
        #expect(theirs.letters.map(\.letter) == [.solved, .planned, .reference, .referred])
        #expect(ours.evaluationRule(for: .formal).reasons.of == [.attitude, .result])
        #expect(theirs.evaluationRule(for: .formal).reasons.of == [.result])
        #expect(theirs.evaluationRule(for: .formal).within.term == Term(20, .workingDays))
        #expect(ours.evaluationRule(for: .formal).again.then == .nextRound)
        #expect(theirs.evaluationRule(for: .formal).again.then == .meeting)
        for terms in [ours, theirs] {
            #expect(terms.returnRule(for: .formal).within.basis.words.hasSuffix("（依据待核）"), "no text in force was read")
        }
    }

    @Test func `the same counts make two rates`() throws {
        let counts = [
            "state.closed": 10, "outcome.A": 6, "outcome.B": 3, "outcome.C": 1, "verdict.satisfied": 7,
            "verdict.accepted": 2, "verdict.dissatisfied": 1, "state.answered": 5, "reply.inTime": 9, "reply.late": 3,
        ]
        func rate(_ name: String, _ id: RateRule.ID) throws -> [Int] {
            let sums = try #require(try pack(name).rates.first { $0.id == id }).sums(counts)
            return [sums.numerator, sums.denominator]
        }
        #expect(try rate("zhejiang-hangzhou", .solved) == [6, 10])
        #expect(try rate("chongqing", .solved) == [9, 10])
        #expect(try rate("zhejiang-hangzhou", .satisfaction) == [9, 10])
        #expect(try rate("chongqing", .satisfaction) == [7, 10])
        for name in ["zhejiang-hangzhou", "chongqing"] { #expect(try rate(name, .onTime) == [9, 12]) }
        #expect(try #require(try pack("chongqing").rates.first).sums([:]) == (0, 0))
    }

    @Test func `a kind without an answer, or with two, is refused`() throws {
        #expect(
            try faults((["returns", 1], nil), (["evaluation", 0, "kind"], "opinion")) == [
                "/returns: 0 entries cover kind opinion; one wanted",
                "/evaluation: 2 entries cover kind opinion; one wanted",
                "/evaluation: 0 entries cover kind formal; one wanted",
            ]
        )
        // One entry may be for both.
        #expect(
            try ChangedPack.faults("zhejiang-hangzhou", (["returns", 0, "kind"], nil), (["returns", 1], nil)) == []
        )
    }

    @Test func `what cannot be said is refused, each with its path`() throws {
        let cases: [(path: [Any], value: Any?, line: String)] = [
            (
                ["returns", 0, "gives", "members"], ["proposedDepartment"],
                "/returns/0/gives/members: must name reason, without which the program takes no return"
            ),
            (
                ["returns", 0, "gives", "members"], ["reason", "reason"],
                "/returns/0/gives/members: names a member twice"
            ),
            (
                ["returns", 1, "within", "term"], "P30D",
                "/returns: P30D of kind opinion is not shorter than /terms/4/term, P30D"
            ),
            (["letters", 2, "letter"], "A", "/letters: 2 entries of letter A; one wanted"),
            (["letters", 0, "solved", "counts"], false, "/letters: none counts as solved"),
            (["evaluation", 0, "judges", "roles"], [String](), "/evaluation/0/judges/roles: must name somebody"),
            (
                ["evaluation", 0, "judges", "roles"], ["deputy", "department"],
                "/evaluation/0/judges/roles/1: department has no right reply.evaluate"
            ),
            (["evaluation", 1, "reasons", "of"], ["result", "result"], "/evaluation/1/reasons/of: names one twice"),
            (["evaluation", 1, "silence", "reminders"], -1, "/evaluation/1/silence/reminders: must be at least 0"),
            (["rates", 0, "id"], "solved", "/rates: 0 entries of onTime; one wanted"),
            (["rates", 0, "numerator"], [String](), "/rates/0/numerator: must name a count"),
            (
                ["rates", 0, "denominator"], ["reply.inTime", "reply.inTime"],
                "/rates/0/denominator: names a count twice"
            ),
            (
                ["rates", 0, "numerator"], ["verdict.accepted"],
                "/rates/0/numerator/0: verdict.accepted is no part of what it is divided by"
            ),
        ]
        for (path, value, line) in cases {
            let lines = try faults((path, value))
            #expect(lines.contains(line), "\(path): \(lines)")
        }
    }

    @Test func `what points to something unknown, or contradicts another section, is refused`() throws {
        let cases: [(path: [Any], value: Any?, line: String)] = [
            (
                ["rates", 1, "numerator"], ["outcome.A", "outcome.B"],
                "/rates/1/numerator: must be outcome.A, the letters that count as solved"
            ),
            (["rates", 1, "numerator"], ["outcome.D"], "/rates/1/numerator/0: the pack has no letter D"),
            (
                ["letters", 1, "solved", "counts"], true,
                "/rates/1/numerator: must be outcome.A, outcome.B, the letters that count as solved"
            ),
            (
                ["evaluation", 0, "silence", "counts"], true,
                "/rates/2/denominator: must have state.answered, since /evaluation/0/silence/counts is true"
            ),
            (
                ["rates", 2, "denominator"],
                ["verdict.satisfied", "verdict.accepted", "verdict.dissatisfied", "state.answered"],
                "/rates/2/denominator: has state.answered, though /evaluation/1/silence/counts is false"
            ),
        ]
        for (path, value, line) in cases {
            let lines = try faults((path, value))
            #expect(lines.contains(line), "\(path): \(lines)")
        }
    }

    @Test func `what cannot be read is named in every section, with its path, beside what is wrong elsewhere`() throws {
        let lines = try ChangedPack.faults(
            "chongqing",
            (["version"], "three"),
            (["terms", 1, "term"], "30 days"),
            (["terms", 4, "basis"], nil),
            (["returns", 0, "within", "term"], 7),
            (["letters", 3, "letter"], "E"),
            (["evaluation", 0, "again", "then"], NSNull()),
            (["rates", 0, "numerator"], ["reply.soon"]),
            (["stages", "before", 0, "term"], "5"),
            (["stages", "paused", "every"], nil),
            (["clocks", 0, "pause", "times"], 0)
        )
        let paths = [
            "/version: is of another type", "/terms/1/term: not a term such as P3M", "/terms/4/basis: must be given",
            "/returns/0/within/term: is of another type", "/letters/3/letter: ",
            "/evaluation/0/again/then: must not be null", "/rates/0/numerator/0: ", "/stages/before/0/term: not a term",
            "/stages/paused/every: must be given", "/clocks/0/pause/times: must be at least 1",
        ]
        for path in paths { #expect(lines.count { $0.hasPrefix(path) } == 1, "\(path): \(lines)") }
        #expect(lines.count == paths.count, "\(lines)")
    }

    @Test func `what is no pack at all is refused in one line`() {
        for (text, line) in [
            ("", "/: is no JSON"), ("{", "/: is no JSON"), ("[]", "/: is of another type"), ("7", "/: is"),
        ] {
            let faults = #expect(throws: RulePack.Faults.self) { try RulePack(json: Data(text.utf8)) }
            #expect(
                faults?.lines.count == 1 && faults?.lines.first?.hasPrefix(line) == true,
                "\(text): \(faults?.lines ?? [])"
            )
        }
        let empty = #expect(throws: RulePack.Faults.self) { try RulePack(json: Data("{}".utf8)) }
        #expect(empty?.lines.count == 13 && empty?.lines.allSatisfy { $0.hasSuffix(": must be given") } == true)
    }
}
