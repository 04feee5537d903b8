import Contracts
import Rules

/// A suggestion in its departments' hands, and everything that can be done with it: a value, without I/O.
///
/// One implementation decides for the page and for the queue.
struct Handling: Sendable {
    /// How far it has come here.
    enum State: String, Listed {
        /// Legs are open.
        case open
        /// Every leg of the round is answered; the verdict is awaited.
        case answered
        /// Done.
        case closed
    }

    /// How far a leg has come.
    enum LegState: String, Listed {
        /// Given out, not yet signed for.
        case issued
        /// Signed for (已签收).
        case received
        /// Answered in this round (已答复).
        case replied
        /// Given back (已退办).
        case returned
        /// Taken back by the committee.
        case withdrawn
    }

    /// A leg in its present round.
    struct OpenLeg: Sendable {
        var leg: Leg
        var state: LegState
        var outcome: ReplyOutcome?
        /// The last round of which a contact is recorded; 0 while there is none.
        var contactedRound = 0
    }

    /// A reply as it is kept.
    struct Reply: Sendable {
        let assignment: AssignmentID
        let round: Int
        let outcome: ReplyOutcome
        let text: String
        let commitmentDueAt: Timestamp?
        let issuedAt: Timestamp
        /// The number of the document; nil of what was issued before there were numbers, and until it has one.
        var documentNumber: DocumentNumber?
    }

    /// What somebody wants to do.
    enum Command: Sendable {
        case receive(AssignmentID)
        case giveBack(AssignmentID, reason: String, proposed: DepartmentCode?)
        case reply(
            AssignmentID,
            outcome: ReplyOutcome,
            text: String,
            commitmentDueAt: Timestamp?,
            documentNumber: String? = nil,
            contact: ContactRecord? = nil
        )
        case contact(AssignmentID, ContactRecord)
        case evaluate(attitude: Verdict, result: Verdict, comment: String?, as: Role = .deputy)
        case changeClock(AssignmentID, ClockChange)
    }

    /// What a command tells.
    enum Told: Sendable {
        case received(AssignmentReceived)
        case returned(AssignmentReturned)
        case contacted(ContactRecorded)
        case issued(ReplyIssued)
        case evaluated(ReplyEvaluated)
        case closed(SuggestionClosed)
        case moved(ClockChanged)
    }

    let id: SuggestionID
    var number: String
    var kind: SuggestionKind
    var title: String
    var text: String
    var proposal: String?
    var committee: CommitteeCode
    var state = State.open
    var round = 1
    var version = 0
    /// Since when the verdict on the present round is awaited; nil while legs of it are open.
    var answeredAt: Timestamp?
    /// The files that go with it, and where departments ask for the author's contact, as they were told.
    var attachments: [AttachedFile]?
    var contact: String?
    /// Where it was handed in, and the deputies whose matter it is by name, as they were told.
    var station: StationCode?
    var deputies: [PersonID]?
    var legs: [OpenLeg] = []
    /// Replies issued since it was loaded.
    private(set) var newReplies: [Reply] = []
    /// The contacts of the legs that a contact is recorded of, as far as they were loaded, and those recorded since.
    var contacts: [Contact] = []
    /// Contacts recorded since it was loaded.
    private(set) var newContacts: [Contact] = []

    /// Takes over legs that begin and legs that end.
    ///
    /// - Returns: the legs that are new here.
    mutating func assign(_ event: SuggestionAssigned) -> [Leg] {
        for id in event.withdrawn {
            if let index = index(id), legs[index].state != .replied { legs[index].state = .withdrawn }
        }
        let fresh = event.legs.filter { index($0.assignment) == nil }
        legs += fresh.map { OpenLeg(leg: $0, state: .issued) }
        state = isComplete ? .answered : .open
        // Taking the last open leg back completes the round, too.
        answeredAt = isComplete ? answeredAt ?? event.assignedAt : nil
        return fresh
    }

