package import Contracts
package import PostgreSQL

/// A transaction that can also tell: what it publishes is stored with its changes, or neither is.
///
/// There is no other way to publish. Rows are stored once, set-wise, with the commit.
package final class EventTransaction: Transaction {
    private let topology: Topology
    private let service: ServiceName
    private(set) var messages: [OutboxMessage] = []

    init(sharing transaction: Transaction, topology: Topology, service: ServiceName) {
        self.topology = topology
        self.service = service
        super.init(sharing: transaction)
    }

    /// Publishes an event about an aggregate, and records the act that it announces.
    ///
    /// - Parameters:
    ///   - event: what has happened; its type's owner must be this service.
    ///   - aggregate: what it is about.
    ///   - version: the next version in this owner's order of the aggregate, from 1 without gaps.
    ///   - act: who did it under which right; nil for a notice that decides nothing.
    ///   - id: the event's, for who names it elsewhere in the same transaction.
    ///   - origin: what led to it, whose trace it continues.
    /// - Throws: `Refusal` when the body is larger than ``EventCoding/bodyLimit``, `EncodingError`.
    package func publish<Body: Event>(
        _ event: Body,
        about aggregate: SuggestionID,
        version: Int,
        act: Act?,
        id: EventID = .make(),
        following origin: Origin = .here
    ) throws {
        precondition(Body.owner == service, "\(Body.name) is published by \(Body.owner) alone")
        try send(
            event,
            name: Body.name,
            about: aggregate,
            version: version,
            to: topology.events,
            key: topology.routingKey(owner: service, name: Body.name),
            isMandatory: false,
            act: act,
            id: id,
            following: origin
        )
    }

    /// Sends a message outside any order, such as one to a department's queue.
    ///
    /// - Throws: `Refusal` when the body is larger than ``EventCoding/bodyLimit``, `EncodingError`.
    package func send(
        _ body: some Encodable,
        name: EventName,
        about aggregate: SuggestionID,
        version: Int = 0,
        to exchange: String,
        key: String,
        isMandatory: Bool,
        act: Act? = nil,
        id: EventID = .make(),
        following origin: Origin = .here
    ) throws {
        let bytes = try EventCoding.encode(body)
        guard bytes.count <= EventCoding.bodyLimit else {
            throw Refusal(.refusedByRule, "\(name): \(bytes.count) bytes, at most \(EventCoding.bodyLimit)")
        }
        var act = act
        // Who hands in with a receipt alone is nobody whose acts are looked through: of them nothing is kept.
        if let actor = act?.actor, !actor.hasPrefix("receipt:") { act?.origin = origin.place }
        messages.append(
            OutboxMessage(
                metadata: EventMetadata(
                    id: id,
                    name: name,
                    owner: service,
                    aggregate: aggregate,
                    version: version,
                    time: .now,
                    traceparent: origin.traceparent,
                    cause: origin.cause
                ),
                exchange: exchange,
                routingKey: key,
                isMandatory: isMandatory,
                body: bytes,
                act: act
            )
        )
    }

    /// Queues the rows of everything published; called once, after the caller's last statement.
    func store() {
        OutboxStore.insert(messages, in: self)
    }
}

/// What led to an event: the request or the event whose trace it continues.
package struct Origin: Sendable, Hashable {
    /// W3C trace context.
    package let traceparent: String?
    /// The event that was being handled; nil for a request.
    package let cause: EventID?
    /// The network from which the request came; nil for an event.
    package let place: String?

    /// The present request: the task's own trace context, and from where it came.
    package static var here: Self { Self(traceparent: Trace.current, cause: nil, place: Place.current) }

    /// The handling of an event.
    package static func event(_ metadata: EventMetadata) -> Self {
        Self(traceparent: metadata.traceparent, cause: metadata.id, place: nil)
    }
}

/// From where the task's request came, as the record of acts keeps it.
package enum Place {
    /// The network around the address, such as `192.0.2.0/24`; nil outside any request.
    @TaskLocal package static var current: String?
}

/// The task's W3C trace context, as this module passes it on without looking into it.
package enum Trace {
    /// The value of the `traceparent` header; nil outside any request.
    @TaskLocal package static var current: String?
}
