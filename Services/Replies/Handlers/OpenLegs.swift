import Bootstrap
import Contracts
import Messaging
import Rules

/// Opens the legs that a committee has given out, ends those it has taken back, and tells departments that have a queue.
///
/// A leg that Routing has counted by an older edition of the calendar than is known here is counted anew at once, which is told.
/// A repeat finds its version applied and never comes here; Routing's order is kept, so that a leg is not ended before it
/// began.
struct OpenLegs: Handler {
    let notices: Notices
    let terms: LegalTerms
    let calendar: KnownCalendar

    func handle(_ events: [Received<SuggestionAssigned>], in transaction: EventTransaction) async throws {
        let terms = terms.counted(in: calendar.current)
        var handlings = try await RepliesStore.handlings(events.map(\.metadata.aggregate), in: transaction)
        for event in events {
            let (id, body) = (event.metadata.aggregate, event.body)
            var handling =
                handlings[id]
                ?? Handling(
                    id: id,
                    number: body.number,
                    kind: body.kind,
                    title: body.title,
                    text: body.text,
                    proposal: body.proposal,
                    committee: body.committee,
                    attachments: body.attachments,
                    contact: body.contact,
                    station: body.station,
                    deputies: body.deputies
                )
            handling.committee = body.committee
            let fresh = Set(handling.assign(body).map(\.assignment))
            let moved = handling.recount(fresh, at: .now, terms: terms).map(Handling.Told.moved)
            try transaction.tell(moved, about: handling, by: Recount.actor, following: .event(event.metadata))
            for leg in handling.legs.map(\.leg) where fresh.contains(leg.assignment) {
                try notices.announce(leg, of: handling, in: transaction, following: .event(event.metadata))
            }
            handlings[id] = handling
        }
        try RepliesStore.store(Array(handlings.values), in: transaction)
    }
}
