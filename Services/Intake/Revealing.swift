import Contracts
import Messaging
import PostgreSQL

/// Shows an author's contact to somebody entitled, and records who has looked and why, in one transaction.
struct RevealDesk: Sendable {
    /// There is no such item, or nothing of it that the caller may know of.
    struct NotFound: Error {}
    /// Another committee has it, or none yet.
    struct Foreign: Error {}

    /// The author has asked for confidence, and the caller has not said that they know.
    struct Confidential: Error {}

    let outbox: Outbox
    let seal: ContactSeal

    /// The contact; empty when the author has left none.
    ///
    /// - Parameters:
    ///   - committee: who must have accepted the item.
    ///   - reason: why, as it stands in the act.
    ///   - isConfidentialKnown: says that it is known that the author has asked for confidence.
    /// - Throws: ``NotFound``, ``Foreign``, ``Confidential``, ``ContactSeal/KeyMissing``, `DatabaseError`.
    func reveal(
        number: String,
        to committee: CommitteeCode,
        reason: String,
        isConfidentialKnown: Bool = false,
        by actor: String
    ) async throws -> Submission.Contact {
        try await outbox.transaction { transaction in
            guard let item = try await IntakeStore.item(number: number, in: transaction) else { throw NotFound() }
            guard try StatusView(item).committee == committee else { throw Foreign() }
            let isConfidential = item.mode == .confidential
            guard !isConfidential || isConfidentialKnown else { throw Confidential() }
            let (version, sealed) = try await IntakeStore.reveal(item.id, in: transaction)
            let contact = try sealed.map { try seal.open($0, of: item.id) }
            try transaction.publish(
                ContactRevealed(number: number, revealedAt: .now),
                about: item.id,
                version: version,
                act: Act(actor: actor, authority: "contact.reveal\(isConfidential ? " (confidential)" : ""): \(reason)")
            )
            return contact ?? Submission.Contact()
        }
    }
}
