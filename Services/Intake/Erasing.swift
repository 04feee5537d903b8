import Contracts
import Messaging
import PostgreSQL

/// Takes away what somebody has written, at their request: the words, the contact, and every copy (删除个人信息).
///
/// One transaction erases what this service has and tells the others. The handling goes on without the words: who was asked,
/// when, and what came of it stays.
struct EraseDesk: Sendable {
    /// There is no such item, or the secret is not its own.
    struct NotFound: Error {}

    let outbox: Outbox

    /// Erases an item; of one that is erased already, what was written about it since goes, and why it was erased.
    ///
    /// - Parameters:
    ///   - secret: the hash of the receipt's secret, which the item must have; nil for one who needs no receipt.
    ///   - reason: why, as it stands in the act.
    /// - Returns: whether it was erased now.
    /// - Throws: ``NotFound``, `DatabaseError`.
    func erase(
        number: String,
        secret: [UInt8]? = nil,
        reason: String,
        by actor: String
    ) async throws -> Bool {
        try await outbox.transaction { transaction in
            guard let item = try await IntakeStore.item(number: number, secret: secret, in: transaction) else {
                throw NotFound()
            }
            // What is being heard of it at this moment is stored first, and loses its words with the rest.
            Erasure.hold(item.id, in: transaction)
            let (cause, moment) = (EventID.make(), Timestamp.now)
            let authority = reason.isEmpty ? "suggestion.erase" : "suggestion.erase: \(reason)"
            try await dismissHeld(item.id, at: moment, act: Act(actor: actor, authority: authority), in: transaction)
            guard let version = try await IntakeStore.erase(item.id, in: transaction) else {
                Erasure.applyAgain(to: item.id, in: transaction)
                return false
            }
            try transaction.publish(
                SuggestionErased(number: number, erasedAt: moment),
                about: item.id,
                version: version,
                act: Act(actor: actor, authority: authority),
                id: cause
            )
            Erasure.apply(to: item.id, cause: cause, at: moment, in: transaction)
            return true
        }
    }

    /// Why an item that its author has erased is no longer held.
    private static let withdrawn = "提交人已要求删除 · its author has had it erased"

    /// Ends the holding of an item that nobody has been told of yet: without its words there is nothing to decide about.
    private func dismissHeld(
        _ id: SuggestionID,
        at moment: Timestamp,
        act: Act,
        in transaction: EventTransaction
    ) async throws {
        guard try await QuarantineStore.lock(id, in: transaction) else { return }
        let choice = QuarantineChoice(only: id)
        for (id, event) in try await QuarantineStore.refuse(
            choice,
            reason: Self.withdrawn,
            at: moment,
            limit: 1,
            in: transaction
        ) {
            try transaction.publish(event, about: id, version: 1, act: act)
        }
    }
}

/// Takes contacts away when the rule's time after the end is over, each with its act.
struct ContactRetention: Sendable {
    /// Contacts a transaction: short enough for nobody to wait.
    private static let batch = 200

    let outbox: Outbox

    /// Removes what is due, a batch.
    ///
    /// - Returns: how many were removed; 0 when none is left.
    func removeSome(_ limits: ContactLimits, under rule: String) async throws -> Int {
        try await outbox.transaction { transaction in
            let due = try await IntakeStore.removeContacts(
                limits,
                limit: Self.batch,
                in: transaction
            )
            for item in due {
                try transaction.publish(
                    ContactRemoved(number: item.number, removedAt: .now),
                    about: item.id,
                    version: item.version,
                    act: Act(actor: "rule:retention.contacts", authority: "retention: \(rule)")
                )
            }
            return due.count
        }
    }
}
