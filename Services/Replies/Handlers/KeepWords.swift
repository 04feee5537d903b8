import Contracts
import Messaging

/// Keeps what stands before the year in the numbers of a unit's documents, as Directory tells it (机关代字).
///
/// Tells nothing. An older telling that arrives late replaces nothing.
struct KeepWords: Handler {
    func handle(_ events: [Received<UnitChanged>], in transaction: EventTransaction) async throws {
        RepliesStore.keep(
            events.map { ($0.body.unit.rawValue, $0.metadata.version, $0.body.documentWord) },
            in: transaction
        )
    }
}
