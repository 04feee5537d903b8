/// A department has signed for its leg (签收).
package struct AssignmentReceived: Event {
    package static let name: EventName = "assignment.received"
    package static let owner = ServiceName.replies
    package static let summary = "A department has signed for its leg."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// When.
    package var receivedAt: Timestamp

    /// Creates the event.
    package init(assignment: AssignmentID, department: DepartmentCode, receivedAt: Timestamp) {
        self.assignment = assignment
        self.department = department
        self.receivedAt = receivedAt
    }
}

/// A department asks to be relieved of its leg, with a reason (退办).
package struct AssignmentReturned: Event {
    package static let name: EventName = "assignment.returned"
    package static let owner = ServiceName.replies
    package static let summary =
        "A department has given its leg back with a reason; the committee decides what follows."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// Why.
    package var reason: String
    /// Whom it proposes instead.
    package var proposedDepartment: DepartmentCode?
    /// When.
    package var returnedAt: Timestamp

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        reason: String,
        proposedDepartment: DepartmentCode?,
        returnedAt: Timestamp
    ) {
        self.assignment = assignment
        self.department = department
        self.reason = reason
        self.proposedDepartment = proposedDepartment
        self.returnedAt = returnedAt
    }
}

/// A department has issued its reply (答复), or an assisting one its opinion (会办意见).
package struct ReplyIssued: Event {
    package static let name: EventName = "reply.issued"
    package static let owner = ServiceName.replies
    package static let summary = "A department has issued the reply of its leg; its clock ends, in time or late."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// Its part.
    package var role: AssignmentRole
    /// 1 for the first reply, one more after each dissatisfied verdict.
    package var round: Int
    /// The outcome letter.
    package var outcome: ReplyOutcome
    /// The reply.
    package var text: String
    /// Of a planned solution, when it is promised for.
    package var commitmentDueAt: Timestamp?
    /// When it was issued.
    package var issuedAt: Timestamp
    /// When it was due.
    package var dueAt: Timestamp
    /// Whether every leg of the round has its reply now.
    package var completesRound: Bool
    /// The number of the document (文号): the department's own, or the one it was given; nil in what was told before there were numbers.
    package var documentNumber: String?

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        role: AssignmentRole,
        round: Int,
        outcome: ReplyOutcome,
        text: String,
        commitmentDueAt: Timestamp? = nil,
        issuedAt: Timestamp,
        dueAt: Timestamp,
        completesRound: Bool,
        documentNumber: String? = nil
    ) {
        self.assignment = assignment
        self.department = department
        self.role = role
        self.round = round
        self.outcome = outcome
        self.text = text
        self.commitmentDueAt = commitmentDueAt
        self.issuedAt = issuedAt
        self.dueAt = dueAt
        self.completesRound = completesRound
        self.documentNumber = documentNumber
    }
}

/// The deputy's verdict on attitude and result (评价).
package struct ReplyEvaluated: Event {
    package static let name: EventName = "reply.evaluated"
    package static let owner = ServiceName.replies
    package static let summary =
        "The replies of a round are judged; dissatisfied opens the next round with new clocks, anything else is followed "
        + "by the closing."

    /// The round that is judged.
    package var round: Int
    /// On how the department went about it.
    package var attitude: Verdict
    /// On what came of it.
    package var result: Verdict
    /// Why, required when dissatisfied.
    package var comment: String?
    /// The legs of the next round; empty when there is none.
    package var reopened: [Leg]
    /// When.
    package var evaluatedAt: Timestamp

    /// Creates the event.
    package init(
        round: Int,
        attitude: Verdict,
        result: Verdict,
        comment: String?,
        reopened: [Leg],
        evaluatedAt: Timestamp
    ) {
        self.round = round
        self.attitude = attitude
        self.result = result
        self.comment = comment
        self.reopened = reopened
        self.evaluatedAt = evaluatedAt
    }
}

/// The matter is closed (办结).
package struct SuggestionClosed: Event {
    package static let name: EventName = "suggestion.closed"
    package static let owner = ServiceName.replies
    package static let summary = "Every leg is answered and the answer is accepted: the matter is closed."

    /// The number on the receipt.
    package var number: String
    /// The answer of the department that led.
    package var outcome: ReplyOutcome
    /// How many rounds it took.
    package var rounds: Int
    /// When.
    package var closedAt: Timestamp

    /// Creates the event.
    package init(number: String, outcome: ReplyOutcome, rounds: Int, closedAt: Timestamp) {
        self.number = number
        self.outcome = outcome
        self.rounds = rounds
        self.closedAt = closedAt
    }
}

