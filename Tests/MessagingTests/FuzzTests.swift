import Contracts
import Support
import Testing

@testable import Messaging
@testable import RabbitMQ

/// Envelopes of messages, with changed values of every kind in every place.
struct FuzzTests {
    private static let good = EventMetadata(
        id: .make(),
        name: "suggestion.assigned",
        owner: .routing,
        aggregate: .make(),
        version: 3,
        time: .now
    )

    /// A value of one of the kinds that AMQP has, made of bytes.
    private static func value(_ bytes: [UInt8], _ text: String) -> HeaderValue {
        switch (bytes.first ?? 0) % 10 {
        case 0: .null
        case 1: .int(bytes.reduce(0) { $0 &* 256 &+ Int64($1) })
        case 2: .bytes(bytes)
        case 3: .table([Header(text, .array([.string(text), .bool(true)]))])
        case 4: .double(Double(bytes.count) / 3)
        case 5: .timestamp(bytes.reduce(0) { $0 &* 256 &+ UInt64($1) })
        default: .string(text)
        }
    }

    private static func delivery(_ change: (inout MessageProperties) -> Void) -> Delivery {
        let message = Envelope.message(
            good,
            body: [],
            exchange: "e",
            routingKey: "routing.suggestion.assigned",
            isMandatory: false,
            account: "ebinda-routing"
        )
        var properties = message.properties
        change(&properties)
        return Delivery(
            tag: DeliveryTag(generation: 1, number: 1),
            exchange: "e",
            routingKey: message.routingKey,
            isRedelivered: false,
            properties: properties,
            body: []
        )
    }

    @Test func `an envelope is whole and from its sender's account, or it is refused with its reason`() {
        let names =
            Self.delivery { _ in }.properties.headers.map(\.name) + [
                Envelope.HeaderName.attempt, Envelope.HeaderName.sender, Envelope.HeaderName.cause,
                Envelope.HeaderName.traceparent, "x-delivery-count",
            ]
        let seeds = [
            Self.good.id.description, "/ebinda/routing", "/ebinda/replies", "1.0", "2026-03-02T03:20:00Z",
            "ebinda-replies",
        ]
        for (index, name) in names.enumerated() {
            let outcome = Fuzzing("envelope \(name)", texts: seeds, count: Fuzzing.count(300)).run { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let delivery = Self.delivery { properties in
                    properties.headers.removeAll { $0.name == name }
                    properties.headers.append(Header(name, Self.value(bytes, text)))
                    // Now and then another account, or none.
                    if bytes.count % 7 == index % 7 { properties.userID = bytes.count % 2 == 0 ? text : nil }
                }
                _ = (Envelope.attempt(of: delivery), delivery.deliveryCount, Letter(delivery).metadata)
                do throws(Refusal) {
                    let read = try Envelope.metadata(of: delivery, own: "ebinda-replies") { "ebinda-\($0)" }
                    // Believed is what its own account has published, and nothing else.
                    return delivery.properties.userID == "ebinda-\(read.owner)" && read.version >= 0
                        ? .taken : .wrong("\(read.owner)")
                } catch {
                    return error.detail.contains("\n") ? .wrong(error.detail) : .refused
                }
            }
            #expect(outcome.failures == [], "\(name)")
        }
    }
}
