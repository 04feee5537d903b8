import Calendar
import Contracts
import Foundation
import Rules
import Support

@testable import Replies

/// A matter that departments have been given, for tests of what can be done with it.
enum GivenOut {
    /// A shipped pack's terms, counted by the calendar that ships.
    static func terms(_ pack: String = "zhejiang-hangzhou") throws -> CountedTerms {
        try RulePack(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(pack).json"))).terms
            .counted(in: .china)
    }

    /// What Routing tells of legs that begin and legs that end.
    static func event(
        _ legs: [Leg],
        _ kind: SuggestionKind,
        withdrawn: [AssignmentID] = [],
        at now: Timestamp
    ) -> SuggestionAssigned {
        SuggestionAssigned(
            number: "BJ-1",
            kind: kind,
            title: "t",
            text: "x",
            committee: .init(rawValue: "chengjian"),
            legs: legs,
            withdrawn: withdrawn,
            reason: "r",
            assignedAt: now
        )
    }

    /// The matter with its legs, each with the clock of its first round.
    static func handling(
        _ kind: SuggestionKind,
        _ legs: [(id: AssignmentID, role: AssignmentRole)],
        at now: Timestamp,
        _ terms: CountedTerms
    ) -> Handling {
        var handling = Handling(
            id: .make(),
            number: "BJ-1",
            kind: kind,
            title: "t",
            text: "x",
            proposal: nil,
            committee: .init(rawValue: "chengjian")
        )
        let given = legs.map { leg in
            Leg(
                assignment: leg.id,
                department: DepartmentCode(rawValue: leg.role == .assisting ? "zhujian" : "chengguan"),
                role: leg.role,
                clock: terms.clock(for: kind, leg.role, round: 1, from: now)
            )
        }
        _ = handling.assign(event(given, kind, at: now))
        return handling
    }
}