/// How grave a notice is.
package enum NoticeLevel: String, Listed {
    /// The end is near (提醒).
    case reminder
    /// The period has ended without a reply (逾期).
    case overdue
    /// Answer at last (催办).
    case urging
    /// Made known to others (通报).
    case circulated
    /// A yellow card (黄牌).
    case yellow
    /// A red card (红牌).
    case red
}

/// Whom a notice concerns beside what its event is about.
package enum Audience: String, Listed {
    /// The department that has the leg.
    case department
    /// The committee that answers for the handling.
    case committee
    /// The government's office.
    case office
    /// The deputy director of the congress.
    case director
}

/// A stage before or behind the end of a leg's period is reached (催办, 通报).
package struct ReminderDue: Event {
    package static let name: EventName = "reminder.due"
    package static let owner = ServiceName.reminders
    package static let summary =
        "A stage before an end of a leg's period is reached, one behind it while nobody answers, or one of a period that stands still; each at most once for every end that the period had."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// Which stage, as the rules name it.
    package var stage: String
    /// When the leg is due.
    package var dueAt: Timestamp
    /// When the stage was reached.
    package var remindedAt: Timestamp
    /// How grave it is; nil, from before there were levels, is a reminder.
    package var level: NoticeLevel?
    /// Whom it concerns; nil, from before it was said, is the department alone.
    package var tells: [Audience]?
    /// Since when the period stands still, of a notice that says so: the due date is then the last that was counted.
    package var pausedSince: Timestamp?
    /// The digest in which its department is told with many others; nil when it is told by itself, or does not concern it.
    package var digest: SuggestionID?

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        stage: String,
        dueAt: Timestamp,
        remindedAt: Timestamp,
        level: NoticeLevel? = nil,
        tells: [Audience]? = nil,
        pausedSince: Timestamp? = nil,
        digest: SuggestionID? = nil
    ) {
        self.assignment = assignment
        self.department = department
        self.stage = stage
        self.dueAt = dueAt
        self.remindedAt = remindedAt
        (self.level, self.tells, self.pausedSince, self.digest) = (level, tells, pausedSince, digest)
    }
}

/// Why a period ended when it did: what it was counted from, and the days in words.
package struct ClockExplanation: Codable, Sendable, Hashable {
    /// When the period began.
    package var startedAt: Timestamp
    /// Its length.
    package var term: String
    /// What the length rests on.
    package var basis: String
    /// By which edition of the calendar of days off it was counted.
    package var calendar: Int
    /// What was made of the days, stretch by stretch, in Chinese.
    package var zh: String
    /// The same in English.
    package var en: String

    /// Creates an explanation.
    package init(startedAt: Timestamp, term: String, basis: String, calendar: Int, zh: String, en: String) {
        (self.startedAt, self.term, self.basis) = (startedAt, term, basis)
        (self.calendar, self.zh, self.en) = (calendar, zh, en)
    }
}

/// A leg's period has ended without a reply (逾期): a permanent fact, whatever comes later.
package struct DeadlineMissed: Event {
    package static let name: EventName = "deadline.missed"
    package static let owner = ServiceName.reminders
    package static let summary =
        "A leg's period has ended without a reply. A later reply does not undo it; an end that was given afterwards may be missed as well."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// The round that the period is of, whose ends may be missed one behind the other; nil of an event from before it was told.
    package var round: Int?
    /// When it was due.
    package var dueAt: Timestamp
    /// When it was found missed.
    package var missedAt: Timestamp
    /// Why it was due then, as it was known at that moment; nil where that is not known in full.
    package var explanation: ClockExplanation?
    /// The digest in which its department is told with many others; nil when it is told by itself.
    package var digest: SuggestionID?

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        round: Int? = nil,
        dueAt: Timestamp,
        missedAt: Timestamp,
        explanation: ClockExplanation? = nil,
        digest: SuggestionID? = nil
    ) {
        self.assignment = assignment
        self.department = department
        self.round = round
        self.dueAt = dueAt
        self.missedAt = missedAt
        (self.explanation, self.digest) = (explanation, digest)
    }
}
