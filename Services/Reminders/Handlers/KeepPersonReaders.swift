import Contracts
import Messaging

/// Keeps for which units a person may read clocks, and ends their addresses for calendar programs with the role that they rest on.
///
/// Tells nothing. What is older than what is known changes nothing.
struct KeepPersonReaders: Handler {
    func handle(_ events: [Received<PersonChanged>], in transaction: EventTransaction) async throws {
        // In one order everywhere: two batches with the same readers wait for each other, and never both ways.
        for event in events.sorted(by: { $0.metadata.aggregate.description < $1.metadata.aggregate.description }) {
            guard let reader = FeedReader(event.body) else { continue }
            let version = event.metadata.version
            try FeedReaderStore.keep(reader, version: version, since: event.body.changedAt, in: transaction)
        }
    }
}
