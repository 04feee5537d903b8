import Bootstrap
import Calendar
import Contracts
import Messaging
import PostgreSQL
import Rules

/// Does what departments and deputies ask, whether it comes by page or by queue; what comes together shares one transaction.
struct Desk: Sendable {
    /// A command with who asks.
    struct Call: Sendable {
        let command: Handling.Command
        /// Who asks, as the record of acts names them.
        let actor: String
        /// The department that must own the leg; nil for a verdict.
        let department: DepartmentCode?
        /// The matter of a verdict; nil for a leg's command, which names its leg.
        let suggestion: SuggestionID?
        /// The committee that must have the matter; nil when it may be any.
        var committee: CommitteeCode?
        /// The deputy whose own the matter must be; nil when it may be anybody's.
        var deputy: PersonID?
        let origin: Origin
    }

    let outbox: Outbox
    let terms: LegalTerms
    let calendar: KnownCalendar
    let notices: Notices
    private let gathering: Gathering<Call, Handling>

    init(outbox: Outbox, terms: LegalTerms, calendar: KnownCalendar = KnownCalendar(), notices: Notices) {
        (self.outbox, self.terms, self.calendar, self.notices) = (outbox, terms, calendar, notices)
        gathering = Gathering { calls in
            await Gathering<Call, Handling>.together(calls) { calls in
                try await outbox.transaction {
                    try await Self.work(calls, terms.counted(in: calendar.current), notices, in: $0)
                }
            }
        }
    }

    /// The terms as they count now.
    var counted: CountedTerms { terms.counted(in: calendar.current) }

    /// Does one thing.
    ///
    /// - Throws: ``Impossible``, `Gathering.Overloaded`, `DatabaseError`.
    func perform(_ call: Call) async throws -> Handling { try await gathering.submit(call) }

    /// Does what each of the calls asks, in their order.
    static func work(
        _ calls: [Call],
        _ terms: CountedTerms,
        _ notices: Notices,
        in transaction: EventTransaction
    ) async throws -> [Result<Handling, any Error>] {
        let asked = calls.compactMap { $0.command.assignment }
        let owners = try await RepliesStore.suggestions(of: asked, in: transaction)
        let ids = calls.compactMap { $0.suggestion } + owners.values
        let judged = calls.compactMap { call in call.deputy.flatMap { deputy in call.suggestion.map { (deputy, $0) } } }
        let own = try await RepliesStore.own(judged, in: transaction)
        var handlings = try await RepliesStore.handlings(ids, in: transaction)
        for contact in try await RepliesStore.contacts(of: calls.compactMap(\.command.contacted), in: transaction) {
            if let id = owners[contact.assignment] { handlings[id]?.contacts.append(contact) }
        }
        var used = try await usedNumbers(of: calls, in: terms.calendar.zone, transaction)
        var decided: [Decided] = []
        var outcomes: [Result<Handling, any Error>] = []
        var touched: Set<SuggestionID> = []
        for call in calls {
            let owner = call.suggestion ?? call.command.assignment.flatMap { owners[$0] }
            guard let id = owner, var handling = handlings[id], handling.isOwned(by: call, own) else {
                outcomes.append(.failure(Impossible("/assignment", "unknown", "没有这个承办件 · no such leg")))
                continue
            }
            do {
                let told = try handling.apply(call.command, at: .now, terms: terms)
                if let number = call.ownNumber, !used.insert(number).inserted {
                    throw Impossible("/documentNumber", "used", "文号已使用 · the department has used this number before")
                }
                decided.append(Decided(handling: handling, told: told, call: call))
                handlings[id] = handling
                touched.insert(id)
                outcomes.append(.success(handling))
            } catch {
                outcomes.append(.failure(error))
            }
        }
        try await number(&decided, &handlings, in: terms.calendar.zone, transaction)
        for step in decided {
            let (handling, call) = (step.handling, step.call)
            try transaction.tell(step.told, about: handling, by: call.actor, following: call.origin)
            try notices.send(step.told, about: handling, in: transaction, following: call.origin)
        }
        try RepliesStore.store(touched.compactMap { handlings[$0] }, in: transaction)
        return outcomes
    }
}

extension Handling.Command {
    /// The leg that it is about; nil for a verdict.
    var assignment: AssignmentID? {
        switch self {
        case .receive(let id), .giveBack(let id, _, _), .reply(let id, _, _, _, _, _), .contact(let id, _),
            .changeClock(let id, _):
            id
        case .evaluate: nil
        }
    }
}

extension Handling {
    /// Whether the leg that a department's call names is its own, or the matter the committee's or the deputy's; another's is as good
    /// as none.
    fileprivate func isOwned(by call: Desk.Call, _ own: Set<OwnMatter>) -> Bool {
        if let deputy = call.deputy { return own.contains(OwnMatter(deputy: deputy, suggestion: id)) }
        if let committee = call.committee { return committee == self.committee }
        guard let department = call.department, let assignment = call.command.assignment else { return true }
        return legs.contains { $0.leg.assignment == assignment && $0.leg.department == department }
    }
}

extension ClockChanged {
    /// The right that it was done under; where nobody has given a reason, it follows from a rule or from an answer.
    fileprivate var authority: String {
        switch reason {
        case .calendar, .rule: "clock.recount"
        case .paused, .resumed, .extended, .fixed, .restarted:
            (text == nil ? Right.issueReplies : .changeClocks).rawValue
        }
    }
}

extension EventTransaction {
    /// Publishes what a command tells, in order.
    func tell(
        _ told: [Handling.Told],
        about handling: Handling,
        by actor: String,
        following origin: Origin
    ) throws {
        for (index, event) in told.enumerated() {
            let version = handling.version - told.count + index + 1
            func tell(_ body: some Event, _ right: Right) throws { try tell(body, right.rawValue) }
            func tell(_ body: some Event, _ right: String) throws {
                try publish(
                    body,
                    about: handling.id,
                    version: version,
                    act: Act(actor: actor, authority: right),
                    following: origin
                )
            }
            switch event {
            case .received(let body): try tell(body, Right.receiveAssignments)
            case .returned(let body): try tell(body, Right.returnAssignments)
            case .contacted(let body): try tell(body, Right.recordContacts)
            case .issued(let body): try tell(body, Right.issueReplies)
            case .evaluated(let body): try tell(body, Right.evaluateReplies)
            case .closed(let body): try tell(body, Right.evaluateReplies)
            case .moved(let body): try tell(body, body.authority)
            }
        }
    }
}
