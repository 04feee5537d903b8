import Contracts
import Messaging

/// Takes an item's words off the desk and out of the record of acts.
///
/// Tells nothing; the matter goes on as it stands, and whoever decides about it decides without the words. A repeat changes
/// nothing. Where the matter has not arrived yet it will without its words: the engine sees to that.
struct EraseTexts: Handler {
    func handle(_ events: [Received<SuggestionErased>], in transaction: EventTransaction) async throws {
        for event in events {
            // The matter's row first: whoever decides at this moment has written their act before what follows looks.
            try await RoutingStore.erase(event.metadata.aggregate, in: transaction)
            Erasure.apply(
                to: event.metadata.aggregate,
                cause: event.metadata.id,
                at: event.body.erasedAt,
                in: transaction
            )
        }
    }
}
