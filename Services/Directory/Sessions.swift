import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging

/// What is done with sessions once there are any.
struct Sessions: Sendable {
    /// A session that is good, with whose it is and what they hold today.
    struct Grant: Sendable {
        let person: SuggestionID
        let holdings: [GoodHolding]
        /// The role that the token is for; nil for a voter of the district.
        let chosen: GoodHolding?
    }

    let outbox: Outbox
    let terms: Session.Terms
    let clock: @Sendable () -> Timestamp

    /// What a session's secret gets a token for; the session is good for another while.
    ///
    /// - Parameter holding: the role that is asked for; nil for the first that may be given.
    /// - Throws: ``SignInRefusal/refused`` when there is no such session any more; ``Choosing/Refusal``; `DatabaseError`.
    func grant(_ secret: String, holding: UUID?) async throws -> Grant {
        guard let hash = Secrets.hash(secret) else { throw SignInRefusal.refused }
        let now = clock()
        let found = try await outbox.transaction { transaction -> (Session, [GoodHolding])? in
            guard let session = try await SessionStore.session(hash, in: transaction),
                let known = try await SignInStore.credentials(of: session.person, in: transaction)
            else { return nil }
            guard known.person.state == .active else {
                let act = Act(actor: "rule:ended-person", authority: "session.end")
                try await Self.end(nil, of: session.person, for: .person, at: now, by: act, in: transaction)
                return nil
            }
            let holdings = try await SignInStore.holdings(of: session.person, on: CivilDate(of: now), in: transaction)
            let limits = terms.limits(isStaff: holdings.contains { $0.role.wantsFactor })
            guard session.isGood(at: now, limits) else { return nil }
            SessionStore.touch(session.id, at: now, in: transaction)
            return (session, holdings)
        }
        guard let (session, holdings) = found else { throw SignInRefusal.refused }
        let chosen = try Choosing.choose(holding, from: holdings, factor: session.factor)
        return Grant(person: session.person, holdings: holdings, chosen: chosen)
    }

    /// A person's sessions that are good, newest first, each with its end; and what they hold today.
    func all(of person: SuggestionID) async throws -> [(session: Session, end: Timestamp)] {
        let now = clock()
        return try await outbox.transaction { transaction in
            let holdings = try await SignInStore.holdings(of: person, on: CivilDate(of: now), in: transaction)
            let limits = terms.limits(isStaff: holdings.contains { $0.role.wantsFactor })
            return try await SessionStore.sessions(of: person, in: transaction)
                .filter { $0.isGood(at: now, limits) }.map { ($0, $0.end(limits)) }
        }
    }

    /// Ends a person's session, or all of them; who ends a person or a role of theirs calls it in the same transaction.
    ///
    /// - Returns: how many there were.
    @discardableResult
    static func end(
        _ id: SuggestionID?,
        of person: SuggestionID,
        for reason: SessionEnded.Reason,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws -> Int {
        let ended = try await SessionStore.remove(id, of: person, in: transaction)
        for session in ended {
            try transaction.publish(
                SessionEnded(session: session, person: person, reason: reason, endedAt: now),
                about: session,
                version: 2,
                act: act
            )
        }
        return ended.count
    }
}
