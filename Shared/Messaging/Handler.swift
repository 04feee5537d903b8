package import Contracts

/// An event in a handler's hands.
package struct Received<Body: Event>: Sendable {
    /// Id, owner, aggregate, version, time and trace.
    package let metadata: EventMetadata
    /// What has happened.
    package let body: Body
    /// The body as it came, for who passes it on or keeps it.
    package let encoded: [UInt8]

    /// Creates an event as it came.
    init(metadata: EventMetadata, body: Body, encoded: [UInt8]) {
        (self.metadata, self.body, self.encoded) = (metadata, body, encoded)
    }

    /// Creates an event as it would come.
    ///
    /// - Throws: `EncodingError`.
    package init(metadata: EventMetadata, body: Body) throws {
        self.init(metadata: metadata, body: body, encoded: try EventCoding.encode(body))
    }
}

/// Reacts to one kind of event: what changes, what it tells in turn.
///
/// A handler gets the events of a batch that are about different aggregates, all in one transaction, exactly once each and
/// in their owner's order. It knows nothing of deliveries, retries and acknowledgements. What it throws undoes the whole
/// transaction; the events are then handled one by one, so that it hurts the guilty one alone.
package protocol Handler<Body>: Sendable {
    /// The kind of event.
    associatedtype Body: Event
    /// Handles events about different aggregates.
    ///
    /// - Throws: ``Refusal`` when an event can never be handled, anything else when another attempt may succeed.
    func handle(_ events: [Received<Body>], in transaction: EventTransaction) async throws
}

/// An event whose body nobody has read yet.
package struct Unread: Sendable {
    /// Id, owner, aggregate, version, time and trace.
    package let metadata: EventMetadata
    /// The body as it came.
    package let encoded: [UInt8]
}

/// Follows many kinds of events alike, a whole batch at a time: one call and its statements for all of them, where handlers
/// would get one a kind and another for each further event of an aggregate.
package protocol Follower: Sendable {
    /// The kinds of events.
    var names: Set<EventName> { get }
    /// Takes the events of a batch, each aggregate's in its owner's order.
    ///
    /// - Throws: as ``Handler/handle(_:in:)``.
    func follow(_ events: [Unread], in transaction: EventTransaction) async throws
}

/// A handler with its kind of event forgotten, as the consumer keeps them.
struct AnyHandler: Sendable {
    let name: EventName
    /// Decodes a body.
    let decode: @Sendable (EventMetadata, [UInt8]) throws -> any Sendable
    /// Handles what `decode` has made.
    let handle: @Sendable ([any Sendable], EventTransaction) async throws -> Void

    init<Body>(_ handler: some Handler<Body>) {
        name = Body.name
        decode = { Received(metadata: $0, body: try EventCoding.decode(Body.self, from: $1), encoded: $1) }
        handle = { try await handler.handle($0.compactMap { $0 as? Received<Body> }, in: $1) }
    }
}
