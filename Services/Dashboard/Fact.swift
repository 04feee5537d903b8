import Contracts

/// All that the figures need to know of one suggestion: a part for each owner, so that events of different owners may arrive
/// in any order and make the same fact.
struct Fact: Codable, Sendable, Equatable {
    /// How far an item has come, for the screen.
    enum State: String, Codable, Sendable, CaseIterable {
        case received, refused, accepted, assigned, answered, reopened, closed
    }

    /// What Intake has told.
    struct Receipt: Codable, Sendable, Equatable {
        var number: String
        var kind: SuggestionKind
        var station: StationCode
        var receivedAt: Timestamp
        /// The deputies whose matter it is by name; nil where nobody is named.
        var deputies: [PersonID]?
    }

    /// What Routing has told.
    struct Decision: Codable, Sendable, Equatable {
        var isRefused = false
        var committee: CommitteeCode?
        var category: CategoryCode?
        var isAssigned = false
    }

    /// A leg, from whichever owner it was heard of first.
    struct Leg: Codable, Sendable, Equatable {
        var department: DepartmentCode
        /// Routing: taken back.
        var isWithdrawn: Bool?
        /// Routing: given out.
        var isGiven: Bool?
        /// Replies: given back.
        var isReturned: Bool?
        /// Replies: rounds answered in time and late.
        var inTime: Int?
        var late: Int?
        /// Replies: rounds opened after the first.
        var reopened: Int?
        /// Reminders: rounds in which the deadline passed without a reply, as it told before it named the round.
        var missed: Int?
        /// Reminders: how many ends of each round passed without a reply, by the round.
        var missedEnds: [String: Int]?

        init(department: DepartmentCode) { self.department = department }

        /// Rounds that are or were late: each once, however many of its ends have passed (decision 0046).
        var lateRounds: Int { (missed ?? 0) + (missedEnds?.count ?? 0) }
        /// Ends that passed although their round was late already.
        var furtherMissedEnds: Int { missedEnds?.values.reduce(0) { $0 + $1 - 1 } ?? 0 }
        /// Whether every round that was opened has its reply.
        var isAnswered: Bool { (inTime ?? 0) + (late ?? 0) >= 1 + (reopened ?? 0) }
        /// Whether the department owes a reply.
        var isOpen: Bool { isGiven == true && isWithdrawn != true && isReturned != true && !isAnswered }
        /// Whether the matter waits for this leg: its reply, or what the committee does with it.
        var isAwaited: Bool { isGiven == true && isWithdrawn != true && !isAnswered }
    }

    /// What Replies has told of the whole.
    struct Outcome: Codable, Sendable, Equatable {
        var isReopened = false
        var verdict: Verdict?
        var closedAt: Timestamp?
        var letter: ReplyOutcome?
    }

    var receipt: Receipt?
    var decision: Decision?
    var legs: [String: Leg] = [:]
    var outcome: Outcome?

    /// Whether a leg is answered and no other is waited for.
    ///
    /// Not what Replies says with the last reply: the committee may take back the one leg that is missing, or give out another.
    private var isAnswered: Bool {
        decision?.isAssigned == true && legs.values.contains { $0.isAnswered } && !legs.values.contains { $0.isAwaited }
    }

    /// How far it has come.
    var state: State {
        if outcome?.closedAt != nil { return .closed }
        if isAnswered { return .answered }
        if outcome?.isReopened == true { return .reopened }
        if decision?.isRefused == true { return .refused }
        if decision?.isAssigned == true { return .assigned }
        return decision == nil ? .received : .accepted
    }

    /// Takes an event in.
    ///
    /// - Throws: `DecodingError` when the body is not what the name says.
    mutating func apply(_ name: EventName, _ body: [UInt8]) throws {
        func decode<Body: Event>(_ type: Body.Type) throws -> Body { try EventCoding.decode(type, from: body) }
        switch name {
        case SuggestionReceived.name: apply(try decode(SuggestionReceived.self))
        case SuggestionAccepted.name: apply(try decode(SuggestionAccepted.self))
        case SuggestionRefused.name: apply(try decode(SuggestionRefused.self))
        case SuggestionAssigned.name: apply(try decode(SuggestionAssigned.self))
        case AssignmentReturned.name: apply(try decode(AssignmentReturned.self))
        case ReplyIssued.name: apply(try decode(ReplyIssued.self))
        case ReplyEvaluated.name: apply(try decode(ReplyEvaluated.self))
        case SuggestionClosed.name: apply(try decode(SuggestionClosed.self))
        case DeadlineMissed.name: apply(try decode(DeadlineMissed.self))
        // Signing and reminding move no figure; a later version's event has its line in the timeline.
        default: break
        }
    }

    private mutating func apply(_ event: SuggestionReceived) {
        receipt = Receipt(
            number: event.number,
            kind: event.kind,
            station: event.station,
            receivedAt: event.receivedAt,
            deputies: event.named
        )
    }

    private mutating func apply(_ event: SuggestionAccepted) {
        var decision = decision ?? Decision()
        (decision.committee, decision.category) = (event.committee, event.category)
        self.decision = decision
    }

    private mutating func apply(_ event: SuggestionRefused) {
        var decision = decision ?? Decision()
        decision.isRefused = true
        self.decision = decision
    }

    private mutating func apply(_ event: SuggestionAssigned) {
        var decision = decision ?? Decision()
        decision.isAssigned = true
        self.decision = decision
        for leg in event.legs { change(leg.assignment, leg.department) { $0.isGiven = true } }
        // The owner's order is kept: a leg that is taken back was given out before.
        for id in event.withdrawn { legs[id.description]?.isWithdrawn = true }
    }

    private mutating func apply(_ event: AssignmentReturned) {
        change(event.assignment, event.department) { $0.isReturned = true }
    }

    private mutating func apply(_ event: ReplyIssued) {
        change(event.assignment, event.department) { leg in
            if event.issuedAt <= event.dueAt {
                leg.inTime = (leg.inTime ?? 0) + 1
            } else {
                leg.late = (leg.late ?? 0) + 1
            }
        }
    }

    private mutating func apply(_ event: ReplyEvaluated) {
        for leg in event.reopened { change(leg.assignment, leg.department) { $0.reopened = ($0.reopened ?? 0) + 1 } }
        var outcome = outcome ?? Outcome()
        outcome.verdict = event.result
        if !event.reopened.isEmpty { outcome.isReopened = true }
        self.outcome = outcome
    }

    private mutating func apply(_ event: SuggestionClosed) {
        var outcome = outcome ?? Outcome()
        (outcome.closedAt, outcome.letter) = (event.closedAt, event.outcome)
        self.outcome = outcome
    }

    private mutating func apply(_ event: DeadlineMissed) {
        change(event.assignment, event.department) { leg in
            guard let round = event.round else { return leg.missed = (leg.missed ?? 0) + 1 }
            var ends = leg.missedEnds ?? [:]
            ends["\(round)", default: 0] += 1
            leg.missedEnds = ends
        }
    }

    private mutating func change(_ id: AssignmentID, _ department: DepartmentCode, _ change: (inout Leg) -> Void) {
        var leg = legs[id.description] ?? Leg(department: department)
        change(&leg)
        legs[id.description] = leg
    }
}
