/// The optional arguments of every durable queue, as data: what is declared, and what the document says.
///
/// All are quorum queues that refuse rather than drop (`reject-publish`); each argument holds on RabbitMQ 3.10 and 4.0.
package enum QueueArguments {
    /// A limit on deliveries that no healthy message reaches, positive because 3.10 takes −1 for «drop at once».
    ///
    /// A backstop alone: a message that has been in the hands of three dying processes is tried by itself, and is parked
    /// long before this.
    private static let deliveryLimit = 50
    /// For queues that operators browse: each look counts as a delivery, and no number of looks may drop a message.
    private static let browsingLimit = 1_000_000_000
    /// The bounds of a department's queues: months of work of the busiest, and memory that no broker misses.
    private static let departmentLimits: [(String, JSONValue)] = [
        ("x-max-length", .integer(10_000)), ("x-max-length-bytes", .integer(64 << 20)),
    ]

    /// Of a queue that people look into and no one consumes.
    package static var browsed: [(String, JSONValue)] { quorum([("x-delivery-limit", .integer(browsingLimit))]) }

    /// Of a service's work queue.
    package static func work(retryExchange: String, limit: Int) -> [(String, JSONValue)] {
        quorum([
            ("x-delivery-limit", .integer(deliveryLimit)),
            ("x-dead-letter-exchange", .string(retryExchange)),
            ("x-dead-letter-routing-key", "parked"),
            ("x-dead-letter-strategy", "at-least-once"),
            ("x-max-length", .integer(limit)),
        ])
    }

    /// Of one rung of the ladder.
    package static func rung(_ rung: Topology.Rung, retryExchange: String) -> [(String, JSONValue)] {
        quorum([
            ("x-message-ttl", .integer(Int(rung.milliseconds))),
            ("x-dead-letter-exchange", .string(retryExchange)),
            ("x-dead-letter-routing-key", "work"),
            // Without it a message whose work queue is missing at the time is dropped without a trace.
            ("x-dead-letter-strategy", "at-least-once"),
        ])
    }

    /// Of the queue that a department's own system reads.
    package static var department: [(String, JSONValue)] {
        quorum([("x-delivery-limit", .integer(browsingLimit))] + departmentLimits)
    }

    /// Of the queue that keeps one department's messages apart; what cannot be handled is parked with Replies' own.
    package static func departmentInbox(retryExchange: String) -> [(String, JSONValue)] {
        quorum(
            [
                ("x-delivery-limit", .integer(deliveryLimit)),
                ("x-dead-letter-exchange", .string(retryExchange)),
                ("x-dead-letter-routing-key", "parked"),
                ("x-dead-letter-strategy", "at-least-once"),
            ] + departmentLimits
        )
    }

    private static func quorum(_ arguments: [(String, JSONValue)]) -> [(String, JSONValue)] {
        [("x-queue-type", "quorum"), ("x-overflow", "reject-publish")] + arguments
    }
}
