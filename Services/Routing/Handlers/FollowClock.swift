import Contracts
import Messaging

/// Keeps a leg's first period as Replies, which owns it from the assignment on, lets it count: moved, extended, standing still.
///
/// Tells nothing. A change that arrives behind a later one changes nothing; of later rounds nothing is kept here.
struct FollowClock: Handler {
    func handle(_ events: [Received<ClockChanged>], in transaction: EventTransaction) async throws {
        try RoutingStore.follow(
            events.filter { $0.body.round == 1 }.map { (version: $0.metadata.version, body: $0.body) },
            in: transaction
        )
    }
}
