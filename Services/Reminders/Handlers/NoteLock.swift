import Contracts
import Messaging

/// Notes that a person's sign-in was locked, for themselves and for the registrars who answer for them.
///
/// Tells nothing: it is in their inboxes. A repeat finds its rows there and changes nothing.
struct NoteLock: Handler {
    func handle(_ events: [Received<SignInLocked>], in transaction: EventTransaction) async throws {
        let notices = events.flatMap { event in
            let readers =
                [(PersonNoticeStore.Audience.person, event.body.person.description)]
                + (event.body.registrars ?? []).map { (.registrar, $0.rawValue) }
            return readers.map { audience, reader in
                PersonNoticeStore.Notice(
                    id: event.metadata.id.rawValue,
                    audience: audience,
                    reader: reader,
                    person: event.body.person,
                    noticedAt: event.metadata.time,
                    lockedUntil: event.body.until
                )
            }
        }
        PersonNoticeStore.add(notices, in: transaction)
    }
}
