import Contracts
import Messaging

/// Keeps what Directory tells of a code, so that a hand-in through it can be recognised while Directory is away.
///
/// The event says all of the code, and the newest telling wins: a repeat or an older one changes nothing, and one that was
/// overtaken by the code's end does not bring it back.
struct KeepIssuedCode: Handler {
    func handle(_ events: [Received<CodeIssued>], in transaction: EventTransaction) async throws {
        CodeStore.keep(events.map { ($0.metadata.version, $0.body) }, in: transaction)
    }
}
