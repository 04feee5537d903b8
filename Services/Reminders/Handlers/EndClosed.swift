import Contracts
import Messaging

/// Ends every clock of a matter that was closed, those too whose beginning has not been heard yet.
///
/// Tells nothing: of what had run out before, the sweep tells.
struct EndClosed: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<SuggestionClosed>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        try await RemindersStore.change(events.map(\.metadata.aggregate), in: transaction) { watches in
            for event in events {
                watches[event.metadata.aggregate]?.close(at: event.body.closedAt, stages: stages)
            }
        }
    }
}
