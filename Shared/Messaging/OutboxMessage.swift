package import Contracts
package import RabbitMQ

/// What a transaction has decided to tell: the content of an outbox row.
package struct OutboxMessage: Sendable {
    /// The CloudEvents attributes.
    package var metadata: EventMetadata
    /// The exchange it is published to.
    package var exchange: String
    /// Its routing key there.
    package var routingKey: String
    /// Whether the broker must return it when no queue takes it; false where an alternate exchange keeps it.
    package var isMandatory: Bool
    /// The JSON body.
    package var body: [UInt8]
    /// Who acted under which right, when the message announces an act; the act then holds the body in the database.
    package var act: Act?

    /// Creates a message.
    package init(
        metadata: EventMetadata,
        exchange: String,
        routingKey: String,
        isMandatory: Bool = false,
        body: [UInt8],
        act: Act? = nil
    ) {
        self.metadata = metadata
        self.exchange = exchange
        self.routingKey = routingKey
        self.isMandatory = isMandatory
        self.body = body
        self.act = act
    }

    /// The AMQP message, published by `account`.
    package func outgoing(account: String) -> OutgoingMessage {
        Envelope.message(
            metadata,
            body: body,
            exchange: exchange,
            routingKey: routingKey,
            isMandatory: isMandatory,
            account: account
        )
    }
}

/// Who did something and under which right: the part of an act that no event carries.
package struct Act: Sendable, Hashable {
    /// Who acted: `unit:<code>`, `person:<id>`, `department:<code>`, `receipt` for an author, or `rule:<id>`.
    package var actor: String
    /// The right or article it was done under, such as `代表法 §51` or `routing.assign`.
    package var authority: String
    /// From where: the network around an address, such as `192.0.2.0/24`; nil of what came from no request, and of authors.
    package var origin: String?

    /// Creates the record of who acted and why they might.
    package init(actor: String, authority: String, origin: String? = nil) {
        self.actor = actor
        self.authority = authority
        self.origin = origin
    }
}
