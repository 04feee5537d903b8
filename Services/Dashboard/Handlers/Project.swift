import Contracts
import Messaging

/// Folds what the owners tell into the items' facts, the figures and the timelines, a batch at a time.
///
/// A follower and not a handler a kind of event: what differs is in ``Fact``, where the events of all owners meet, and the
/// figures are a few rows that every batch changes, so it changes them once. A repeat finds its version applied and never
/// comes here; the parts of a fact belong to one owner each, so that it does not matter whose event arrives first.
struct Project: Follower {
    let names = Catalog.namesOfSuggestions

    func follow(_ events: [Unread], in transaction: EventTransaction) async throws {
        let inputs = events.map { Folding.Input(metadata: $0.metadata, body: $0.encoded) }
        try await Folding.fold(inputs, into: .live, in: transaction)
        for event in events where event.metadata.name == SuggestionErased.name {
            let erased = try EventCoding.decode(SuggestionErased.self, from: event.encoded)
            Erasure.apply(
                to: event.metadata.aggregate,
                cause: event.metadata.id,
                at: erased.erasedAt,
                in: transaction
            )
        }
        try DashboardStore.append(inputs, in: transaction)
        if let newest = events.map(\.metadata.time).max() { DashboardStore.advance(to: newest, in: transaction) }
    }
}
