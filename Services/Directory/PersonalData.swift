import Calendar
import Contracts
import Foundation

/// What is held of a person, as they get it (查阅、复制个人信息).
///
/// No secret is in it, and no name of anybody else: others are told of by their ids, as the record of acts does.
struct PersonalData: Encodable, Sendable {
    /// What they sign in with, as far as it can be told.
    struct SignIn: Encodable, Sendable {
        let password: Bool
        /// A keyed hash is kept, by which the number is known again; the number is not.
        let phone: Bool
        let lockedAt: Timestamp?
        let signedInAt: Timestamp?
        let factorSince: Timestamp?
        let recoveryCodes: Int
        let invitedUntil: Timestamp?
        let identities: [Identity]
    }

    /// Who they are at an outside provider.
    struct Identity: Encodable, Sendable {
        let provider: String
        let subject: String
        let linkedAt: Timestamp
    }

    /// Where they are signed in.
    struct Presence: Encodable, Sendable {
        let session: SuggestionID
        let madeAt: Timestamp
        let usedAt: Timestamp
        let manner: SessionStarted.Manner
        let factor: Bool
        let agent: String
        let network: String?
    }

    /// A role, with who decided about it.
    struct Role: Encodable, Sendable {
        let holding: PersonChanged.Holding
        let decidedBy: String?
    }

    /// A code on a wall that leads to them.
    struct Card: Encodable, Sendable {
        let code: UUID
        let station: String
        let place: String?
        let issuedAt: Timestamp
        let revokedAt: Timestamp?
        let scans: Int
    }

    /// Something that was done by them, or about them.
    struct Deed: Encodable, Sendable {
        let name: String
        let actor: String
        let authority: String
        let origin: String?
        let occurredAt: Timestamp
    }

    let exportedAt: Timestamp
    let person: SuggestionID
    let login: String
    let name: String
    let state: Person.State
    let changedAt: Timestamp
    let holdings: [Role]
    let signIn: SignIn
    let sessions: [Presence]
    let codes: [Card]
    /// The newest ones, the newest first.
    let acts: [Deed]
    /// Whether there are older acts than these.
    let hasOlderActs: Bool

    init(
        _ dossier: Dossier,
        signIn: SignIn,
        sessions: [Session],
        codes: [Card],
        acts: (deeds: [Deed], hasOlder: Bool),
        at moment: Timestamp
    ) {
        let known = dossier.person
        (exportedAt, person, login, name) = (moment, known.id, known.login, known.name)
        (state, changedAt) = (known.state, known.changedAt)
        holdings = dossier.holdings.map { Role(holding: $0.told, decidedBy: $0.decidedBy) }
        self.signIn = signIn
        self.sessions = sessions.map {
            Presence(
                session: $0.id,
                madeAt: $0.madeAt,
                usedAt: $0.usedAt,
                manner: $0.manner,
                factor: $0.factor,
                agent: $0.agent,
                network: $0.network
            )
        }
        self.codes = codes
        (self.acts, hasOlderActs) = acts
    }
}

extension Dossier {
    /// Why the person cannot be erased yet; nil when they can.
    ///
    /// Whoever holds a role acts in the state's name, and who that is stays known as long as they do (个人信息保护法 §13, §47).
    func hindersErasure(on today: CivilDate) -> Hindrance? {
        let holds = holdings.contains { holding in
            holding.state == .confirmed && holding.role != .voter
                && holding.validUntil.map { today <= $0 } != false
        }
        guard holds else { return nil }
        return Hindrance("in-office", "仍在任职，须先终止任职 · holds a role: it is ended first")
    }
}