    /// Does what a command asks, or says why it cannot be done.
    mutating func apply(
        _ command: Command,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Told] {
        guard state != .closed else { throw Impossible("", "closed", "已办结 · the matter is closed") }
        let told: [Told]
        switch command {
        case .receive(let id): told = try receive(id, at: now)
        case .giveBack(let id, let reason, let proposed):
            told = [try giveBack(id, reason, proposed, at: now, terms: terms)]
        case .reply(let id, let outcome, let text, let due, let number, let contact):
            // On a copy: its contact is recorded with the reply or not at all.
            var next = self
            told = try next.reply(id, outcome, text, due, number, after: contact, at: now, terms: terms)
            self = next
        case .contact(let id, let contact): told = try record(id, contact, at: now, terms: terms)
        case .evaluate(let attitude, let result, let comment, let role):
            try checkVerdict(attitude, result, comment, as: role, under: terms.terms.evaluationRule(for: kind))
            told = try evaluate(attitude, result, comment, at: now, terms: terms)
        case .changeClock(let id, let change):
            told = try self.change(id, change, at: now, terms: terms).map { [.moved($0)] } ?? []
        }
        version += told.count
        return told
    }

    /// Counts running clocks by the present editions of the calendar and of the rule pack.
    ///
    /// - Parameter legs: which ones; nil for all.
    /// - Returns: what has moved, or has become certain; an edition that changes neither is no news.
    mutating func recount(
        _ wanted: Set<AssignmentID>? = nil,
        at now: Timestamp,
        terms: CountedTerms
    ) -> [ClockChanged] {
        var changes: [ClockChanged] = []
        for index in legs.indices where legs[index].state == .issued || legs[index].state == .received {
            let leg = legs[index].leg
            guard wanted?.contains(leg.assignment) ?? true, let clock = terms.recounted(leg.clock) else { continue }
            legs[index].leg.clock = clock
            guard clock.dueAt != leg.clock.dueAt || clock.provisional != leg.clock.provisional else { continue }
            changes.append(
                ClockChanged(
                    assignment: leg.assignment,
                    department: leg.department,
                    round: round,
                    clock: clock,
                    previousDueAt: leg.clock.dueAt,
                    reason: terms.changesRule(of: leg.clock) ? .rule : .calendar,
                    changedAt: now
                )
            )
        }
        version += changes.count
        return changes
    }

    private mutating func receive(_ id: AssignmentID, at now: Timestamp) throws(Impossible) -> [Told] {
        // What a department sends in order may be handled side by side: its answer can be here before its receipt.
        if let index = index(id), legs[index].state == .replied || legs[index].state == .returned { return [] }
        let index = try open(id)
        // Signing twice is what a careful sender does; it changes nothing and is no mistake.
        guard legs[index].state == .issued else { return [] }
        legs[index].state = .received
        return [
            .received(AssignmentReceived(assignment: id, department: legs[index].leg.department, receivedAt: now))
        ]
    }

