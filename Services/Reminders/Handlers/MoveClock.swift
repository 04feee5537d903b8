import Contracts
import Messaging

/// Lets a running period stand still, run again or end at another moment as its owner tells, and moves the stages that lie ahead
/// with it.
///
/// That it does is recorded once and put before its department and committee; no event follows, since the owner's is one. What was
/// told stays told, and of one end a stage never comes twice. Heard before the period itself a change begins it, and one that arrives
/// behind a later one changes nothing and is not news: the two owners promise no order between each other, nor do two replicas.
struct MoveClock: Handler {
    let timetable: Timetable
    var webhooks = Webhooks.none

    func handle(_ events: [Received<ClockChanged>], in transaction: EventTransaction) async throws {
        let stages = timetable.current
        var news: [LedgerStore.Entry] = []
        try await RemindersStore.change(events.map(\.metadata.aggregate), in: transaction) { watches in
            for event in events {
                let (id, body) = (event.metadata.aggregate, event.body)
                let clock = RunningClock.ID(assignment: body.assignment, round: body.round)
                let change = event.metadata.version
                watches[id]?.move(clock, of: body.department, to: body.clock, change: change, stages: stages)
                guard let watch = watches[id], let moved = watch.clocks.first(where: { $0.id == clock }),
                    moved.change == change, let stage = Stages.moved(by: body, change: change)
                else { continue }
                let notice = Watch.Notice(clock: moved, fired: stage, skipped: [])
                news.append(LedgerStore.Entry(notice, of: id, watch.matter))
            }
        }
        guard !news.isEmpty else { return }
        let now = try await RemindersStore.now(in: transaction)
        _ = try await LedgerStore.record(news, sending: webhooks, at: now, in: transaction)
    }
}
