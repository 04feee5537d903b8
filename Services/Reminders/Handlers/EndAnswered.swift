import Contracts
import Messaging

/// Ends the clock of a leg's round with the reply, by the moment at which that was issued.
///
/// Tells nothing itself: of a reply that was late the sweep still tells that the period had ended. Heard before the leg was, the
/// end waits for it.
struct EndAnswered: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<ReplyIssued>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        try await RemindersStore.change(events.map(\.metadata.aggregate), in: transaction) { watches in
            for event in events {
                let body = event.body
                watches[event.metadata.aggregate]?
                    .end(body.assignment, through: body.round, at: body.issuedAt, stages: stages)
            }
        }
    }
}
