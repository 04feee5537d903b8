import Calendar
import Contracts

/// Where an item stands, for its author: computed from what its owners have told, in whatever order that arrived.
struct StatusView: Encodable, Sendable, Equatable {
    /// How far the whole has come.
    enum State: String, Encodable, Sendable {
        case quarantined, received, refused, accepted, assigned, answered, reopened, closed
    }

    /// One department's part.
    struct Leg: Encodable, Sendable, Equatable {
        let department: DepartmentCode
        let role: AssignmentRole
        var round: Int
        var clock: Clock
        var state: String
        var outcome: ReplyOutcome?
        var reply: String?
        var repliedAt: Timestamp?
        /// The number of the reply's document (文号); nil of what was issued before there were numbers.
        var documentNumber: String?
        /// Why the period ends when it does, a phrase each; nil of a leg that is over, and while what is known here leads to
        /// another end than its owner's.
        var reasons: [Words]?
    }

    /// A refusal with its reason.
    struct Refusal: Encodable, Sendable, Equatable {
        let reason: String
        let explanation: String
        let basis: String
        let whereToGo: String
    }

    /// A line of the history.
    struct Line: Encodable, Sendable, Equatable {
        let event: EventName
        let at: Timestamp
    }

    let number: String
    let kind: SuggestionKind
    let title: String
    let station: StationCode
    let receivedAt: Timestamp
    /// Who may know the author; nil of what was handed in before there were modes.
    let mode: AuthorMode?
    /// Set when somebody else has handed it in.
    let onBehalf: OnBehalf?
    /// The files that go with it, by the names that the author gave; nil when there are none.
    let attachments: [AttachedFile]?
    /// What the author is to know beside the state, Chinese first.
    private(set) var notice: String?
    private(set) var state = State.received
    private(set) var committee: CommitteeCode?
    private(set) var refusal: Refusal?
    private(set) var legs: [Leg] = []
    private(set) var outcome: ReplyOutcome?
    private(set) var history: [Line]

    private var positions: [AssignmentID: Int] = [:]

    private enum CodingKeys: CodingKey {
        case number, kind, title, station, receivedAt, state, committee, refusal, legs, outcome, history
        case mode, onBehalf, attachments, notice
    }

    /// Computes the view.
    ///
    /// - Throws: `DecodingError` when an entry is not what its name says.
    init(_ item: IntakeItem) throws {
        (number, kind, title, station) = (item.number, item.kind, item.title, item.station)
        receivedAt = item.receivedAt
        (mode, onBehalf) = (item.mode, item.onBehalf)
        attachments = item.attachments.isEmpty ? nil : item.attachments
        let ordered = item.progress.sorted {
            ($0.time, $0.owner.rawValue, $0.version) < ($1.time, $1.owner.rawValue, $1.version)
        }
        history =
            [Line(event: SuggestionReceived.name, at: receivedAt)] + ordered.map { Line(event: $0.name, at: $0.time) }
        // What Replies tells rests on what Routing has told, whichever of them arrived first.
        for owner in [ServiceName.routing, .replies] {
            for entry in item.progress.filter({ $0.owner == owner }).sorted(by: { $0.version < $1.version }) {
                try apply(entry)
            }
        }
        settle()
        hold(item)
    }

    /// Says of each leg that is waited for why it is due when it is (期限依据).
    ///
    /// The owner's date is the one that counts: reasons that lead to another explain nothing, and are left out.
    mutating func explain(in calendar: WorkCalendar, under rule: CountingRule) {
        for index in legs.indices where !["withdrawn", "returned", "replied"].contains(legs[index].state) {
            let clock = legs[index].clock
            guard let period = Period(clock) else { continue }
            let deadline = calendar.explanation(of: period, under: rule)
            guard deadline.dueAt == (clock.pausedSince == nil ? clock.dueAt : nil) else { continue }
            legs[index].reasons =
                period.words(in: calendar.zone) + deadline.phrases(counting: period.term.unit, under: rule)
        }
    }

    /// What is held back nobody else has been told of, so nothing else says anything of it.
    private mutating func hold(_ item: IntakeItem) {
        guard item.isHeld else { return }
        guard let words = item.refusal else {
            state = .quarantined
            notice = "短时间内收到大量提交，正在核查，核查后继续办理 · being checked before it goes on, since many came at once"
            return
        }
        state = .refused
        refusal = Refusal(
            reason: "flood",
            explanation: words,
            basis: "联络站对短时间内大量提交的核查",
            whereToGo: "可到联络站当面反映"
        )
    }

