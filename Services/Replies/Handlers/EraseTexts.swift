import Contracts
import Messaging

/// Takes an item's words, and what was written about them, away from the departments' desk, and has departments' own systems do
/// the same.
///
/// Tells a redaction to each department's queue; the legs go on. A repeat never comes here; where the item has not arrived yet it
/// will without its words, and no department has any.
struct EraseTexts: Handler {
    let notices: Notices

    func handle(_ events: [Received<SuggestionErased>], in transaction: EventTransaction) async throws {
        // The matters' rows first: whoever answers at this moment has written their act before what follows looks.
        let handlings = try await RepliesStore.handlings(events.map(\.metadata.aggregate), in: transaction)
        for event in events {
            let (id, body) = (event.metadata.aggregate, event.body)
            if let handling = handlings[id] {
                RepliesStore.erase(handling, in: transaction)
                try notices.redact(handling, at: body.erasedAt, in: transaction, following: .event(event.metadata))
            }
            Erasure.apply(to: id, cause: event.metadata.id, at: body.erasedAt, in: transaction)
        }
    }
}
