import Bootstrap
import Contracts
import Messaging
import PostgreSQL
import Rules

/// The committee's desk: what an officer decides, by page or by program.
struct Desk: Sendable {
    /// A decision as it was sent.
    enum Decision: Sendable {
        case accept(Matter.Handling)
        case refuse(reason: String, explanation: String, basis: String, whereToGo: String)
        case reassign(withdrawing: [AssignmentID], lead: DepartmentCode?, assisting: [DepartmentCode], reason: String)
    }

    /// There is no such matter here, or not yet.
    struct NotFound: Error {}

    let outbox: Outbox
    let terms: LegalTerms
    var calendar = KnownCalendar()

    /// Decides, for a committee's officer.
    ///
    /// - Throws: ``NotFound``, `Matter.Impossible`, `DatabaseError`.
    func decide(
        _ decision: Decision,
        about id: SuggestionID,
        for officer: CommitteeCode,
        by actor: String
    ) async throws -> Matter {
        try await outbox.transaction { transaction in
            guard var matter = try await RoutingStore.matters([id], locking: true, in: transaction)[id] else {
                throw NotFound()
            }
            guard matter.isOpen(to: officer) else { throw Matter.Impossible.foreign }
            let terms = terms.counted(in: calendar.current)
            let told: [Matter.Told]
            let right: String
            switch decision {
            case .accept(let handling):
                told = try matter.accept(handling, at: .now, terms: terms)
                right = Right.acceptMatters.rawValue
            case .refuse(let reason, let explanation, let basis, let whereToGo):
                told = try matter.refuse(
                    reason: reason,
                    explanation: explanation,
                    basis: basis,
                    whereToGo: whereToGo,
                    at: .now
                )
                right = "\(Right.refuseMatters.rawValue): \(basis)"
            case .reassign(let withdrawing, let lead, let assisting, let reason):
                told = try matter.reassign(
                    withdrawing: withdrawing,
                    lead: lead,
                    assisting: assisting,
                    reason: reason,
                    at: .now,
                    terms: terms
                )
                right = Right.reassignMatters.rawValue
            }
            RoutingStore.update([matter], in: transaction)
            try transaction.tell(told, about: matter, by: Act(actor: actor, authority: right))
            return matter
        }
    }
}
