import Calendar
import Contracts
import Testing

@testable import Intake

/// The author's view is the same whatever the order in which owners' news arrived.
struct StatusViewTests {
    private let start = Timestamp(microseconds: 1_770_000_000_000_000)

    private func entry(_ body: some Event, _ version: Int, _ minute: Int) throws -> ProgressEntry {
        ProgressEntry(
            owner: type(of: body).owner,
            version: version,
            name: type(of: body).name,
            time: start + .seconds(60 * minute),
            body: try EventCoding.encode(body)
        )
    }

    @Test func `an end that has moved is the one of its round, and a line of the history`() throws {
        let leg = Leg(
            assignment: .make(),
            department: DepartmentCode(rawValue: "chengguan"),
            role: .single,
            clock: Clock(
                startedAt: start,
                term: "P30D",
                dueAt: start + .seconds(86_400 * 30),
                basis: "x",
                provisional: true
            )
        )
        let assigned = SuggestionAssigned(
            number: "n",
            kind: .opinion,
            title: "",
            text: "",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: [leg],
            withdrawn: [],
            reason: "r",
            assignedAt: start
        )
        func moved(_ round: Int, to day: Int) -> ClockChanged {
            var clock = leg.clock
            (clock.dueAt, clock.calendar, clock.provisional) = (start + .seconds(86_400 * day), 2, nil)
            return ClockChanged(
                assignment: leg.assignment,
                department: leg.department,
                round: round,
                clock: clock,
                previousDueAt: leg.clock.dueAt,
                reason: .calendar,
                changedAt: start
            )
        }
        let entries = [
            try entry(assigned, 1, 1), try entry(moved(1, to: 33), 1, 2), try entry(moved(2, to: 90), 2, 3),
        ]
        for progress in [entries, entries.reversed()] {
            let view = try self.view(progress)
            #expect(view.legs.map(\.clock) == [moved(1, to: 33).clock])
            #expect(view.history.suffix(2).map(\.event) == [ClockChanged.name, ClockChanged.name])
        }
    }

    @Test func `a period that stands still, and runs again, is shown as its owner told it last`() throws {
        let leg = Leg(
            assignment: .make(),
            department: DepartmentCode(rawValue: "chengguan"),
            role: .single,
            clock: Clock(startedAt: start, term: "P30D", dueAt: start + .seconds(86_400 * 30), basis: "x")
        )
        let assigned = SuggestionAssigned(
            number: "n",
            kind: .opinion,
            title: "",
            text: "",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: [leg],
            withdrawn: [],
            reason: "r",
            assignedAt: start
        )
        func change(_ reason: ClockChanged.Reason, _ pause: Clock.Pause, to day: Int) -> ClockChanged {
            var clock = leg.clock
            (clock.pauses, clock.dueAt) = ([pause], start + .seconds(86_400 * day))
            return ClockChanged(
                assignment: leg.assignment,
                department: leg.department,
                round: 1,
                clock: clock,
                previousDueAt: leg.clock.dueAt,
                reason: reason,
                changedAt: start
            )
        }
        let from = start + .seconds(86_400)
        let paused = change(.paused, Clock.Pause(from: from), to: 30)
        let resumed = change(.resumed, Clock.Pause(from: from, until: from + .seconds(86_400 * 5)), to: 35)
        let told = [try entry(assigned, 1, 1), try entry(paused, 1, 2)]
        #expect(try view(told).legs.map(\.clock.pausedSince) == [from])
        let all = try told + [entry(resumed, 2, 3)]
        for progress in [all, all.reversed()] {
            #expect(try view(progress).legs.map(\.clock) == [resumed.clock])
        }
    }

