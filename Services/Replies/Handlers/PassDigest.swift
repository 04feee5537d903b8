import Contracts
import Messaging

/// Passes notices that were collected on to the department's queue, in one message.
///
/// Changes nothing here: what is in a digest is Reminders' to decide.
struct PassDigest: Handler {
    let notices: Notices

    func handle(_ events: [Received<DigestDue>], in transaction: EventTransaction) async throws {
        for event in events {
            let body = event.body
            try notices.send(
                DigestNotice(digest: body.digest, count: body.count, notices: body.notices),
                to: body.department,
                about: event.metadata.aggregate,
                in: transaction,
                following: .event(event.metadata)
            )
        }
    }
}
