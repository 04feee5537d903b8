import Contracts
import Messaging

/// Keeps what an owner tells about an item, for its author.
///
/// Appends one row and tells nothing. A repeat finds its version applied and never comes here; a late arrival is a row like
/// any other, because the view is computed from all of them.
struct RecordProgress<Body: Event>: Handler {
    func handle(_ events: [Received<Body>], in transaction: EventTransaction) async throws {
        IntakeStore.record(
            try events.map { event in
                (
                    event.metadata.aggregate,
                    ProgressEntry(
                        owner: event.metadata.owner,
                        version: event.metadata.version,
                        name: event.metadata.name,
                        time: event.metadata.time,
                        body: try Self.visible(event)
                    )
                )
            },
            in: transaction
        )
    }

    /// The event without what stands in the item's rows already: the author's own words, their files; and without what was said in a
    /// contact, which may have been with a deputy.
    private static func visible(_ event: Received<Body>) throws -> [UInt8] {
        if var contact = event.body as? ContactRecorded {
            contact.text = ""
            return try EventCoding.encode(contact)
        }
        guard var assigned = event.body as? SuggestionAssigned else { return event.encoded }
        (assigned.title, assigned.text, assigned.proposal) = ("", "", nil)
        (assigned.attachments, assigned.contact) = (nil, nil)
        return try EventCoding.encode(assigned)
    }
}