    private mutating func giveBack(
        _ id: AssignmentID,
        _ reason: String,
        _ proposed: DepartmentCode?,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> Told {
        let index = try open(id)
        guard round == 1 else { throw Impossible("/assignment", "round", "重新办理的不能退办 · only in the first round") }
        try checkReturn(of: legs[index].leg, proposed, at: now, terms: terms)
        legs[index].state = .returned
        return .returned(
            AssignmentReturned(
                assignment: id,
                department: legs[index].leg.department,
                reason: reason,
                proposedDepartment: proposed,
                returnedAt: now
            )
        )
    }

    private mutating func reply(
        _ id: AssignmentID,
        _ outcome: ReplyOutcome,
        _ text: String,
        _ commitment: Timestamp?,
        _ number: String?,
        after contact: ContactRecord?,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Told] {
        let index = try open(id)
        let contacted = try contact.map { (contact) throws(Impossible) in
            try record(id, contact, within: "/contact", at: now, terms: terms)
        }
        try checkContact(index, terms: terms)
        // A pause ends with the answer, which is in time: the end is the one that there would have been from here on.
        let resumed = resume(index, at: now, terms: terms)
        legs[index].state = .replied
        legs[index].outcome = outcome
        newReplies.append(
            Reply(
                assignment: id,
                round: round,
                outcome: outcome,
                text: text,
                commitmentDueAt: commitment,
                issuedAt: now,
                documentNumber: number.map(DocumentNumber.own)
            )
        )
        if isComplete { (state, answeredAt) = (.answered, now) }
        let leg = legs[index].leg
        let issued = ReplyIssued(
            assignment: id,
            department: leg.department,
            role: leg.role,
            round: round,
            outcome: outcome,
            text: text,
            commitmentDueAt: commitment,
            issuedAt: now,
            dueAt: leg.clock.dueAt,
            completesRound: isComplete,
            documentNumber: number
        )
        return (contacted ?? []) + (resumed.map { [.moved($0)] } ?? []) + [.issued(issued)]
    }

    private mutating func evaluate(
        _ attitude: Verdict,
        _ result: Verdict,
        _ comment: String?,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Told] {
        guard state == .answered else { throw Impossible("", "state", "尚未全部答复 · not every leg is answered") }
        let judged = round
        var reopened: [Leg] = []
        if result == .dissatisfied {
            round += 1
            (state, answeredAt) = (.open, nil)
            for index in legs.indices where legs[index].state == .replied {
                legs[index].state = .issued
                legs[index].outcome = nil
                legs[index].leg.clock = terms.clock(for: kind, legs[index].leg.role, round: round, from: now)
                reopened.append(legs[index].leg)
            }
        }
        let evaluated = ReplyEvaluated(
            round: judged,
            attitude: attitude,
            result: result,
            comment: comment,
            reopened: reopened,
            evaluatedAt: now
        )
        guard reopened.isEmpty else { return [.evaluated(evaluated)] }
        state = .closed
        let outcome = legs.first { $0.state == .replied && $0.leg.role != .assisting }?.outcome ?? .reference
        return [
            .evaluated(evaluated),
            .closed(SuggestionClosed(number: number, outcome: outcome, rounds: judged, closedAt: now)),
        ]
    }

    /// Adds a contact to a leg.
    mutating func add(_ contact: Contact, to index: Int) {
        contacts.append(contact)
        newContacts.append(contact)
        legs[index].contactedRound = max(legs[index].contactedRound, contact.round)
    }

    /// Gives a reply that was issued since the matter was loaded its document's number.
    mutating func give(_ number: DocumentNumber, to assignment: AssignmentID, round: Int) {
        guard let index = newReplies.firstIndex(where: { $0.assignment == assignment && $0.round == round }) else {
            return
        }
        newReplies[index].documentNumber = number
    }

    /// Whether a department has a leg that counts: what it has answered stays its own, what it has given back does not.
    func isInHands(of department: DepartmentCode) -> Bool {
        legs.contains { $0.leg.department == department && $0.state != .withdrawn && $0.state != .returned }
    }

    /// Whether every leg is answered, at least one of them, and the one that leads among them; a returned leg waits for the
    /// committee.
    private var isComplete: Bool {
        legs.allSatisfy { $0.state == .replied || $0.state == .withdrawn }
            && legs.contains { $0.state == .replied && $0.leg.role != .assisting }
    }

    private func index(_ id: AssignmentID) -> Int? { legs.firstIndex { $0.leg.assignment == id } }

    /// The place of a leg that waits for its answer.
    func open(_ id: AssignmentID) throws(Impossible) -> Int {
        guard let index = index(id) else { throw Impossible("/assignment", "unknown", "没有这个承办件 · no such leg") }
        switch legs[index].state {
        case .issued, .received: return index
        case .replied: throw Impossible("/assignment", "replied", "已答复 · this round is answered already")
        case .returned: throw Impossible("/assignment", "returned", "已退办 · it was given back")
        case .withdrawn: throw Impossible("/assignment", "withdrawn", "已收回 · the committee has taken it back")
        }
    }
}

/// Why a command cannot be done: the field, the rule's code, and words, Chinese first.
struct Impossible: Error, Hashable, Sendable {
    let pointer: String
    let rule: String
    let words: String

    init(_ pointer: String, _ rule: String, _ words: String) {
        (self.pointer, self.rule, self.words) = (pointer, rule, words)
    }

    /// Whether a member of the request is at fault by the rules; else the state of what it is about is.
    var namesMember: Bool { !pointer.isEmpty && pointer != "/assignment" }
}
