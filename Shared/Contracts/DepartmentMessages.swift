/// A message between the congress and a department's own system, over that department's queue.
package protocol DepartmentMessage: Codable, Sendable, Equatable {
    /// The wire name; of incoming messages also the last part of the routing key `<code>.<name>`.
    static var name: EventName { get }
    /// One sentence for the AsyncAPI document.
    static var summary: String { get }
}

/// A leg for the department (交办通知).
package struct AssignmentNotice: DepartmentMessage {
    package static let name: EventName = "assignment.issued"
    package static let summary = "A leg was given to the department, at first or for another round."

    /// The leg; answers name it.
    package var assignment: AssignmentID
    /// What it is about.
    package var suggestion: SuggestionID
    /// The number on the author's receipt.
    package var number: String
    /// What kind it is.
    package var kind: SuggestionKind
    /// One line.
    package var title: String
    /// The matter, with personal data masked.
    package var text: String
    /// The concrete proposal of a formal suggestion.
    package var proposal: String?
    /// The committee that answers for the handling.
    package var committee: CommitteeCode
    /// The department's part.
    package var role: AssignmentRole
    /// 1 at first, one more after each dissatisfied verdict.
    package var round: Int
    /// The period, and what it rests on.
    package var clock: Clock
    /// The files that go with it, to be fetched from Intake by their ids (`/v1/attachments/{id}`); nil when there are none.
    package var attachments: [AttachedFile]?
    /// Where the department asks Intake for the author's contact, with a purpose (联系方式凭据); nil when there is none for it.
    package var contact: String?

    /// Creates the message.
    package init(
        assignment: AssignmentID,
        suggestion: SuggestionID,
        number: String,
        kind: SuggestionKind,
        title: String,
        text: String,
        proposal: String?,
        committee: CommitteeCode,
        role: AssignmentRole,
        round: Int,
        clock: Clock,
        attachments: [AttachedFile]? = nil,
        contact: String? = nil
    ) {
        self.assignment = assignment
        self.suggestion = suggestion
        self.number = number
        self.kind = kind
        self.title = title
        self.text = text
        self.proposal = proposal
        self.committee = committee
        self.role = role
        self.round = round
        self.clock = clock
        (self.attachments, self.contact) = (attachments, contact)
    }
}

/// The period of a leg nears its end, or has ended (催办通知).
package struct ReminderNotice: DepartmentMessage {
    package static let name: EventName = "assignment.reminded"
    package static let summary =
        "A leg of the department is due soon, overdue, or long overdue; each stage at most once."

    /// The leg.
    package var assignment: AssignmentID
    /// The stage, or `overdue`.
    package var stage: String
    /// When it is, or was, due.
    package var dueAt: Timestamp
    /// How grave it is; nil, from before there were levels, is a reminder.
    package var level: NoticeLevel?

    /// Creates the message.
    package init(assignment: AssignmentID, stage: String, dueAt: Timestamp, level: NoticeLevel? = nil) {
        self.assignment = assignment
        self.stage = stage
        self.dueAt = dueAt
        self.level = level
    }
}

/// Many notices at once (汇总): stages of the department's legs that were reached together.
package struct DigestNotice: DepartmentMessage {
    package static let name: EventName = "assignment.digest"
    package static let summary =
        "Stages of the department's legs that were reached together, beyond those that were sent by themselves; each stage at most once."

    /// The digest.
    package var digest: SuggestionID
    /// How many it holds.
    package var count: Int
    /// The first 200 of them, the one that ends first at the top; the department's desk lists all.
    package var notices: [DigestDue.Line]

    /// Creates the message.
    package init(digest: SuggestionID, count: Int, notices: [DigestDue.Line]) {
        (self.digest, self.count, self.notices) = (digest, count, notices)
    }
}

/// Tells a department that the end of a leg's period has moved (期限变更).
package struct MovedNotice: DepartmentMessage {
    package static let name: EventName = "assignment.moved"
    package static let summary =
        "A leg's running period stands still, runs again, or ends at another moment: this clock counts from now on."

    /// The leg.
    package var assignment: AssignmentID
    /// The round that the period is of.
    package var round: Int
    /// As it counts from now on.
    package var clock: Clock
    /// The end before.
    package var previousDueAt: Timestamp
    /// Why.
    package var reason: ClockChanged.Reason
    /// What the committee wrote; absent when a notice of days off or another way of counting has moved it.
    package var text: String?
    /// What allows it; absent when a notice of days off or another way of counting has moved it.
    package var basis: String?

    /// Creates the message.
    package init(_ change: ClockChanged) {
        (assignment, round, clock) = (change.assignment, change.round, change.clock)
        (previousDueAt, reason) = (change.previousDueAt, change.reason)
        (text, basis) = (change.text, change.basis)
    }
}

