import Contracts
import Messaging

/// Puts a matter back on its committee's desk when a department gives its leg back.
///
/// Tells nothing: the committee decides. Of a leg that was withdrawn in the meantime nothing changes.
struct NoteReturn: Handler {
    func handle(_ events: [Received<AssignmentReturned>], in transaction: EventTransaction) async throws {
        var matters = try await RoutingStore.matters(events.map(\.metadata.aggregate), locking: true, in: transaction)
        for event in events { matters[event.metadata.aggregate]?.returned(event.body.assignment) }
        RoutingStore.update(Array(matters.values), in: transaction)
    }
}
