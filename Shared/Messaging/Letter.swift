package import Contracts
import Crypto
import Foundation
import RabbitMQ

/// A message from outside, such as a department's own system: anything may stand in it.
///
/// It has no order and no envelope of ours; its sender is who the broker says, and its id is the sender's own.
package struct Letter: Event {
    package static let name: EventName = "letter"
    package static let owner = ServiceName(rawValue: "outside")
    package static let summary = "A message from outside, before anything of it is believed."

    /// Where it was published: `<code>.<action>`.
    package var routingKey: String
    /// The account that published it, checked by the broker; nil when it named none.
    package var sender: String?
    /// The sender's own id; empty when it gave none.
    package var messageID: String
    /// As the sender says.
    package var contentType: String
    /// Whatever it is.
    package var body: [UInt8]
}

extension Letter {
    /// Reads a delivery; never fails.
    init(_ delivery: Delivery) {
        self.init(
            routingKey: delivery.routingKey,
            sender: delivery.properties.userID,
            messageID: delivery.properties.messageID ?? "",
            contentType: delivery.properties.contentType ?? "",
            body: delivery.body
        )
    }

    /// What an inbox remembers: made from sender, key, id and body, so that no sender can use up another's ids, and a second
    /// message under an old id is a message of its own.
    var metadata: EventMetadata {
        let parts = [sender ?? "", routingKey, messageID].map { Array($0.utf8) } + [body]
        // Each part behind its length: what is only joined can be shifted from one part into the next.
        let digest = SHA256.hash(data: parts.flatMap { Array("\($0.count):".utf8) + $0 })
        let words = digest.withUnsafeBytes {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return EventMetadata(
            id: EventID(rawValue: UUID(words: words)),
            name: Self.name,
            owner: Self.owner,
            // Each is about something of its own as far as the batch knows: one wave, in the order of arrival.
            aggregate: .make(),
            version: 0,
            time: .now
        )
    }
}