/// The verdict on a round (评价通知).
package struct EvaluationNotice: DepartmentMessage {
    package static let name: EventName = "reply.judged"
    package static let summary = "The deputy has judged the replies of a round."

    /// The department's leg.
    package var assignment: AssignmentID
    /// The round that was judged.
    package var round: Int
    /// On how the department went about it.
    package var attitude: Verdict
    /// On what came of it.
    package var result: Verdict
    /// Why, when dissatisfied.
    package var comment: String?

    /// Creates the message.
    package init(assignment: AssignmentID, round: Int, attitude: Verdict, result: Verdict, comment: String?) {
        self.assignment = assignment
        self.round = round
        self.attitude = attitude
        self.result = result
        self.comment = comment
    }
}

/// Something the department sent could not be taken (退回说明).
package struct MessageRejected: DepartmentMessage {
    package static let name: EventName = "message.rejected"
    package static let summary = "A message of the department was not taken: which, and what is wrong, field by field."

    /// One thing that is wrong.
    package struct Fault: Codable, Sendable, Hashable {
        /// JSON pointer (RFC 6901) to the field; empty for the message as a whole.
        package var pointer: String
        /// The rule it breaks, as a code.
        package var rule: String
        /// In words, Chinese first.
        package var detail: String

        /// Creates a fault.
        package init(pointer: String, rule: String, detail: String) {
            self.pointer = pointer
            self.rule = rule
            self.detail = detail
        }
    }

    /// The property `message-id` of what was rejected; empty when it had none.
    package var message: String
    /// Its routing key.
    package var routingKey: String
    /// What is wrong, at least one.
    package var faults: [Fault]

    /// Creates the message.
    package init(message: String, routingKey: String, faults: [Fault]) {
        self.message = message
        self.routingKey = routingKey
        self.faults = faults
    }
}

/// The department signs for a leg (签收).
package struct ReceiptMessage: DepartmentMessage {
    package static let name: EventName = "receipt"
    package static let summary = "The department signs for a leg."

    /// The leg.
    package var assignment: AssignmentID

    /// Creates the message.
    package init(assignment: AssignmentID) { self.assignment = assignment }
}

/// The department gives a leg back (退办申请).
package struct ReturnMessage: DepartmentMessage {
    package static let name: EventName = "return"
    package static let summary = "The department gives a leg back before it has replied, with a reason."

    /// The leg.
    package var assignment: AssignmentID
    /// Why, 1 to 2,000 characters.
    package var reason: String
    /// Whom it proposes instead.
    package var proposedDepartment: DepartmentCode?

    /// Creates the message.
    package init(assignment: AssignmentID, reason: String, proposedDepartment: DepartmentCode? = nil) {
        self.assignment = assignment
        self.reason = reason
        self.proposedDepartment = proposedDepartment
    }
}

/// The department's reply (答复).
package struct ReplyMessage: DepartmentMessage {
    package static let name: EventName = "reply"
    package static let summary = "The department's reply to a leg, with its outcome letter."

    /// The leg.
    package var assignment: AssignmentID
    /// The outcome letter.
    package var outcome: ReplyOutcome
    /// The reply, 1 to 20,000 characters.
    package var text: String
    /// When a planned solution is promised for; required with B, and only then.
    package var commitmentDueAt: Timestamp?
    /// The passage of the text that says why, 1 to 2,000 characters; required with the letters of which the rule pack demands it, C as
    /// a rule, and only then.
    package var reason: String?
    /// The department's own number of the document, 1 to 60 characters, each once; without it one is given (文号).
    package var documentNumber: String?
    /// A contact that is recorded together with it (面商记录).
    package var contact: ContactRecord?

    /// Creates the message.
    package init(
        assignment: AssignmentID,
        outcome: ReplyOutcome,
        text: String,
        commitmentDueAt: Timestamp? = nil,
        reason: String? = nil,
        documentNumber: String? = nil,
        contact: ContactRecord? = nil
    ) {
        self.assignment = assignment
        self.outcome = outcome
        self.text = text
        self.commitmentDueAt = commitmentDueAt
        self.reason = reason
        (self.documentNumber, self.contact) = (documentNumber, contact)
    }
}
