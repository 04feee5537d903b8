import Contracts
import Messaging

/// Keeps for which unit a system's account may read clocks, and ends its address for a calendar program with it.
///
/// Tells nothing. What is older than what is known changes nothing.
struct KeepAccountReaders: Handler {
    func handle(_ events: [Received<AccountChanged>], in transaction: EventTransaction) async throws {
        // In one order everywhere: two batches with the same readers wait for each other, and never both ways.
        for event in events.sorted(by: { $0.metadata.aggregate.description < $1.metadata.aggregate.description }) {
            let reader = FeedReader(event.body)
            let version = event.metadata.version
            try FeedReaderStore.keep(reader, version: version, since: event.body.changedAt, in: transaction)
        }
    }
}
