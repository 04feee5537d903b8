import Contracts
import Messaging

/// Passes the notice of a missed deadline on to the department's queue.
///
/// Changes nothing here: a breach is a fact, and a late reply is still taken. What a digest collects comes with it.
struct PassBreach: Handler {
    let notices: Notices

    func handle(_ events: [Received<DeadlineMissed>], in transaction: EventTransaction) async throws {
        for event in events where event.body.digest == nil {
            let body = event.body
            try notices.send(
                ReminderNotice(assignment: body.assignment, stage: "overdue", dueAt: body.dueAt, level: .overdue),
                to: body.department,
                about: event.metadata.aggregate,
                in: transaction,
                following: .event(event.metadata)
            )
        }
    }
}
