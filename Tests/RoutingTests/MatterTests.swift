import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Routing

/// What a committee can decide, and what it cannot.
struct MatterTests {
    private let now = Timestamp(microseconds: 1_770_000_000_000_000)
    private let committee = CommitteeCode(rawValue: "chengjian")
    private let first = DepartmentCode(rawValue: "chengguan")
    private let second = DepartmentCode(rawValue: "zhujian")

    private func terms() throws -> CountedTerms {
        try LegalTerms(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")))
            .counted(in: .china)
    }

    private func matter() -> Matter {
        Matter(
            SuggestionReceived(
                number: "BJ-1",
                kind: .opinion,
                submitter: .voter,
                title: "t",
                text: "x",
                station: .init(rawValue: "ST-X01"),
                receivedAt: now
            ),
            id: .make(),
            proposed: Proposal()
        )
    }

    private func handling(_ lead: DepartmentCode, _ assisting: [DepartmentCode] = []) -> Matter.Handling {
        .init(committee: committee, category: .init(rawValue: "c"), lead: lead, assisting: assisting, reason: "r")
    }

    private func legs(_ told: [Matter.Told]) -> [Leg] {
        told.flatMap { told -> [Leg] in if case .assigned(let event) = told { event.legs } else { [] } }
    }

    @Test func `accepting tells of acceptance and legs, numbered without a gap`() throws {
        var matter = matter()
        let told = try matter.accept(handling(first, [second]), at: now, terms: terms())
        #expect(told.count == 2 && matter.version == 2 && matter.state == .assigned)
        #expect(legs(told).map(\.role) == [.lead, .assisting])
        #expect(legs(told).map(\.clock.term) == ["P30D", "P15D"])
    }

    @Test func `a department alone is single`() throws {
        var matter = matter()
        #expect(legs(try matter.accept(handling(first), at: now, terms: terms())).map(\.role) == [.single])
    }

    @Test func `what is decided cannot be decided again`() throws {
        var matter = matter()
        _ = try matter.refuse(reason: "r", explanation: "e", basis: "b", whereToGo: "w", at: now)
        #expect(matter.state == .refused && matter.version == 1)
        let terms = try terms()
        #expect(throws: Matter.Impossible.inState(.refused)) {
            try matter.accept(handling(first), at: now, terms: terms)
        }
        #expect(throws: Matter.Impossible.inState(.refused)) {
            try matter.reassign(withdrawing: [], lead: first, assisting: [], reason: "r", at: now, terms: terms)
        }
    }

    @Test func `a returned leg is on the desk until it is given to another`() throws {
        var matter = matter()
        let leg = try #require(legs(try matter.accept(handling(first), at: now, terms: terms())).first)
        matter.returned(leg.assignment)
        #expect(matter.state == .returned)
        let told = try matter.reassign(
            withdrawing: [leg.assignment],
            lead: second,
            assisting: [],
            reason: "r",
            at: now,
            terms: terms()
        )
        #expect(matter.state == .assigned && matter.version == 3)
        guard case .assigned(let event)? = told.first else { return #expect(Bool(false), "an assignment is told") }
        #expect(event.withdrawn == [leg.assignment] && event.legs.map(\.department) == [second])
    }

    @Test func `the same department twice, and a leg that is not there, are refused`() throws {
        var matter = matter()
        let terms = try terms()
        #expect(throws: Matter.Impossible.departmentTwice(first)) {
            try matter.accept(handling(first, [first]), at: now, terms: terms)
        }
        var other = self.matter()
        _ = try other.accept(handling(first), at: now, terms: terms)
        let unknown = AssignmentID.make()
        #expect(throws: Matter.Impossible.noSuchLeg(unknown)) {
            try other.reassign(withdrawing: [unknown], lead: second, assisting: [], reason: "r", at: now, terms: terms)
        }
    }
}
