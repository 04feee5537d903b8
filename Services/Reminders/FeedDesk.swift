import Contracts
import Messaging
import PostgreSQL

/// Ends addresses for calendar programs in place of those who have them.
struct FeedDesk: Sendable {
    let outbox: Outbox

    /// Ends a reader's address for a unit, and records who did.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `DatabaseError`.
    func end(_ subject: String, of unit: UnitCode, by actor: String) async throws -> Bool {
        try await outbox.transaction { transaction in
            guard try await FeedReaderStore.end(subject, of: unit.rawValue, in: transaction) else { return false }
            try transaction.publish(
                FeedEnded(reader: subject, unit: unit, endedAt: .now),
                // An address is nothing else that events are about, and ends once.
                about: .make(),
                version: 1,
                act: Act(actor: actor, authority: Right.endFeeds.rawValue)
            )
            return true
        }
    }
}
