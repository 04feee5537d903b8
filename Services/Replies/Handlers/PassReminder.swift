import Contracts
import Messaging

/// Passes the notice of a deadline that is coming or long past on to the department's queue, where it concerns the department.
///
/// Changes nothing here: the stages are Reminders', and each is told at most once. What a digest collects comes with it.
struct PassReminder: Handler {
    let notices: Notices

    func handle(_ events: [Received<ReminderDue>], in transaction: EventTransaction) async throws {
        for event in events
        where event.body.digest == nil && event.body.tells?.contains(.department) ?? true {
            let body = event.body
            try notices.send(
                ReminderNotice(assignment: body.assignment, stage: body.stage, dueAt: body.dueAt, level: body.level),
                to: body.department,
                about: event.metadata.aggregate,
                in: transaction,
                following: .event(event.metadata)
            )
        }
    }
}
