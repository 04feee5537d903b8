/// Something that has happened in its owner's schema, told to every service that listens.
///
/// An event is a noun and a past participle with a wire name written by hand. Its body carries the state a listener
/// needs, so that no one has to call back, and never a contact. It evolves by optional additions alone; anything else is
/// a new name published beside the old one.
package protocol Event: Codable, Sendable, Equatable {
    /// The wire name, also the last part of the routing key.
    static var name: EventName { get }
    /// The one service that publishes it.
    static var owner: ServiceName { get }
    /// One sentence for the AsyncAPI document: when it is published and what it promises.
    static var summary: String { get }
}

/// The wire name of an event, such as `suggestion.assigned`.
package struct EventName: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// Lower-case words joined by points and hyphens.
    package let rawValue: String

    /// Wraps a name.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// A name written in code.
    package init(stringLiteral value: String) {
        rawValue = value
    }

    /// The name itself.
    package var description: String { rawValue }
}

/// What travels beside an event's body: the CloudEvents 1.0 attributes and two extensions.
package struct EventMetadata: Sendable, Hashable {
    /// Stable over republication; what inboxes remember.
    package var id: EventID
    /// CloudEvents `type`.
    package var name: EventName
    /// The publishing service; CloudEvents `source` is `/ebinda/<service>`.
    package var owner: ServiceName
    /// What the event is about: the suggestion's id as a rule.
    ///
    /// CloudEvents `subject`.
    package var aggregate: SuggestionID
    /// Position among the owner's events about that aggregate, from 1 without gaps.
    ///
    /// CloudEvents extension `sequence`.  Zero for a message outside any order, such as one to a department.
    package var version: Int
    /// When it happened.
    ///
    /// CloudEvents `time`.
    package var time: Timestamp
    /// W3C trace context of the request at its beginning; nil when there was none.
    package var traceparent: String?
    /// The event whose handling led to this one.
    ///
    /// CloudEvents extension `causationid`.
    package var cause: EventID?

    /// Creates metadata.
    package init(
        id: EventID,
        name: EventName,
        owner: ServiceName,
        aggregate: SuggestionID,
        version: Int,
        time: Timestamp,
        traceparent: String? = nil,
        cause: EventID? = nil
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.aggregate = aggregate
        self.version = version
        self.time = time
        self.traceparent = traceparent
        self.cause = cause
    }
}
