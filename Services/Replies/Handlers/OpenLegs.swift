import Contracts
import Messaging

/// Opens the legs that a committee has given out, ends those it has taken back, and tells departments that have a queue.
///
/// A repeat finds its version applied and never comes here; Routing's order is kept, so that a leg is not ended before it
/// began.
struct OpenLegs: Handler {
    let notices: Notices

    func handle(_ events: [Received<SuggestionAssigned>], in transaction: EventTransaction) async throws {
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
                    committee: body.committee
                )
            handling.committee = body.committee
            for leg in handling.assign(body) {
                try notices.announce(leg, of: handling, in: transaction, following: .event(event.metadata))
            }
            handlings[id] = handling
        }
        RepliesStore.store(Array(handlings.values), in: transaction)
    }
}
