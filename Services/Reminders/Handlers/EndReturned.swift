import Contracts
import Messaging

/// Ends every clock of a leg that its department has given back: what follows is a leg of its own.
///
/// Tells nothing. Heard before the leg was, the end waits for it.
struct EndReturned: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<AssignmentReturned>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        try await RemindersStore.change(events.map(\.metadata.aggregate), in: transaction) { watches in
            for event in events {
                watches[event.metadata.aggregate]?
                    .end(event.body.assignment, at: event.body.returnedAt, stages: stages)
            }
        }
    }
}
