package import Contracts

/// An event in a handler's hands.
package struct Received<Body: Event>: Sendable {
    /// Id, owner, aggregate, version, time and trace.
    package let metadata: EventMetadata
    /// What has happened.
    package let body: Body
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

/// A handler with its kind of event forgotten, as the consumer keeps them.
struct AnyHandler: Sendable {
    let name: EventName
    /// Decodes a body.
    let decode: @Sendable (EventMetadata, [UInt8]) throws -> any Sendable
    /// Handles what `decode` has made.
    let handle: @Sendable ([any Sendable], EventTransaction) async throws -> Void

    init<Body>(_ handler: some Handler<Body>) {
        name = Body.name
        decode = { Received(metadata: $0, body: try EventCoding.decode(Body.self, from: $1)) }
        handle = { try await handler.handle($0.compactMap { $0 as? Received<Body> }, in: $1) }
    }
}
