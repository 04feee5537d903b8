import Contracts
import Messaging

/// Starts the clocks of the legs that were given out, and ends those of the legs that were taken back.
///
/// Tells nothing; the sweep does when a stage is reached. A repeat finds its version applied and never comes here. Heard after
/// the reply that ended it, a clock begins as one that has ended.
struct StartClocks: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<SuggestionAssigned>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        let matters = Dictionary(
            events.map {
                ($0.metadata.aggregate, Watch.Matter(number: $0.body.number, committee: $0.body.committee))
            },
            uniquingKeysWith: { $1 }
        )
        try await RemindersStore.change(Array(matters.keys), introducing: matters, in: transaction) { watches in
            for event in events {
                let id = event.metadata.aggregate
                if let matter = matters[id] { watches[id]?.introduce(matter) }
                for leg in event.body.withdrawn {
                    watches[id]?.end(leg, at: event.body.assignedAt, stages: stages)
                }
                // A leg is given out once; further rounds of it are Replies' to open.
                for leg in event.body.legs { watches[id]?.start(leg, round: 1, stages: stages) }
            }
        }
    }
}
