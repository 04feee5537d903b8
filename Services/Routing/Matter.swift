import Contracts
import Rules

/// A suggestion on the committee's desk, and everything that can be decided about it: a value, without I/O.
struct Matter: Sendable {
    /// How far it has come here.
    enum State: String, Listed {
        /// Nobody has decided yet.
        case waiting
        /// Refused with a lawful reason.
        case refused
        /// Departments have it.
        case assigned
        /// A department has given its leg back; the committee decides what follows.
        case returned
        /// Closed by Replies.
        case closed
    }

    /// A leg as it was given out.
    struct Assignment: Sendable {
        enum State: String, Listed {
            case given, returned, withdrawn
        }
        let leg: Leg
        var state: State
    }

    /// Who is to handle it.
    struct Handling: Sendable, Hashable {
        var committee: CommitteeCode
        var category: CategoryCode
        var lead: DepartmentCode
        var assisting: [DepartmentCode]
        /// Why these: the rule and the words that matched, or what the officer wrote.
        var reason: String
    }

    /// What a decision tells.
    enum Told: Sendable {
        case accepted(SuggestionAccepted)
        case refused(SuggestionRefused)
        case assigned(SuggestionAssigned)
    }

    /// Why a decision cannot stand.
    enum Impossible: Error, Hashable {
        /// Not in the state that it asks for.
        case inState(State)
        /// Another committee's.
        case foreign
        /// A leg that is not there, or is not to be taken back.
        case noSuchLeg(AssignmentID)
        /// Nobody would be left to lead.
        case nobodyLeads
        /// The same department twice.
        case departmentTwice(DepartmentCode)
    }

    let id: SuggestionID
    let number: String
    let kind: SuggestionKind
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let station: StationCode
    let receivedAt: Timestamp
    /// The files that go with it, and where departments ask for the author's contact, as they were told.
    let attachments: [AttachedFile]?
    let contact: String?
    /// The deputies whose matter it is by name; nil where nobody is named.
    let deputies: [PersonID]?
    private(set) var state = State.waiting
    private(set) var committee: CommitteeCode?
    private(set) var category: CategoryCode?
    private(set) var proposed: Proposal?
    private(set) var version = 0
    private(set) var assignments: [Assignment] = []

    /// A matter as it arrives, with what the rules propose.
    init(_ event: SuggestionReceived, id: SuggestionID, proposed: Proposal) {
        self.id = id
        (number, kind, title, text) = (event.number, event.kind, event.title, event.text)
        (analysis, proposal, station, receivedAt) = (event.analysis, event.proposal, event.station, event.receivedAt)
        (attachments, contact, deputies) = (event.attachments, event.contact, event.named)
        self.proposed = proposed
        committee = proposed.route?.committee
        category = proposed.route?.category
    }

    /// A matter as it was stored.
    init(
        stored event: SuggestionReceived,
        id: SuggestionID,
        state: State,
        committee: CommitteeCode?,
        category: CategoryCode?,
        proposed: Proposal?,
        version: Int,
        assignments: [Assignment]
    ) {
        self.init(event, id: id, proposed: proposed ?? Proposal())
        (self.state, self.committee, self.category) = (state, committee, category)
        (self.version, self.assignments) = (version, assignments)
    }

    /// Whether a committee's officer may see it and decide: its own, and what no rule has placed.
    func isOpen(to officer: CommitteeCode) -> Bool { committee == nil || committee == officer }

    /// Takes the matter on and gives it to departments.
    mutating func accept(_ handling: Handling, at now: Timestamp, terms: CountedTerms) throws(Impossible) -> [Told] {
        guard state == .waiting else { throw .inState(state) }
        let legs = try legs(lead: handling.lead, assisting: handling.assisting, at: now, terms: terms)
        (state, committee, category) = (.assigned, handling.committee, handling.category)
        version += 2
        return [
            .accepted(
                SuggestionAccepted(
                    number: number,
                    committee: handling.committee,
                    category: handling.category,
                    acceptedAt: now
                )
            ),
            .assigned(assigned(handling.committee, legs, withdrawn: [], reason: handling.reason, at: now)),
        ]
    }

    /// Refuses it.
    mutating func refuse(
        reason: String,
        explanation: String,
        basis: String,
        whereToGo: String,
        at now: Timestamp
    ) throws(Impossible) -> [Told] {
        guard state == .waiting else { throw .inState(state) }
        state = .refused
        version += 1
        return [
            .refused(
                SuggestionRefused(
                    number: number,
                    reason: reason,
                    explanation: explanation,
                    basis: basis,
                    whereToGo: whereToGo,
                    refusedAt: now
                )
            )
        ]
    }

    /// Takes legs back and gives out others.
    mutating func reassign(
        withdrawing: [AssignmentID],
        lead: DepartmentCode?,
        assisting: [DepartmentCode],
        reason: String,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Told] {
        guard state == .assigned || state == .returned, let committee else { throw .inState(state) }
        for id in withdrawing {
            guard let index = assignments.firstIndex(where: { $0.leg.assignment == id && $0.state != .withdrawn })
            else {
                throw .noSuchLeg(id)
            }
            assignments[index].state = .withdrawn
        }
        let legs = try legs(lead: lead, assisting: assisting, at: now, terms: terms)
        // A matter that nobody is to answer would be forgotten, and nobody told.
        guard assignments.contains(where: { $0.state != .withdrawn && $0.leg.role != .assisting }) else {
            throw .nobodyLeads
        }
        state = assignments.contains { $0.state == .returned } ? .returned : .assigned
        version += 1
        return [.assigned(assigned(committee, legs, withdrawn: withdrawing, reason: reason, at: now))]
    }

    /// Notes that a department has given its leg back.
    mutating func returned(_ assignment: AssignmentID) {
        guard let index = assignments.firstIndex(where: { $0.leg.assignment == assignment && $0.state == .given })
        else {
            return
        }
        assignments[index].state = .returned
        if state == .assigned { state = .returned }
    }

    private mutating func legs(
        lead: DepartmentCode?,
        assisting: [DepartmentCode],
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Leg] {
        var busy = Set(assignments.filter { $0.state == .given }.map(\.leg.department))
        var legs: [Leg] = []
        let isAlone = assisting.isEmpty && busy.isEmpty
        for (department, role) in (lead.map { [($0, isAlone ? AssignmentRole.single : .lead)] } ?? [])
            + assisting.map({ ($0, AssignmentRole.assisting) })
        {
            guard busy.insert(department).inserted else { throw .departmentTwice(department) }
            legs.append(
                Leg(
                    assignment: .make(),
                    department: department,
                    role: role,
                    clock: terms.clock(for: kind, role, round: 1, from: now)
                )
            )
        }
        assignments += legs.map { Assignment(leg: $0, state: .given) }
        return legs
    }

    private func assigned(
        _ committee: CommitteeCode,
        _ legs: [Leg],
        withdrawn: [AssignmentID],
        reason: String,
        at now: Timestamp
    ) -> SuggestionAssigned {
        SuggestionAssigned(
            number: number,
            kind: kind,
            title: title,
            text: analysis.map { "\(text)\n\n\($0)" } ?? text,
            proposal: proposal,
            committee: committee,
            legs: legs,
            withdrawn: withdrawn,
            reason: reason,
            assignedAt: now,
            attachments: attachments,
            contact: contact,
            station: station,
            deputies: deputies
        )
    }
}
