package import Contracts

/// Makes past items of their owners' events: Routing's first, then Replies', each in the order of its versions.
package struct PastItemFolding: Sendable {
    private var committee: CommitteeCode?
    private var contacts: Set<String> = []
    private var withdrawn: Set<AssignmentID> = []
    private var item: PastItem?

    /// Begins with nothing.
    package init() {}

    /// The item, when it was ever given to a department.
    package var result: PastItem? {
        guard var item else { return nil }
        for id in withdrawn {
            guard let index = item.periods.lastIndex(where: { $0.assignment == id }) else { continue }
            // What was answered before stays answered.
            if item.periods[index].reply == nil { item.periods[index].withdrawn = true }
        }
        item.state = item.outcome != nil ? .closed : Self.isAnswered(item.periods) ? .answered : .open
        return item
    }

    /// Takes an event in; what says nothing of periods, answers and verdicts is passed over.
    ///
    /// - Parameter unit: for which the actor acted.
    /// - Throws: `DecodingError` when the body is not what the name says.
    package mutating func apply(_ name: EventName, _ body: [UInt8], by unit: String) throws {
        func decode<Body: Event>(_ type: Body.Type) throws -> Body { try EventCoding.decode(type, from: body) }
        switch name {
        case SuggestionAssigned.name: apply(try decode(SuggestionAssigned.self))
        case AssignmentReturned.name:
            let event = try decode(AssignmentReturned.self)
            change(event.assignment, round: nil) {
                $0.returned = PastItem.Return(at: event.returnedAt, proposed: event.proposedDepartment != nil)
            }
        case ContactRecorded.name:
            let event = try decode(ContactRecorded.self)
            contacts.insert("\(event.assignment) \(event.round)")
        case ClockChanged.name:
            let event = try decode(ClockChanged.self)
            change(event.assignment, round: event.round) { $0.clock = event.clock }
        case ReplyIssued.name: apply(try decode(ReplyIssued.self))
        case ReplyEvaluated.name: apply(try decode(ReplyEvaluated.self), by: unit)
        case SuggestionClosed.name: item?.outcome = try decode(SuggestionClosed.self).outcome
        default: break
        }
    }

    private mutating func apply(_ event: SuggestionAssigned) {
        committee = event.committee
        withdrawn.formUnion(event.withdrawn)
        var item =
            item ?? PastItem(number: event.number, kind: event.kind, state: .open, periods: [], verdicts: [])
        item.periods += event.legs.map { Self.stretch(of: $0, round: 1) }
        self.item = item
    }

    private mutating func apply(_ event: ReplyIssued) {
        let contacted = contacts.contains("\(event.assignment) \(event.round)")
        change(event.assignment, round: event.round) { stretch in
            // A leg that was given out for a later round is known of by its answer.
            stretch.round = event.round
            stretch.reply = PastItem.Reply(
                at: event.issuedAt,
                outcome: event.outcome,
                commitment: event.commitmentDueAt != nil,
                contacted: contacted
            )
        }
    }

    private mutating func apply(_ event: ReplyEvaluated, by unit: String) {
        item?.verdicts.append(
            PastItem.Judgement(
                round: event.round,
                at: event.evaluatedAt,
                by: unit == committee?.rawValue ? .committee : .deputy,
                attitude: event.attitude,
                result: event.result,
                reasoned: event.comment != nil
            )
        )
        item?.periods += event.reopened.map { Self.stretch(of: $0, round: event.round + 1) }
    }

    private static func stretch(of leg: Leg, round: Int) -> PastItem.Stretch {
        PastItem.Stretch(
            assignment: leg.assignment,
            department: leg.department,
            role: leg.role,
            round: round,
            clock: leg.clock
        )
    }

    /// Changes the newest period of a leg; of a round, where the leg has one.
    private mutating func change(_ id: AssignmentID, round: Int?, _ change: (inout PastItem.Stretch) -> Void) {
        guard var changed = item else { return }
        let own = changed.periods.indices.filter { changed.periods[$0].assignment == id }
        guard let index = own.last(where: { changed.periods[$0].round == round }) ?? own.last else { return }
        change(&changed.periods[index])
        item = changed
    }

    /// Whether a leg is answered in its newest round and no other is waited for, as on the screen.
    private static func isAnswered(_ periods: [PastItem.Stretch]) -> Bool {
        let newest = Dictionary(grouping: periods, by: \.assignment).compactMap { $0.value.last }
        let standing = newest.filter { $0.withdrawn != true }
        return !standing.isEmpty && standing.allSatisfy { $0.reply != nil }
    }
}
