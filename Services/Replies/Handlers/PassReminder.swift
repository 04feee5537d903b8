import Contracts
import Messaging

/// Passes the notice of a coming deadline on to the department's queue.
///
/// Changes nothing here: the stages are Reminders', and each is told at most once.
struct PassReminder: Handler {
    let notices: Notices

    func handle(_ events: [Received<ReminderDue>], in transaction: EventTransaction) async throws {
        for event in events {
            let body = event.body
            try notices.send(
                ReminderNotice(assignment: body.assignment, stage: body.stage, dueAt: body.dueAt),
                to: body.department,
                about: event.metadata.aggregate,
                in: transaction,
                following: .event(event.metadata)
            )
        }
    }
}
