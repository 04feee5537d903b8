import Contracts
import Messaging

/// Folds what an owner tells into the item's fact, the figures and the timeline.
///
/// One generic handler and not one a kind of event: what differs is in ``Fact``, where the events of all owners meet. A repeat
/// finds its version applied and never comes here; the parts of a fact belong to one owner each, so that it does not matter
/// whose event arrives first.
struct Project<Body: Event>: Handler {
    func handle(_ events: [Received<Body>], in transaction: EventTransaction) async throws {
        let inputs = try events.map { Folding.Input(metadata: $0.metadata, body: try EventCoding.encode($0.body)) }
        try await Folding.fold(inputs, into: .live, in: transaction)
        DashboardStore.append(events.map(\.metadata), in: transaction)
        if let newest = events.map(\.metadata.time).max() { DashboardStore.advance(to: newest, in: transaction) }
    }
}
