/// The named points of a message's way through a process, at which a fault test may stop or kill it.
package enum Step: String, Sendable, CaseIterable {
    /// The handlers have run, nothing is committed.
    case beforeCommit
    /// Committed; nothing of it is published yet.
    case afterCommit
    /// Handed to the broker's connection and not confirmed yet, as far as this process knows.
    case afterPublish
    /// Confirmed; the outbox still has the rows.
    case afterConfirm
    /// About to acknowledge what has been handled.
    case beforeAcknowledge
    /// The acknowledgement is on its way.
    case afterAcknowledge
    /// The relay has leased rows and published nothing of them.
    case relayLeased
    /// The broker has confirmed what the relay published; the rows are still there.
    case relayConfirmed
    /// A failed message rests on the ladder or in the parked queue, and its original is not acknowledged; or an event that
    /// waited is in the work queue again, and its row is still there.
    case afterSetAside
}

/// Called at each step; does nothing in production.
package typealias StepObserver = @Sendable (Step) async -> Void
