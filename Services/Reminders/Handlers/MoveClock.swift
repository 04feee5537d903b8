import Contracts
import Messaging

/// Lets a running period stand still, run again or end at another moment as its owner tells, and moves the stages that lie ahead
/// with it.
///
/// Tells nothing; what was told stays told, and a stage never comes twice. Heard before the period itself it begins it, and a change
/// that arrives behind a later one changes nothing: the two owners promise no order between each other, nor do two replicas.
struct MoveClock: Handler {
    let timetable: Timetable

    func handle(_ events: [Received<ClockChanged>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        try await RemindersStore.change(events.map(\.metadata.aggregate), in: transaction) { watches in
            for event in events {
                let body = event.body
                watches[event.metadata.aggregate]?
                    .move(
                        RunningClock.ID(assignment: body.assignment, round: body.round),
                        of: body.department,
                        to: body.clock,
                        change: event.metadata.version,
                        stages: stages
                    )
            }
        }
    }
}
