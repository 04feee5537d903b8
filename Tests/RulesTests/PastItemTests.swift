import Contracts
import Rules
import Testing

/// What became of an item, as its owners' events tell it.
struct PastItemTests {
    private let lead = AssignmentID.make()
    private let assisting = AssignmentID.make()

    private static func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private func clock(_ start: String, _ term: String) throws -> Clock {
        let start = try Self.moment(start)
        return Clock(startedAt: start, term: term, dueAt: start, basis: "约定")
    }

    private func assigned(_ legs: [Leg], withdrawn: [AssignmentID] = []) throws -> SuggestionAssigned {
        SuggestionAssigned(
            number: "DB-1",
            kind: .formal,
            title: "路灯",
            text: "路灯不亮",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: legs,
            withdrawn: withdrawn,
            reason: "规则",
            assignedAt: try Self.moment("2026-03-02T01:00:00Z")
        )
    }

    private func legs() throws -> [Leg] {
        [
            Leg(
                assignment: lead,
                department: DepartmentCode(rawValue: "zhujian"),
                role: .lead,
                clock: try clock("2026-03-02T01:00:00Z", "P3M")
            ),
            Leg(
                assignment: assisting,
                department: DepartmentCode(rawValue: "jiaojing"),
                role: .assisting,
                clock: try clock("2026-03-02T01:00:00Z", "P2M")
            ),
        ]
    }

    private func issued(_ id: AssignmentID, _ role: AssignmentRole, round: Int, at: String) throws -> ReplyIssued {
        ReplyIssued(
            assignment: id,
            department: DepartmentCode(rawValue: role == .lead ? "zhujian" : "jiaojing"),
            role: role,
            round: round,
            outcome: .solved,
            text: "已修复",
            issuedAt: try Self.moment(at),
            dueAt: try Self.moment("2026-06-02T15:59:59Z"),
            completesRound: true
        )
    }

    private func folded(_ events: [any Event], by unit: String = "deputy") throws -> PastItem? {
        var folding = PastItemFolding()
        for event in events { try folding.apply(type(of: event).name, try EventCoding.encode(event), by: unit) }
        return folding.result
    }

    @Test func `a matter that nobody was given is no past item`() throws {
        #expect(try folded([]) == nil)
        #expect(try folded([issued(lead, .lead, round: 1, at: "2026-04-01T00:00:00Z")]) == nil)
    }

    @Test func `a leg waits until each is answered or taken back, and one given back waits for the committee`() throws {
        let given = try assigned(try legs())
        let answer = try issued(lead, .lead, round: 1, at: "2026-04-01T00:00:00Z")
        #expect(try folded([given, answer])?.state == .open)
        let taken = try assigned([], withdrawn: [assisting])
        let item = try #require(try folded([given, taken, answer]))
        #expect(item.state == .answered && item.periods.map(\.withdrawn) == [nil, true])
        let back = AssignmentReturned(
            assignment: assisting,
            department: DepartmentCode(rawValue: "jiaojing"),
            reason: "不属本单位职责",
            proposedDepartment: DepartmentCode(rawValue: "chengguan"),
            returnedAt: try Self.moment("2026-03-05T01:00:00Z")
        )
        let returned = try #require(try folded([given, answer, back]))
        #expect(returned.state == .open && returned.periods[1].returned?.proposed == true)
    }

    @Test func `a round that was judged badly has a period of its own, and a contact counts before the answer alone`()
        throws
    {
        let contact = ContactRecorded(
            assignment: lead,
            department: DepartmentCode(rawValue: "zhujian"),
            round: 1,
            ContactRecord(
                mode: .telephone,
                heldAt: try Self.moment("2026-03-20T01:00:00Z"),
                officer: "王",
                with: .author,
                text: "已说明"
            ),
            dueAt: nil,
            recordedAt: try Self.moment("2026-03-20T02:00:00Z")
        )
        let again = Leg(
            assignment: lead,
            department: DepartmentCode(rawValue: "zhujian"),
            role: .lead,
            clock: try clock("2026-04-10T01:00:00Z", "P1M")
        )
        let bad = ReplyEvaluated(
            round: 1,
            attitude: .satisfied,
            result: .dissatisfied,
            comment: "仍不亮",
            reopened: [again],
            evaluatedAt: try Self.moment("2026-04-10T01:00:00Z")
        )
        var longer = again.clock
        longer.fixed = Clock.Fixed(
            dueAt: try Self.moment("2026-06-30T15:59:59Z"),
            by: "committee:chengjian",
            at: try Self.moment("2026-04-20T01:00:00Z")
        )
        let moved = ClockChanged(
            assignment: lead,
            department: DepartmentCode(rawValue: "zhujian"),
            round: 2,
            clock: longer,
            previousDueAt: again.clock.dueAt,
            reason: .fixed,
            changedAt: try Self.moment("2026-04-20T01:00:00Z")
        )
        let item = try #require(
            try folded(
                [
                    try assigned([try legs()[0]]), contact,
                    try issued(lead, .lead, round: 1, at: "2026-04-01T00:00:00Z"), bad, moved,
                    try issued(lead, .lead, round: 2, at: "2026-05-01T00:00:00Z"), contact,
                    SuggestionClosed(
                        number: "DB-1",
                        outcome: .solved,
                        rounds: 2,
                        closedAt: try Self.moment("2026-05-03T00:00:00Z")
                    ),
                ],
                by: "chengjian"
            )
        )
        #expect(item.state == .closed && item.outcome == .solved && item.fault == nil)
        #expect(item.periods.map(\.round) == [1, 2])
        #expect(item.periods.map { $0.reply?.contacted } == [true, false])
        #expect(item.periods[1].clock.fixed != nil && item.periods[0].clock.fixed == nil)
        #expect(item.verdicts.map(\.by) == [.committee] && item.verdicts[0].reasoned)
    }

    @Test func `what is known of it comes back from its line, and has no words in it`() throws {
        let item = try #require(try folded([try assigned(try legs())]))
        let line = try EventCoding.encode(item)
        #expect(try EventCoding.decode(PastItem.self, from: line) == item)
        let text = String(decoding: line, as: UTF8.self)
        #expect(!text.contains("路灯") && !text.contains("规则"))
    }
}
