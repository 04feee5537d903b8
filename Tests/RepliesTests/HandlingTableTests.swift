import Calendar
import Contracts
import Support
import Testing

@testable import Replies

/// Every state of a leg and its matter with every action: what is told, or the rule that refuses it.
struct HandlingTableTests {
    private static let actions = [
        "receive", "return", "contact", "reply", "satisfied", "dissatisfied", "pause",
    ]

    /// For each state what each action leads to, in their order: the events, `-` for none, or the rule.
    private static let table: [(state: String, ends: [String])] = [
        (
            "issued",
            [
                "assignment.received", "assignment.returned", "contact.recorded", "reply.issued", "!state", "!state",
                "clock.changed",
            ]
        ),
        (
            "received",
            ["-", "assignment.returned", "contact.recorded", "reply.issued", "!state", "!state", "clock.changed"]
        ),
        (
            "paused",
            [
                "assignment.received", "assignment.returned", "contact.recorded", "clock.changed reply.issued",
                "!state",
                "!state", "!paused",
            ]
        ),
        (
            "replied",
            [
                "-", "!replied", "contact.recorded", "!replied", "reply.evaluated suggestion.closed", "reply.evaluated",
                "!replied",
            ]
        ),
        ("returned", ["-", "!returned", "contact.recorded", "!returned", "!state", "!state", "!returned"]),
        ("withdrawn", ["!withdrawn", "!withdrawn", "!withdrawn", "!withdrawn", "!state", "!state", "!withdrawn"]),
        (
            "reopened",
            [
                "assignment.received", "!round", "contact.recorded", "reply.issued", "!state", "!state",
                "clock.changed",
            ]
        ),
        (
            "unheard",
            [
                "assignment.received", "assignment.returned", "contact.recorded", "!contact-required", "!state",
                "!state",
                "clock.changed",
            ]
        ),
        (
            "heard",
            ["assignment.received", "assignment.returned", "-", "reply.issued", "!state", "!state", "clock.changed"]
        ),
        ("closed", ["!closed", "!closed", "!closed", "!closed", "!closed", "!closed", "!closed"]),
        ("foreign", ["!unknown", "!unknown", "!unknown", "!unknown", "!state", "!state", "!unknown"]),
    ]

    private let leg = AssignmentID.make()
    private let now = Timestamp("2026-03-04T02:00:00Z") ?? .now

    private func command(_ action: String, _ leg: AssignmentID, at moment: Timestamp) -> Handling.Command {
        switch action {
        case "receive": .receive(leg)
        case "return": .giveBack(leg, reason: "不属于", proposed: DepartmentCode(rawValue: "zhujian"))
        case "contact":
            .contact(
                leg,
                ContactRecord(mode: .telephone, heldAt: moment, officer: "李某", with: .author, text: "听取了意见")
            )
        case "reply": .reply(leg, outcome: .solved, text: "已办", commitmentDueAt: nil)
        case "satisfied": .evaluate(attitude: .satisfied, result: .satisfied, comment: nil)
        case "dissatisfied": .evaluate(attitude: .satisfied, result: .dissatisfied, comment: "没有办")
        default:
            .changeClock(leg, ClockChange(action: .pause, text: "等", role: .committee, office: "committee:chengjian"))
        }
    }

    /// What leads to a state.
    private func way(to state: String) -> [String] {
        switch state {
        case "received": ["receive"]
        case "paused": ["pause"]
        case "replied": ["reply"]
        case "returned": ["return"]
        case "reopened": ["reply", "dissatisfied"]
        case "heard": ["contact"]
        case "closed": ["reply", "satisfied"]
        default: []
        }
    }

    @Test(arguments: table.map(\.state)) func `every action in every state does what the table says`(
        state: String
    ) throws {
        let terms = try GivenOut.terms()
        let kind = ["unheard", "heard"].contains(state) ? SuggestionKind.formal : .opinion
        var start = GivenOut.handling(kind, [(leg, .single)], at: now, terms)
        for action in way(to: state) { _ = try start.apply(command(action, leg, at: now), at: now, terms: terms) }
        if state == "withdrawn" { _ = start.assign(GivenOut.event([], .opinion, withdrawn: [leg], at: now)) }
        let about = state == "foreign" ? AssignmentID.make() : leg
        let ends = try Self.actions.map { action in
            var handling = start
            do {
                let told = try handling.apply(command(action, about, at: now), at: now, terms: terms)
                #expect(handling.version == start.version + told.count)
                return told.isEmpty ? "-" : told.map(\.name.rawValue).joined(separator: " ")
            } catch let error as Impossible {
                #expect(handling.version == start.version && handling.newReplies.count == start.newReplies.count)
                return "!\(error.rule)"
            }
        }
        #expect(ends == Self.table.first { $0.state == state }?.ends, "\(state)")
    }

    @Test
    func `whatever is asked in whatever order, nothing is answered twice or unheard, and what is closed has an answer`()
        throws
    {
        let terms = try GivenOut.terms()
        var generator = SeededGenerator(seed: 51)
        var closed = 0
        for _ in 0..<2_000 {
            let legs = [(id: AssignmentID.make(), role: AssignmentRole.lead), (.make(), .assisting)]
            let kind = Bool.random(using: &generator) ? SuggestionKind.formal : .opinion
            var handling = GivenOut.handling(kind, legs, at: now, terms)
            var answered: Set<[String]> = []
            var moment = now
            for _ in 0..<Int.random(in: 1...24, using: &generator) {
                moment = moment + .seconds(Int.random(in: 0...86_400, using: &generator))
                let action = Self.actions.randomElement(using: &generator) ?? ""
                let id = legs[Int.random(in: 0...1, using: &generator)].id
                let (before, contacted) = (handling.version, handling.legs.map(\.contactedRound))
                guard let told = try? handling.apply(command(action, id, at: moment), at: moment, terms: terms) else {
                    #expect(handling.version == before && handling.legs.map(\.contactedRound) == contacted)
                    continue
                }
                #expect(handling.version == before + told.count)
                for case .issued(let event) in told {
                    let key = [event.assignment.description, "\(event.round)"]
                    #expect(answered.insert(key).inserted, "each leg once a round")
                    let leg = handling.legs.first { $0.leg.assignment == event.assignment }
                    let isHeard = kind == .opinion || event.role == .assisting || leg?.contactedRound == event.round
                    #expect(isHeard, "who leads has spoken with the deputy in that round")
                }
            }
            #expect(handling.legs.allSatisfy { $0.contactedRound <= handling.round })
            guard handling.state == .closed else { continue }
            closed += 1
            #expect(handling.legs.contains { $0.state == .replied && $0.leg.role == .lead })
        }
        #expect(closed > 50, "\(closed) were closed")
    }
}

extension Handling.Told {
    fileprivate var name: EventName {
        switch self {
        case .received: AssignmentReceived.name
        case .returned: AssignmentReturned.name
        case .contacted: ContactRecorded.name
        case .issued: ReplyIssued.name
        case .evaluated: ReplyEvaluated.name
        case .closed: SuggestionClosed.name
        case .moved: ClockChanged.name
        }
    }
}
