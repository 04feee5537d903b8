import Contracts
import Messaging

/// Keeps the heads of the owners' chains of acts, so that a chain that is cut or rewritten no longer agrees with them.
///
/// Tells nothing; the same head again changes nothing.
struct KeepSeal: Handler {
    func handle(_ events: [Received<ActsSealed>], in transaction: EventTransaction) async throws {
        for event in events {
            let metadata = event.metadata
            HeadsStore.keep(event.body, of: metadata.owner, sealedAt: metadata.time, in: transaction)
        }
    }
}
