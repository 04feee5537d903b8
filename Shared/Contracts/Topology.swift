/// The broker's objects as one value: every exchange, queue and binding is named here and nowhere else.
///
/// Queues are named after their consumer. A service's own objects begin with `<service>.`, which is all its account may
/// configure; the shared exchanges are declared by `ebinda migrate`.
package struct Topology: Sendable, Hashable {
    /// One rung of the retry ladder: its own queue with its own time to live.
    ///
    /// One queue a delay, because expired messages leave a queue only at its head: a long delay would hold up a short one.
    package struct Rung: Sendable, Hashable {
        /// How long a message rests there.
        package let delay: Duration

        /// Creates a rung.
        package init(delay: Duration) {
            self.delay = delay
        }

        /// The delay as it stands in the queue's name: `5s`, `1m`, `2h`, or milliseconds.
        package var label: String {
            switch milliseconds {
            case let value where value % 3_600_000 == 0: "\(value / 3_600_000)h"
            case let value where value % 60_000 == 0: "\(value / 60_000)m"
            case let value where value % 1_000 == 0: "\(value / 1_000)s"
            default: "\(milliseconds)ms"
            }
        }

        /// The delay in milliseconds, as the queue argument `x-message-ttl` takes it.
        package var milliseconds: Int64 {
            let (seconds, attoseconds) = delay.components
            return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        }
    }

    /// Put before every name, so that each test has a topology of its own; empty in production.
    package let namespace: String
    /// The delays between the attempts of a message that may succeed later.
    package let ladder: [Rung]
    /// The most messages a work queue holds before it refuses more (`x-max-length` with reject-publish).
    ///
    /// What is refused stays in its publisher's outbox, so the bound protects the broker and loses nothing.
    package let workQueueLimit: Int

    /// Creates a topology; the defaults are production's.
    package init(
        namespace: String = "",
        ladder: [Duration] = [.seconds(5), .seconds(60), .seconds(15 * 60), .seconds(2 * 3_600)],
        workQueueLimit: Int = 1_000_000
    ) {
        self.namespace = namespace
        self.ladder = ladder.map(Rung.init(delay:))
        self.workQueueLimit = workQueueLimit
    }

    /// The topic exchange that carries every event.
    package var events: String { namespace + "ebinda.events" }
    /// Where the broker sends an event that no queue is bound for; a fanout exchange with one queue of the same name.
    package var unrouted: String { namespace + "ebinda.unrouted" }
    /// The topic exchange departments write to, with keys `<code>.<action>`.
    package var departmentsIn: String { namespace + "ebinda.departments.in" }
    /// The direct exchange to the departments' queues, keyed by department code.
    package var departmentsOut: String { namespace + "ebinda.departments.out" }

    /// The queue a service works on.
    package func workQueue(of service: ServiceName) -> String { "\(namespace)\(service).work" }
    /// The queue with what a service could not handle; no one consumes it, an operator decides.
    package func parkedQueue(of service: ServiceName) -> String { "\(namespace)\(service).parked" }
    /// The direct exchange to a service's rungs, its parked queue (key `parked`) and back to its work queue (key `work`).
    package func retryExchange(of service: ServiceName) -> String { "\(namespace)\(service).retry" }
    /// The queue of one rung.
    package func retryQueue(of service: ServiceName, _ rung: Rung) -> String {
        "\(namespace)\(service).retry.\(rung.label)"
    }
    /// The queue of a department's own system.
    package func departmentQueue(of code: String) -> String { "\(namespace)department.\(code)" }
    /// The queue that keeps one department's messages apart from every other's.
    package func departmentInbox(of code: String) -> String { "\(namespace)replies.from.\(code)" }

    /// The routing key of an owner's event; a service's account may publish with its own prefix alone.
    package func routingKey(owner: ServiceName, name: EventName) -> String { "\(owner).\(name)" }
    /// The binding key for everything an owner publishes about suggestions.
    ///
    /// All of it, because a listener that keeps an owner's order must see every version, the ones it has no use for too.
    package func bindingKey(owner: ServiceName) -> String { "\(owner).#" }
    /// The routing key under which an owner's sealed heads travel, outside the order of its suggestions.
    package func sealKey(owner: ServiceName) -> String { "seal.\(owner)" }
}

/// What a service listens to.
package struct Subscription: Sendable, Hashable {
    /// One kind of event.
    package struct Kind: Sendable, Hashable {
        /// Whose it is.
        package let owner: ServiceName
        /// What it is called.
        package let name: EventName
    }

    /// The listening service.
    package let service: ServiceName
    /// The owners whose every event it hears, in order.
    package let owners: [ServiceName]
    /// Single kinds of events of other owners, each message once and in no promised order: for a service to which the rest of
    /// what these owners tell means nothing, and order makes no difference.
    package let kinds: [Kind]
    /// Whether it keeps the sealed heads of every owner.
    package let keepsSeals: Bool

    /// Creates a subscription.
    package init(
        service: ServiceName,
        owners: [ServiceName] = [],
        events: [any Event.Type] = [],
        keepsSeals: Bool = false
    ) {
        self.service = service
        self.owners = owners
        kinds = events.map { Kind(owner: $0.owner, name: $0.name) }
        self.keepsSeals = keepsSeals
    }

    /// Whether such an event comes to the service.
    package func hears(_ event: any Event.Type) -> Bool {
        owners.contains(event.owner) || kinds.contains { $0.name == event.name }
    }
}
