import Contracts
import Messaging

/// Tells departments with systems of their own, over their queues.
struct Notices: Sendable {
    /// The departments that have a queue; the others read their desk's page.
    let queued: Set<DepartmentCode>
    let topology: Topology

    /// Announces a leg.
    func announce(
        _ leg: Leg,
        of handling: Handling,
        in transaction: EventTransaction,
        following origin: Origin
    ) throws {
        try send(
            AssignmentNotice(
                assignment: leg.assignment,
                suggestion: handling.id,
                number: handling.number,
                kind: handling.kind,
                title: handling.title,
                text: handling.text,
                proposal: handling.proposal,
                committee: handling.committee,
                role: leg.role,
                round: handling.round,
                clock: leg.clock,
                attachments: handling.attachments,
                contact: handling.contact
            ),
            to: leg.department,
            about: handling.id,
            in: transaction,
            following: origin
        )
    }

    /// Announces what follows from a command: a verdict to every department, the next round's legs, and a clock that counts otherwise.
    func send(
        _ told: [Handling.Told],
        about handling: Handling,
        in transaction: EventTransaction,
        following origin: Origin
    ) throws {
        for case .evaluated(let event) in told {
            for leg in handling.legs where leg.state != .withdrawn && leg.state != .returned {
                let notice = EvaluationNotice(
                    assignment: leg.leg.assignment,
                    round: event.round,
                    attitude: event.attitude,
                    result: event.result,
                    comment: event.comment
                )
                try send(notice, to: leg.leg.department, about: handling.id, in: transaction, following: origin)
            }
            for leg in event.reopened { try announce(leg, of: handling, in: transaction, following: origin) }
        }
        // What follows from the department's own answer is no news to it.
        for case .moved(let change) in told where change.text != nil {
            try send(change, about: handling.id, in: transaction, following: origin)
        }
    }

    /// Tells that a leg's period counts otherwise, and why.
    func send(
        _ change: ClockChanged,
        about suggestion: SuggestionID,
        in transaction: EventTransaction,
        following origin: Origin
    ) throws {
        let notice = MovedNotice(change)
        try send(notice, to: change.department, about: suggestion, in: transaction, following: origin)
    }

    /// Has every department that was sent a leg erase what it keeps of the matter, also one whose leg was taken back.
    func redact(
        _ handling: Handling,
        at moment: Timestamp,
        in transaction: EventTransaction,
        following origin: Origin
    ) throws {
        let legs = Dictionary(grouping: handling.legs, by: \.leg.department)
        for (department, legs) in legs.sorted(by: { $0.key < $1.key }) {
            let notice = RedactionNotice(
                suggestion: handling.id,
                number: handling.number,
                assignments: legs.map(\.leg.assignment),
                erasedAt: moment
            )
            try send(notice, to: department, about: handling.id, in: transaction, following: origin)
        }
    }

    /// Sends a message into a department's queue; mandatory, so that a missing queue holds it in the outbox.
    func send<Body: DepartmentMessage>(
        _ body: Body,
        to department: DepartmentCode,
        about suggestion: SuggestionID,
        in transaction: EventTransaction,
        following origin: Origin
    ) throws {
        guard queued.contains(department) else { return }
        try transaction.send(
            body,
            name: Body.name,
            about: suggestion,
            to: topology.departmentsOut,
            key: department.rawValue,
            isMandatory: true,
            following: origin
        )
    }
}
