package import Contracts
package import RabbitMQ

/// The mapping of an event's metadata to AMQP 0-9-1: CloudEvents 1.0 in binary mode, mirrored in the native properties.
///
/// CloudEvents defines a binding for AMQP 1.0 alone; the prefix `cloudEvents_` is that binding's, so that an AMQP 1.0
/// consumer on RabbitMQ 4 reads the same attributes.
package enum Envelope {
    /// The names of the headers.
    package enum HeaderName {
        /// Always `1.0`.
        package static let specVersion = "cloudEvents_specversion"
        /// The event's id; also the property `message_id`.
        package static let id = "cloudEvents_id"
        /// The wire name; also the property `type`.
        package static let type = "cloudEvents_type"
        /// `/ebinda/<service>`; the service is also the property `app_id`.
        package static let source = "cloudEvents_source"
        /// RFC 3339 with microseconds; the property `timestamp` has whole seconds.
        package static let time = "cloudEvents_time"
        /// The aggregate's id.
        package static let subject = "cloudEvents_subject"
        /// The version in the owner's order; left out for a message outside any order.
        package static let sequence = "cloudEvents_sequence"
        /// W3C trace context.
        package static let traceparent = "cloudEvents_traceparent"
        /// The event that led to this one.
        package static let cause = "cloudEvents_causationid"
        /// How often handling has failed so far; this project's own count, since brokers differ in theirs.
        package static let attempt = "x-ebinda-attempt"
        /// Why a message was set aside.
        package static let reason = "x-ebinda-reason"
        /// The error in words without personal data.
        package static let error = "x-ebinda-error"
        /// The account that published a message first, once another has put it on its ladder.
        package static let sender = "x-ebinda-sender"
        /// When it was set aside, RFC 3339.
        package static let setAsideAt = "x-ebinda-set-aside-at"
    }

    private static let sourcePrefix = "/ebinda/"
    /// Characters of a service's name.
    private static let sourceLimit = 32

    /// The AMQP message of an event.
    ///
    /// - Parameter account: the broker account that publishes; the broker refuses any other (`user-id`).
    package static func message(
        _ metadata: EventMetadata,
        body: [UInt8],
        exchange: String,
        routingKey: String,
        isMandatory: Bool,
        account: String
    ) -> OutgoingMessage {
        let id = metadata.id.description
        let owner = metadata.owner.rawValue
        var headers: [Header] = [
            Header(HeaderName.specVersion, .string("1.0")),
            Header(HeaderName.id, .string(id)),
            Header(HeaderName.type, .string(metadata.name.rawValue)),
            Header(HeaderName.source, .string(sourcePrefix + owner)),
            Header(HeaderName.time, .string(metadata.time.description)),
            Header(HeaderName.subject, .string(metadata.aggregate.description)),
        ]
        if metadata.version > 0 { headers.append(Header(HeaderName.sequence, .int(Int64(metadata.version)))) }
        if let trace = metadata.traceparent { headers.append(Header(HeaderName.traceparent, .string(trace))) }
        if let cause = metadata.cause { headers.append(Header(HeaderName.cause, .string(cause.description))) }
        return OutgoingMessage(
            exchange: exchange,
            routingKey: routingKey,
            isMandatory: isMandatory,
            properties: MessageProperties(
                contentType: "application/json",
                headers: headers,
                messageID: id,
                timestamp: UInt64(max(0, metadata.time.seconds)),
                type: metadata.name.rawValue,
                userID: account,
                appID: owner
            ),
            body: body
        )
    }

    /// Reads the metadata of a delivery.
    ///
    /// - Parameters:
    ///   - own: the reading service's account, under which its own ladder publishes what others sent.
    ///   - account: the account under which a service publishes.
    /// - Throws: ``Refusal`` naming the attribute that is missing or wrong.
    package static func metadata(
        of delivery: Delivery,
        own: String,
        account: @Sendable (ServiceName) -> String
    ) throws(Refusal) -> EventMetadata {
        let properties = delivery.properties
        let source = try text(HeaderName.source, in: properties).withoutPrefix(sourcePrefix) ?? ""
        // Whatever else stands there would come back in reasons, which people read in logs and on a terminal.
        guard (1...sourceLimit).contains(source.utf8.count), source.utf8.allSatisfy(\.isServiceLetter) else {
            throw Refusal(.malformedEnvelope, "\(HeaderName.source): not /ebinda/<service>")
        }
        let owner = ServiceName(rawValue: source)
        // The broker has checked user-id against the sender's account; an event that claims another source is forged.
        guard var sender = properties.userID else { throw Refusal(.forgedSender, "user-id: missing") }
        if sender == own, case .string(let first)? = properties[header: HeaderName.sender] { sender = first }
        guard sender == account(owner) else { throw Refusal(.forgedSender, "user-id: not the account of \(owner)") }
        guard let id = EventID(try text(HeaderName.id, in: properties)) else {
            throw Refusal(.malformedEnvelope, "\(HeaderName.id): not a UUID")
        }
        guard let subject = SuggestionID(try text(HeaderName.subject, in: properties)) else {
            throw Refusal(.malformedEnvelope, "\(HeaderName.subject): not a UUID")
        }
        guard let time = Timestamp(try text(HeaderName.time, in: properties)) else {
            throw Refusal(.malformedEnvelope, "\(HeaderName.time): not an RFC 3339 time")
        }
        var traceparent: String?
        if case .string(let value)? = properties[header: HeaderName.traceparent] { traceparent = value }
        var cause: EventID?
        if case .string(let value)? = properties[header: HeaderName.cause] { cause = EventID(value) }
        return EventMetadata(
            id: id,
            name: EventName(rawValue: try text(HeaderName.type, in: properties)),
            owner: owner,
            aggregate: subject,
            version: try integer(HeaderName.sequence, in: properties) ?? 0,
            time: time,
            traceparent: traceparent,
            cause: cause
        )
    }

    /// How often handling a delivery has failed before.
    package static func attempt(of delivery: Delivery) -> Int {
        (try? integer(HeaderName.attempt, in: delivery.properties)) ?? 0
    }

    private static func text(_ name: String, in properties: MessageProperties) throws(Refusal) -> String {
        guard let value = properties[header: name] else { throw Refusal(.malformedEnvelope, "\(name): missing") }
        guard case .string(let text) = value else { throw Refusal(.malformedEnvelope, "\(name): not a string") }
        return text
    }

    private static func integer(_ name: String, in properties: MessageProperties) throws(Refusal) -> Int? {
        switch properties[header: name] {
        case nil: return nil
        case .int(let value)? where value >= 0: return Int(value)
        default: throw Refusal(.malformedEnvelope, "\(name): not a whole number from 0")
        }
    }
}

extension UInt8 {
    fileprivate var isServiceLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}

extension String {
    fileprivate func withoutPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
