import Contracts
import Messaging
import PostgreSQL

/// Records what a department says beside an end that it has missed; the breach itself stays as it was told.
struct ExcuseDesk: Sendable {
    /// Why nothing was recorded.
    enum Refusal: Error, Hashable {
        /// There is no such period, or it is another department's.
        case unknown
        /// The period was not missed.
        case noBreach
        /// So much has been said already.
        case full
    }

    /// Times that a department may speak of one end.
    static let limit = 10

    let outbox: Outbox

    /// Records it; the same words again are recorded once.
    ///
    /// - Throws: ``Refusal``, `DatabaseError`.
    func excuse(
        _ id: RunningClock.ID,
        text: String,
        for department: DepartmentCode,
        by actor: String
    ) async throws -> ExcuseStore.Excuse {
        try await outbox.transaction { transaction in
            guard let suggestion = try await ExcuseStore.suggestion(of: id.assignment, in: transaction),
                let before = try await RemindersStore.locked(suggestion, in: transaction),
                let clock = before.clocks.first(where: { $0.id == id && $0.department == department })
            else { throw Refusal.unknown }
            guard let dueAt = clock.missedDueAt else { throw Refusal.noBreach }
            let said = try await ExcuseStore.excuses(of: id.assignment, in: suggestion, transaction)
                .filter { $0.round == id.round }
            if let same = said.first(where: { $0.text == text }) { return same }
            guard said.count < Self.limit else { throw Refusal.full }
            var watch = before
            let event = BreachExcused(
                assignment: id.assignment,
                department: department,
                round: id.round,
                dueAt: dueAt,
                text: text,
                excusedAt: .now
            )
            try transaction.publish(
                event,
                about: suggestion,
                version: watch.nextVersion(),
                act: Act(actor: actor, authority: Right.excuseBreaches.rawValue),
                following: .here
            )
            try RemindersStore.save([watch], over: [suggestion: before], in: transaction)
            return ExcuseStore.Excuse(round: id.round, text: text, excusedAt: event.excusedAt)
        }
    }
}
