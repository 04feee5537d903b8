import Contracts
import Messaging

/// Starts the clocks of the round that a dissatisfied verdict opens.
///
/// Tells nothing. Each round has a clock of its own, so that an older one heard of later overwrites nothing.
struct StartNextRound: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<ReplyEvaluated>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        let reopening = events.filter { !$0.body.reopened.isEmpty }
        guard !reopening.isEmpty else { return }
        try await RemindersStore.change(reopening.map(\.metadata.aggregate), in: transaction) { watches in
            for event in reopening {
                for leg in event.body.reopened {
                    watches[event.metadata.aggregate]?.start(leg, round: event.body.round + 1, stages: stages)
                }
            }
        }
    }
}