    /// A round is answered when every leg that counts is; the committee may take back the one that is missing, or give out
    /// another, after the last reply.
    private mutating func settle() {
        guard [.assigned, .answered, .reopened].contains(state) else { return }
        let counting = legs.filter { $0.state != "withdrawn" }
        let isAnswered = !counting.isEmpty && counting.allSatisfy { $0.state == "replied" }
        state = isAnswered ? .answered : legs.contains { $0.round > 1 } ? .reopened : .assigned
    }

    private mutating func apply(_ entry: ProgressEntry) throws {
        switch entry.name {
        case SuggestionAccepted.name:
            committee = try entry.decode(SuggestionAccepted.self).committee
            state = .accepted
        case SuggestionRefused.name:
            let event = try entry.decode(SuggestionRefused.self)
            refusal = Refusal(
                reason: event.reason,
                explanation: event.explanation,
                basis: event.basis,
                whereToGo: event.whereToGo
            )
            state = .refused
        case SuggestionAssigned.name:
            let event = try entry.decode(SuggestionAssigned.self)
            for id in event.withdrawn { set(id) { $0.state = "withdrawn" } }
            for leg in event.legs {
                positions[leg.assignment] = legs.count
                legs.append(
                    Leg(department: leg.department, role: leg.role, round: 1, clock: leg.clock, state: "assigned")
                )
            }
            state = .assigned
        case AssignmentReceived.name:
            // A leg that Routing has taken back stays withdrawn, whoever has signed for it before.
            set(try entry.decode(AssignmentReceived.self).assignment) {
                if $0.state != "withdrawn" { $0.state = "received" }
            }
        case AssignmentReturned.name:
            // A leg that Routing has already given to another stays withdrawn.
            set(try entry.decode(AssignmentReturned.self).assignment) {
                if $0.state != "withdrawn" { $0.state = "returned" }
            }
        case ReplyIssued.name:
            let event = try entry.decode(ReplyIssued.self)
            set(event.assignment) {
                $0.state = "replied"
                $0.outcome = event.outcome
                $0.reply = event.text
                $0.repliedAt = event.issuedAt
                $0.documentNumber = event.documentNumber
            }
        case ReplyEvaluated.name:
            for leg in try entry.decode(ReplyEvaluated.self).reopened {
                set(leg.assignment) {
                    $0.round += 1
                    $0.clock = leg.clock
                    $0.state = "reopened"
                }
                state = .reopened
            }
        case ClockChanged.name:
            let event = try entry.decode(ClockChanged.self)
            set(event.assignment) { if $0.round == event.round { $0.clock = event.clock } }
        case SuggestionClosed.name:
            outcome = try entry.decode(SuggestionClosed.self).outcome
            state = .closed
        // A later version's event: the history has its line.
        default: break
        }
    }

    /// Whether a department has a leg that is not over: neither given back nor taken back, of a matter that is not closed.
    func isInHands(of department: DepartmentCode) -> Bool {
        guard [.assigned, .answered, .reopened].contains(state) else { return false }
        return legs.contains { $0.department == department && $0.state != "withdrawn" && $0.state != "returned" }
    }

    private mutating func set(_ assignment: AssignmentID, _ change: (inout Leg) -> Void) {
        if let position = positions[assignment] { change(&legs[position]) }
    }
}

/// What is known of an item.
struct IntakeItem: Sendable {
    let id: SuggestionID
    let number: String
    let kind: SuggestionKind
    var title: String
    let station: StationCode
    let receivedAt: Timestamp
    var mode: AuthorMode?
    var onBehalf: OnBehalf?
    /// What was written, sealed; nil where the title and what stands beside it are that.
    var words: SealedWords?
    /// Whether it is, or was to the end, held back as a flood.
    var isHeld = false
    /// Why it was refused while it was held.
    var refusal: String?
    var attachments: [AttachedFile] = []
    let progress: [ProgressEntry]
}

/// Something that has become of an item, as its owner told it.
struct ProgressEntry: Sendable, Equatable {
    let owner: ServiceName
    let version: Int
    let name: EventName
    let time: Timestamp
    /// The event's body, in JSON.
    let body: [UInt8]

    func decode<Body: Event>(_ type: Body.Type) throws -> Body { try EventCoding.decode(type, from: body) }
}
