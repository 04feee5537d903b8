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
    ///   - unit: in which alone the person may hold roles, and must hold one; nil for an operator, who may invite everybody.
    ///   - forgetsFactor: whether the second factor goes too, for who has lost the phone and the recovery codes.
    /// - Returns: the token, which is shown this once, and until when it is good.
    /// - Throws: `Problem` 404 when there is no such person, or none in the unit, 403 when they hold roles elsewhere too, 409
    ///   when they do not take part.
    static func invite(
        _ person: SuggestionID,
        in unit: String?,
        forgetsFactor: Bool = false,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws -> (token: String, until: Timestamp) {
        guard let known = try await SignInStore.credentials(of: person, in: transaction) else {
            throw Problem.notFound()
        }
        if let unit {
            let holdings = try await SignInStore.holdings(of: person, on: CivilDate(of: now), in: transaction)
            guard holdings.contains(where: { $0.unit == unit }) else { throw Problem.notFound() }
            // Whoever sets somebody's password can become them: also where this officer has no say.
            guard holdings.allSatisfy({ $0.unit == unit }) else {
                throw Problem.forbidden("this person holds roles in other units too; an operator can invite them")
            }
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