    @Test func `each leg that is waited for says why its answer is due when it is, and what is over says nothing`()
        throws
    {
        let calendar = WorkCalendar.china
        let begin = try #require(Timestamp("2026-02-10T10:00:00+08:00"))
        func leg(_ code: String, due: String) throws -> Leg {
            let end = try #require(Timestamp(due))
            let clock = Clock(startedAt: begin, term: "5wd", dueAt: end, basis: "x")
            return Leg(assignment: .make(), department: .init(rawValue: code), role: .single, clock: clock)
        }
        // The second's owner counts otherwise than is known here; the third is answered.
        let legs = [
            try leg("chengguan", due: "2026-02-24T23:59:59.999999+08:00"),
            try leg("zhujian", due: "2026-02-23T23:59:59.999999+08:00"),
            try leg("jiaotong", due: "2026-02-24T23:59:59.999999+08:00"),
        ]
        let assigned = SuggestionAssigned(
            number: "n",
            kind: .opinion,
            title: "",
            text: "",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: legs,
            withdrawn: [],
            reason: "r",
            assignedAt: start
        )
        let reply = ReplyIssued(
            assignment: legs[2].assignment,
            department: legs[2].department,
            role: .single,
            round: 1,
            outcome: .solved,
            text: "好",
            commitmentDueAt: nil,
            issuedAt: start,
            dueAt: legs[2].clock.dueAt,
            completesRound: false
        )
        var view = try self.view([try entry(assigned, 1, 1), try entry(reply, 1, 2)])
        #expect(view.legs.allSatisfy { $0.reasons == nil })
        view.explain(in: calendar, under: .civilCode)
        #expect(view.legs[1].reasons == nil && view.legs[2].reasons == nil)
        let reasons = try #require(view.legs[0].reasons)
        #expect(reasons.map(\.zh).first == "2026-02-10 开始的当日，不计入（民法典第二百零一条）")
        #expect(reasons.map(\.en).last == "2026-02-24 working day 5")
        var paused = legs[0].clock
        let since = try #require(Timestamp("2026-02-12T10:00:00+08:00"))
        paused.pauses = [Clock.Pause(from: since, by: "committee:chengjian", basis: "甲条")]
        let change = ClockChanged(
            assignment: legs[0].assignment,
            department: legs[0].department,
            round: 1,
            clock: paused,
            previousDueAt: paused.dueAt,
            reason: .paused,
            changedAt: since
        )
        view = try self.view([try entry(assigned, 1, 1), try entry(change, 1, 2)])
        view.explain(in: calendar, under: .civilCode)
        #expect(view.legs[0].reasons?.first?.zh == "2026-02-12 起中止（committee:chengjian，甲条）")
    }

    private func story() throws -> [ProgressEntry] {
        let (first, second) = (AssignmentID.make(), AssignmentID.make())
        func leg(_ id: AssignmentID, _ code: String, _ role: AssignmentRole) -> Leg {
            Leg(
                assignment: id,
                department: DepartmentCode(rawValue: code),
                role: role,
                clock: Clock(startedAt: start, term: "P30D", dueAt: start + .seconds(86_400 * 30), basis: "x")
            )
        }
        let committee = CommitteeCode(rawValue: "chengjian")
        func assigned(_ legs: [Leg], withdrawn: [AssignmentID]) -> SuggestionAssigned {
            SuggestionAssigned(
                number: "n",
                kind: .opinion,
                title: "",
                text: "",
                committee: committee,
                legs: legs,
                withdrawn: withdrawn,
                reason: "r",
                assignedAt: start
            )
        }
        let department = DepartmentCode(rawValue: "zhujian")
        return [
            try entry(
                SuggestionAccepted(
                    number: "n",
                    committee: committee,
                    category: .init(rawValue: "c"),
                    acceptedAt: start
                ),
                1,
                1
            ),
            try entry(assigned([leg(first, "chengguan", .single)], withdrawn: []), 2, 1),
            try entry(
                AssignmentReturned(
                    assignment: first,
                    department: .init(rawValue: "chengguan"),
                    reason: "r",
                    proposedDepartment: nil,
                    returnedAt: start
                ),
                1,
                2
            ),
            try entry(assigned([leg(second, "zhujian", .single)], withdrawn: [first]), 3, 3),
            try entry(AssignmentReceived(assignment: second, department: department, receivedAt: start), 2, 4),
            try entry(
                ReplyIssued(
                    assignment: second,
                    department: department,
                    role: .single,
                    round: 1,
                    outcome: .solved,
                    text: "已办",
                    issuedAt: start,
                    dueAt: start,
                    completesRound: true,
                    documentNumber: "滨住建函〔2026〕12号"
                ),
                3,
                5
            ),
            try entry(
                ReplyEvaluated(
                    round: 1,
                    attitude: .satisfied,
                    result: .satisfied,
                    comment: nil,
                    reopened: [],
                    evaluatedAt: start
                ),
                4,
                6
            ),
            try entry(SuggestionClosed(number: "n", outcome: .solved, rounds: 1, closedAt: start), 5, 7),
        ]
    }

