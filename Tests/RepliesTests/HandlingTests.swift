import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Replies

/// What departments and deputies can do with a matter, and what they cannot.
struct HandlingTests {
    private let now = Timestamp(microseconds: 1_770_000_000_000_000)
    private let lead = AssignmentID.make()
    private let assisting = AssignmentID.make()

    private func terms() throws -> CountedTerms {
        try LegalTerms(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")))
            .counted(in: .china)
    }

    private func leg(_ id: AssignmentID, _ code: String, _ role: AssignmentRole) -> Leg {
        Leg(
            assignment: id,
            department: DepartmentCode(rawValue: code),
            role: role,
            clock: Clock(startedAt: now, term: "P30D", dueAt: now + .seconds(86_400 * 30), basis: "x")
        )
    }

    private func assigned(_ legs: [Leg], withdrawn: [AssignmentID] = []) -> SuggestionAssigned {
        SuggestionAssigned(
            number: "BJ-1",
            kind: .opinion,
            title: "t",
            text: "x",
            committee: .init(rawValue: "chengjian"),
            legs: legs,
            withdrawn: withdrawn,
            reason: "r",
            assignedAt: now
        )
    }

    private func handling() -> Handling {
        var handling = Handling(
            id: .make(),
            number: "BJ-1",
            kind: .opinion,
            title: "t",
            text: "x",
            proposal: nil,
            committee: .init(rawValue: "chengjian")
        )
        _ = handling.assign(assigned([leg(lead, "chengguan", .lead), leg(assisting, "zhujian", .assisting)]))
        return handling
    }

    private func reply(_ id: AssignmentID) -> Handling.Command {
        .reply(id, outcome: .solved, text: "已办", commitmentDueAt: nil)
    }

    private let satisfied = Handling.Command.evaluate(attitude: .satisfied, result: .satisfied, comment: nil)
    private let dissatisfied = Handling.Command.evaluate(attitude: .satisfied, result: .dissatisfied, comment: "没有办")

    @Test func `a receipt that its department's own answer has overtaken is no mistake`() throws {
        var handling = handling()
        let terms = try terms()
        _ = try handling.apply(reply(lead), at: now, terms: terms)
        _ = try handling.apply(.giveBack(assisting, reason: "r", proposed: nil), at: now, terms: terms)
        for leg in [lead, assisting] { #expect(try handling.apply(.receive(leg), at: now, terms: terms).isEmpty) }
        #expect(handling.version == 2 && handling.legs.map(\.state) == [.replied, .returned])
        _ = handling.assign(assigned([], withdrawn: [assisting]))
        #expect(throws: Impossible.self) { try handling.apply(.receive(assisting), at: now, terms: terms) }
    }

    @Test func `the whole way to the end, numbered without a gap`() throws {
        var handling = handling()
        let terms = try terms()
        #expect(try handling.apply(.receive(lead), at: now, terms: terms).count == 1)
        #expect(try handling.apply(.receive(lead), at: now, terms: terms).isEmpty, "signing twice changes nothing")
        _ = try handling.apply(reply(assisting), at: now, terms: terms)
        #expect(handling.state == .open)
        _ = try handling.apply(reply(lead), at: now, terms: terms)
        #expect(handling.state == .answered)
        #expect(try handling.apply(satisfied, at: now, terms: terms).count == 2)
        #expect(handling.state == .closed && handling.version == 5)
    }

    @Test func `a verdict waits for every leg`() throws {
        var handling = handling()
        let terms = try terms()
        _ = try handling.apply(reply(lead), at: now, terms: terms)
        #expect(throws: Impossible.self) { try handling.apply(satisfied, at: now, terms: terms) }
    }

    @Test func `dissatisfied opens the next round at once, with clocks of its own`() throws {
        var handling = handling()
        let terms = try terms()
        for id in [lead, assisting] { _ = try handling.apply(reply(id), at: now, terms: terms) }
        let told = try handling.apply(dissatisfied, at: now, terms: terms)
        guard case .evaluated(let event)? = told.first, told.count == 1 else {
            return #expect(Bool(false), "a verdict alone is told")
        }
        #expect(event.round == 1 && handling.round == 2 && handling.state == .open)
        #expect(event.reopened.map(\.clock.term).sorted() == ["P15D", "P7D"])
        #expect(throws: Impossible.self, "no way back in the second round") {
            try handling.apply(.giveBack(lead, reason: "r", proposed: nil), at: now, terms: terms)
        }
        for id in [lead, assisting] { _ = try handling.apply(reply(id), at: now, terms: terms) }
        _ = try handling.apply(satisfied, at: now, terms: terms)
        #expect(handling.state == .closed)
    }

    @Test func `a returned leg holds the round open until the committee has taken it back`() throws {
        var handling = handling()
        let terms = try terms()
        _ = try handling.apply(.giveBack(assisting, reason: "r", proposed: nil), at: now, terms: terms)
        _ = try handling.apply(reply(lead), at: now, terms: terms)
        #expect(handling.state == .open)
        let fresh = handling.assign(assigned([], withdrawn: [assisting]))
        #expect(fresh.isEmpty && handling.state == .answered)
    }

    @Test func `each impossible step names its rule`() throws {
        var handling = handling()
        let terms = try terms()
        func rule(_ command: Handling.Command) -> String? {
            do {
                _ = try handling.apply(command, at: now, terms: terms)
                return nil
            } catch {
                return error.rule
            }
        }
        #expect(rule(reply(.make())) == "unknown")
        #expect(rule(reply(lead)) == nil)
        #expect(rule(reply(lead)) == "replied")
        #expect(rule(.giveBack(lead, reason: "r", proposed: nil)) == "replied")
        #expect(rule(reply(assisting)) == nil)
        #expect(rule(satisfied) == nil)
        #expect(rule(.receive(lead)) == "closed")
    }

    @Test func `B promises a date in the future, A and C none`() throws {
        let letters = try terms().terms.letters
        func faults(_ outcome: ReplyOutcome, _ due: Timestamp?, _ text: String = "x") -> [String] {
            do {
                _ = try Fields.reply(
                    ReplyMessage(
                        assignment: lead,
                        outcome: outcome,
                        text: text,
                        commitmentDueAt: due,
                        reason: outcome == .reference ? text : nil
                    ),
                    under: letters,
                    at: now
                )
                return []
            } catch {
                return error.faults.map { "\($0.pointer) \($0.rule)" }
            }
        }
        #expect(faults(.planned, nil) == ["/commitmentDueAt required"])
        #expect(faults(.planned, now) == ["/commitmentDueAt future"])
        #expect(faults(.planned, now + .seconds(1)) == [])
        #expect(faults(.solved, now + .seconds(1)) == ["/commitmentDueAt only-with-B"])
        #expect(faults(.reference, now + .seconds(1)) == ["/commitmentDueAt only-with-B"])
        #expect(faults(.solved, nil, " ") == ["/text length"])
        #expect(faults(.solved, nil, "a\0b") == ["/text characters"])
    }
}
