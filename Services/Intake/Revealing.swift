import Contracts
import Messaging
import PostgreSQL

/// Where the contact of an author is asked for (联系方式凭据): it goes into events and departments' messages in the contact's place.
enum ContactReference {
    /// The path of this service's interface; nil of an author who is not named to those who handle the item.
    static func path(of number: String, mode: AuthorMode?) -> String? {
        mode == .named ? "/v1/suggestions/\(number)/contact" : nil
    }
}

/// Shows an author's contact, or what they wrote before it was masked, to somebody entitled, and records who has looked and why, in one
/// transaction.
struct RevealDesk: Sendable {
    /// There is no such item, or nothing of it that the caller may know of.
    struct NotFound: Error {}
    /// Another committee has it, or none yet.
    struct Foreign: Error {}
    /// The author has asked for confidence, and the caller has not said that they know.
    struct Confidential: Error {}

    /// On whose behalf somebody looks.
    enum Asker: Sendable, Hashable {
        /// The committee must have accepted the item.
        ///
        /// - Parameter isConfidentialKnown: says that it is known that the author has asked for confidence.
        case committee(CommitteeCode, isConfidentialKnown: Bool)
        /// The department must have the item in hands; what is not, and whose author is not named, is as if it were not there.
        case department(DepartmentCode, ContactPurpose)
    }

    let outbox: Outbox
    let seal: ContactSeal

    /// The contact; empty when the author has left none.
    ///
    /// - Parameter reason: why, as it stands in the act.
    /// - Throws: ``NotFound``, ``Foreign``, ``Confidential``, ``ContactSeal/KeyMissing``, `DatabaseError`.
    func reveal(
        number: String,
        to asker: Asker,
        reason: String,
        by actor: String
    ) async throws -> Submission.Contact {
        try await outbox.transaction { transaction in
            guard let item = try await IntakeStore.item(number: number, in: transaction) else { throw NotFound() }
            let note = try Self.note(item, asker)
            let (version, sealed) = try await IntakeStore.reveal(item.id, in: transaction)
            let contact = try sealed.map { try seal.open($0, of: item.id) }
            try transaction.publish(
                ContactRevealed(number: number, revealedAt: .now),
                about: item.id,
                version: version,
                act: Act(actor: actor, authority: "contact.reveal\(note): \(reason)")
            )
            return contact ?? Submission.Contact()
        }
    }

    /// The words as they were written, for an officer of the committee that has accepted the item: who says «call me at …» has said
    /// it to somebody.
    ///
    /// - Parameters:
    ///   - isConfidentialKnown: says that it is known that the author has asked for confidence.
    ///   - reason: why, as it stands in the act.
    /// - Throws: ``NotFound``, ``Foreign``, ``Confidential``, ``ContactSeal/KeyMissing``, `DatabaseError`.
    func revealText(
        number: String,
        to committee: CommitteeCode,
        isConfidentialKnown: Bool,
        reason: String,
        by actor: String
    ) async throws -> WrittenWords {
        try await outbox.transaction { transaction in
            guard let item = try await IntakeStore.item(number: number, in: transaction) else { throw NotFound() }
            let note = try Self.note(item, .committee(committee, isConfidentialKnown: isConfidentialKnown))
            // The row first: an erasure at this moment is before the look or behind it.
            let (version, _) = try await IntakeStore.reveal(item.id, in: transaction)
            let words = try await IntakeStore.words(of: item.id, in: transaction)
            let written = try words.written(of: item.id, seal)
            try transaction.publish(
                TextRevealed(number: number, revealedAt: .now),
                about: item.id,
                version: version,
                act: Act(actor: actor, authority: "\(Right.revealTexts.rawValue)\(note): \(reason)")
            )
            return written
        }
    }

    /// What the act says beside the reason, when the asker may look.
    private static func note(_ item: IntakeItem, _ asker: Asker) throws -> String {
        let view = try StatusView(item)
        switch asker {
        case .committee(let committee, let isConfidentialKnown):
            guard view.committee == committee else { throw Foreign() }
            guard item.mode == .confidential else { return "" }
            guard isConfidentialKnown else { throw Confidential() }
            return " (confidential)"
        case .department(let department, let purpose):
            guard view.isInHands(of: department), item.mode == .named else { throw NotFound() }
            return " (\(purpose.rawValue))"
        }
    }
}

/// What a department wants an author's contact for (用途).
enum ContactPurpose: String, Listed {
    /// To ask what is meant (核实情况).
    case clarify
    /// To meet or visit the author (面商走访).
    case visit
    /// To tell the answer (答复反馈).
    case answer
}
