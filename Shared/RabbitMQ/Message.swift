/// A value of a message header or an argument (AMQP 0-9-1 §4.2.5.5, RabbitMQ's types).
package indirect enum HeaderValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
    case bool(Bool)
    case double(Double)
    /// Whole seconds since 1970.
    case timestamp(UInt64)
    case bytes([UInt8])
    case table([Header])
    case array([HeaderValue])
    case null
}

/// A named value.
package struct Header: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The value.
    package var value: HeaderValue

    /// Creates a header.
    package init(_ name: String, _ value: HeaderValue) {
        self.name = name
        self.value = value
    }
}

/// The properties of a message (class `basic`).
package struct MessageProperties: Sendable, Hashable {
    /// MIME type of the body.
    package var contentType: String?
    /// In the order in which they were sent.
    package var headers: [Header]
    /// Whether a durable queue keeps the message over a restart (delivery mode 2).
    package var isPersistent: Bool
    /// What the message answers or belongs to.
    package var correlationID: String?
    /// The sender's id of the message.
    package var messageID: String?
    /// Whole seconds since 1970.
    package var timestamp: UInt64?
    /// The name of what the body is.
    package var type: String?
    /// The publishing account; the broker refuses a message that names another.
    package var userID: String?
    /// The publishing program.
    package var appID: String?

    /// Creates properties; persistent unless told otherwise.
    package init(
        contentType: String? = nil,
        headers: [Header] = [],
        isPersistent: Bool = true,
        correlationID: String? = nil,
        messageID: String? = nil,
        timestamp: UInt64? = nil,
        type: String? = nil,
        userID: String? = nil,
        appID: String? = nil
    ) {
        self.contentType = contentType
        self.headers = headers
        self.isPersistent = isPersistent
        self.correlationID = correlationID
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.userID = userID
        self.appID = appID
    }

    /// The value of the first header of a name.
    package subscript(header name: String) -> HeaderValue? {
        headers.first { $0.name == name }?.value
    }
}

/// A message on its way out.
package struct OutgoingMessage: Sendable, Hashable {
    /// The exchange's name; empty for the default exchange.
    package var exchange: String
    /// The routing key.
    package var routingKey: String
    /// Whether the broker returns it when no queue takes it.
    package var isMandatory: Bool
    /// The properties.
    package var properties: MessageProperties
    /// The body.
    package var body: [UInt8]

    /// Creates a message.
    package init(
        exchange: String,
        routingKey: String,
        isMandatory: Bool = false,
        properties: MessageProperties = MessageProperties(),
        body: [UInt8]
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.isMandatory = isMandatory
        self.properties = properties
        self.body = body
    }

    /// What it costs of the byte window: the body and a generous guess of everything around it.
    var weight: Int { body.count + 512 }
}

/// What became of a published message.
package enum PublishOutcome: Sendable {
    /// Every queue it was routed to has it; also when it was routed to none and not mandatory.
    case confirmed
    /// Mandatory, and no queue took it (`basic.return`).
    case returned(code: Int, reason: String)
    /// A queue refused it, because it is full (`basic.nack`).
    case refused
    /// In doubt: the broker may have it or not; send it again under the same id.
    case unknown(BrokerError)
}

/// Names a delivery for its acknowledgement, together with the channel's life in which it is valid.
///
/// A tag on another channel than its own is an error that closes that channel: after a reconnect old tags are dropped.
package struct DeliveryTag: Sendable, Hashable {
    /// Counts the subscriber's connections.
    package let generation: UInt64
    /// The broker's tag on that channel.
    package let number: UInt64
}

/// A message from a queue.
package struct Delivery: Sendable {
    /// What to acknowledge.
    package let tag: DeliveryTag
    /// Where it was published to.
    package let exchange: String
    /// With which key.
    package let routingKey: String
    /// Whether it may have been delivered before.
    package let isRedelivered: Bool
    /// The properties.
    package let properties: MessageProperties
    /// The body.
    package let body: [UInt8]

    /// How often a quorum queue has delivered it before (`x-delivery-count`; absent means never).
    package var deliveryCount: Int {
        guard case .int(let count)? = properties[header: "x-delivery-count"] else { return 0 }
        return Int(count)
    }
}
