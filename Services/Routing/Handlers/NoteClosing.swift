import Contracts
import Messaging

/// Takes a closed matter off every desk.
///
/// Tells nothing; closing is the last thing that happens to a matter.
struct NoteClosing: Handler {
    func handle(_ events: [Received<SuggestionClosed>], in transaction: EventTransaction) async throws {
        RoutingStore.close(events.map(\.metadata.aggregate), in: transaction)
    }
}
