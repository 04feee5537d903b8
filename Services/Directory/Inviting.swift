import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging

/// Lets a person set a password: the first, or a new one for who has forgotten it.
enum Inviting {
    /// Invites one, under a right or from the command line.
    ///
    /// - Parameters:
    ///   - authority: of the officer: every role that the person holds, now or later, must be within its reach and its to give; nil
    ///     at the command line, where everybody may be invited.
    ///   - forgetsFactor: whether the second factor goes too, for who has lost the phone and the recovery codes.
    /// - Returns: the token, which is shown this once, and until when it is good.
    /// - Throws: `Problem` 404 when there is no such person, or none within reach, 403 when they hold roles beyond it too,
    ///   409 when they do not take part.
    static func invite(
        _ person: SuggestionID,
        in authority: Authority?,
        forgetsFactor: Bool = false,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws -> (token: String, until: Timestamp) {
        guard let known = try await SignInStore.credentials(of: person, in: transaction) else {
            throw Problem.notFound()
        }
        if let authority {
            let today = CivilDate(of: now)
            let book = try await DirectoryStore.units(in: transaction)
            let dossier = try await DirectoryStore.dossier(person, locking: false, in: transaction)
            let holdings = (dossier?.holdings ?? []).filter { holding in
                holding.state == .confirmed && holding.validUntil.map { today <= $0 } != false
            }
            guard authority.unit == nil || holdings.contains(where: { authority.reaches($0.unit, in: book) }) else {
                throw Problem.notFound()
            }
            // Whoever sets somebody's password can become them: also where this officer has no say.
            guard
                holdings.allSatisfy({ authority.reaches($0.unit, in: book) && authority.mayGive($0.role, in: $0.unit) })
            else { throw Problem.forbidden("this person holds roles that are not yours to give") }
        }
        guard known.person.state == .active else {
            throw Problem.conflict("this person does not take part yet, or no more")
        }
        let (token, until) = (Secrets.make(), now + CredentialDesk.invitationLifetime)
        SignInStore.invite(person, hash: Account.hash(token), until: until, in: transaction)
        try await CredentialDesk.tell(.invitation, .set, of: person, at: now, by: act, in: transaction)
        if forgetsFactor, try await SignInStore.factor(of: person, in: transaction) != nil {
            SignInStore.removeFactor(of: person, in: transaction)
            try await CredentialDesk.tell(.factor, .removed, of: person, at: now, by: act, in: transaction)
            try await Sessions.end(nil, of: person, for: .factor, at: now, by: act, in: transaction)
        }
        return (token, until)
    }
}