    private func view(_ progress: [ProgressEntry]) throws -> StatusView {
        try StatusView(
            IntakeItem(
                id: .make(),
                number: "n",
                kind: .opinion,
                title: "t",
                station: .init(rawValue: "ST-X01"),
                receivedAt: start,
                progress: progress
            )
        )
    }

    @Test func `a returned leg, another department, a reply, the end`() throws {
        let view = try view(story())
        #expect(view.state == .closed && view.outcome == .solved)
        #expect(view.legs.map(\.state) == ["withdrawn", "replied"])
        #expect(view.legs[1].reply == "已办" && view.history.count == 9)
        #expect(view.legs.map(\.documentNumber) == [nil, "滨住建函〔2026〕12号"])
    }

    @Test func `any order of arrival gives the same view`() throws {
        let story = try story()
        let expected = try view(story)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 { #expect(try view(story.shuffled(using: &generator)).legs == expected.legs) }
        #expect(try view(story.reversed()).history == expected.history)
    }

    @Test func `before anything is known it is received`() throws {
        let view = try view([])
        #expect(view.state == .received && view.legs.isEmpty && view.history.map(\.event) == [SuggestionReceived.name])
    }

    @Test func `a leg that is taken back no longer keeps the item from being answered, and a new one does`() throws {
        let (kept, back) = (AssignmentID.make(), AssignmentID.make())
        let code = DepartmentCode(rawValue: "chengguan")
        func assigned(_ legs: [AssignmentID], withdrawn: [AssignmentID] = []) -> SuggestionAssigned {
            let clock = Clock(startedAt: start, term: "P30D", dueAt: start, basis: "x")
            return SuggestionAssigned(
                number: "n",
                kind: .opinion,
                title: "",
                text: "",
                committee: CommitteeCode(rawValue: "chengjian"),
                legs: legs.map { Leg(assignment: $0, department: code, role: .lead, clock: clock) },
                withdrawn: withdrawn,
                reason: "r",
                assignedAt: start
            )
        }
        let reply = ReplyIssued(
            assignment: kept,
            department: code,
            role: .lead,
            round: 1,
            outcome: .solved,
            text: "x",
            issuedAt: start,
            dueAt: start,
            completesRound: false
        )
        func state(_ progress: [ProgressEntry]) throws -> StatusView.State {
            try StatusView(
                IntakeItem(
                    id: .make(),
                    number: "n",
                    kind: .opinion,
                    title: "t",
                    station: StationCode(rawValue: "ST-X01"),
                    receivedAt: start,
                    progress: progress
                )
            ).state
        }
        var progress = [try entry(assigned([kept, back]), 1, 1), try entry(reply, 1, 2)]
        #expect(try state(progress) == .assigned)
        progress.append(try entry(assigned([], withdrawn: [back]), 2, 3))
        #expect(try state(progress) == .answered)
        progress.append(try entry(assigned([.make()]), 3, 4))
        #expect(try state(progress) == .assigned)
    }
}
