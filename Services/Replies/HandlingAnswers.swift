import Contracts
import Rules

/// A leg as its department sees it.
struct LegAnswer: Encodable {
    let assignment: AssignmentID
    let suggestion: SuggestionID
    let number: String
    let kind: SuggestionKind
    let title: String
    let text: String
    let proposal: String?
    let committee: CommitteeCode
    let department: DepartmentCode
    let role: AssignmentRole
    let round: Int
    let clock: Clock
    let state: Handling.LegState
    let outcome: ReplyOutcome?
    let contactOwed: OwedContact?
    let attachments: [AttachedFile]?
    let contact: String?

    /// - Parameter withEnclosures: whether for the department that has it in hands, which may fetch the files and ask for the contact.
    init(
        _ leg: Handling.OpenLeg,
        of handling: Handling,
        _ terms: CountedTerms,
        withEnclosures: Bool = false
    ) {
        (assignment, suggestion, number) = (leg.leg.assignment, handling.id, handling.number)
        (kind, title, text, proposal) = (handling.kind, handling.title, handling.text, handling.proposal)
        (committee, department, role) = (handling.committee, leg.leg.department, leg.leg.role)
        (round, clock, state, outcome) = (handling.round, leg.leg.clock, leg.state, leg.outcome)
        contactOwed = OwedContact(leg, of: handling, terms)
        (attachments, contact) = withEnclosures ? (handling.attachments, handling.contact) : (nil, nil)
    }
}

/// A contact that the rule pack wants of a leg's round, and that is not recorded yet (待面商).
struct OwedContact: Encodable {
    /// Whether the reply waits for it.
    let required: Bool
    /// Until when it is wanted; nil where the pack names no term.
    let dueAt: Timestamp?
    let basis: String

    /// - Returns: nil where none is wanted, or one is recorded.
    init?(_ leg: Handling.OpenLeg, of handling: Handling, _ terms: CountedTerms) {
        let rule = terms.terms.contactRule(for: handling.kind)
        guard leg.state == .issued || leg.state == .received, leg.leg.role != .assisting,
            rule.required || rule.term != nil, leg.contactedRound < handling.round
        else { return nil }
        (required, basis) = (rule.required, rule.basis.words)
        dueAt = terms.contactDue(for: handling.kind, leg.leg.role, from: leg.leg.clock.startedAt)
    }
}

/// A matter that awaits a verdict, as the list of them shows it.
struct AwaitingAnswer: Encodable {
    let suggestion: SuggestionID
    let number: String
    let kind: SuggestionKind
    let title: String
    let committee: CommitteeCode
    let round: Int
    let answeredAt: Timestamp
    /// Until when the rule pack looks for the verdict; one that comes later is taken all the same.
    let verdictDueAt: Timestamp?
    let legs: [LegAnswer]

    init?(_ handling: Handling, _ terms: CountedTerms) {
        guard let answeredAt = handling.answeredAt else { return nil }
        verdictDueAt = terms.end(of: terms.terms.evaluationRule(for: handling.kind).within.term, from: answeredAt)
        (suggestion, number, kind, title) = (handling.id, handling.number, handling.kind, handling.title)
        (committee, round) = (handling.committee, handling.round)
        self.answeredAt = answeredAt
        legs = handling.legs.map { LegAnswer($0, of: handling, terms) }
    }
}

/// What departments have written about a matter.
struct Written: Sendable {
    var replies: [Handling.Reply] = []
    var contacts: [Contact] = []
}

/// A matter as its departments and judges see it.
struct HandlingAnswer: Encodable {
    struct ReplyAnswer: Encodable {
        let assignment: AssignmentID
        let round: Int
        let outcome: ReplyOutcome
        let text: String
        let commitmentDueAt: Timestamp?
        let issuedAt: Timestamp
        let documentNumber: String?

        init(_ reply: Handling.Reply) {
            (assignment, round, outcome, text) = (reply.assignment, reply.round, reply.outcome, reply.text)
            (commitmentDueAt, issuedAt) = (reply.commitmentDueAt, reply.issuedAt)
            documentNumber = reply.documentNumber?.text
        }
    }

    struct ContactAnswer: Encodable {
        let assignment: AssignmentID
        let round: Int
        let mode: ContactMode
        let heldAt: Timestamp
        let officer: String
        let with: ContactPartner
        let text: String
        let recordedAt: Timestamp
        let dueAt: Timestamp?
        let isLate: Bool

        init(_ contact: Contact) {
            let record = contact.record
            (assignment, round, mode, heldAt) = (contact.assignment, contact.round, record.mode, record.heldAt)
            (officer, with, text) = (record.officer, record.with, record.text)
            (recordedAt, dueAt, isLate) = (contact.recordedAt, contact.dueAt, contact.isLate)
        }
    }

    let suggestion: SuggestionID
    let number: String
    let state: Handling.State
    let round: Int
    let legs: [LegAnswer]
    let contacts: [ContactAnswer]
    let replies: [ReplyAnswer]

    init(_ handling: Handling, _ written: Written, _ terms: CountedTerms) {
        (suggestion, number, state, round) = (handling.id, handling.number, handling.state, handling.round)
        legs = handling.legs.map { LegAnswer($0, of: handling, terms) }
        contacts = written.contacts.map(ContactAnswer.init)
        replies = written.replies.map(ReplyAnswer.init)
    }
}
