import Contracts
import Messaging

/// Keeps that a code was ended.
///
/// It lasts: heard before the code itself was told of, or again, it says the same.
struct KeepRevokedCode: Handler {
    func handle(_ events: [Received<CodeRevoked>], in transaction: EventTransaction) async throws {
        CodeStore.revoke(events.map(\.body), in: transaction)
    }
}
