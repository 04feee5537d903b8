/// A running period counts otherwise from now on: it stands still or runs again, its end has moved or has become certain (期限变更).
package struct ClockChanged: Event {
    package static let name: EventName = "clock.changed"
    package static let owner = ServiceName.replies
    package static let summary =
        "A leg's running period stands still, runs again, or ends at another moment. What was missed before stays missed."

    /// Why.
    package enum Reason: String, Listed {
        /// A notice of days off was published or corrected (放假安排).
        case calendar
        /// It stands still from now on (中止).
        case paused
        /// It runs again (恢复).
        case resumed
        /// More time was granted (延期).
        case extended
        /// Its end was set by hand (定期).
        case fixed
        /// It began anew (重新计算).
        case restarted
        /// The rule pack counts otherwise (规则变更).
        case rule
    }

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// The round that the period is of.
    package var round: Int
    /// As it counts from now on, with all that has happened to it.
    package var clock: Clock
    /// The end before.
    package var previousDueAt: Timestamp
    /// Why.
    package var reason: Reason
    /// What whoever has decided it wrote; nil when a rule has, or an answer has ended a pause.
    package var text: String?
    /// What allows it: the rule pack's words; nil where nobody has decided it.
    package var basis: String?
    /// When.
    package var changedAt: Timestamp

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        round: Int,
        clock: Clock,
        previousDueAt: Timestamp,
        reason: Reason,
        text: String? = nil,
        basis: String? = nil,
        changedAt: Timestamp
    ) {
        (self.assignment, self.department, self.round) = (assignment, department, round)
        (self.clock, self.previousDueAt) = (clock, previousDueAt)
        (self.reason, self.text, self.basis, self.changedAt) = (reason, text, basis, changedAt)
    }
}

/// A department has said why a period ended without its answer (说明逾期原因).
package struct BreachExcused: Event {
    package static let name: EventName = "breach.excused"
    package static let owner = ServiceName.reminders
    package static let summary =
        "A department has said why it missed an end. It stands beside the breach, which stays as it was told."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// The round that the period is of.
    package var round: Int
    /// The end that was missed.
    package var dueAt: Timestamp
    /// What it says.
    package var text: String
    /// When.
    package var excusedAt: Timestamp

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        round: Int,
        dueAt: Timestamp,
        text: String,
        excusedAt: Timestamp
    ) {
        (self.assignment, self.department, self.round) = (assignment, department, round)
        (self.dueAt, self.text, self.excusedAt) = (dueAt, text, excusedAt)
    }
}
