import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Replies

/// What services tell each other and cannot be read is set aside with its reason; what comes behind it goes on.
@Suite(.timeLimit(.minutes(5)))
struct WorkQueueIntegrationTests {
    @Test func `an unknown event, an unreadable body and a forged sender are parked with their reasons`() async throws {
        try await LettersWorld.with { letters in
            let world = letters.world
            func message(_ name: String, _ body: [UInt8], _ version: Int = 1) -> OutgoingMessage {
                Envelope.message(
                    EventMetadata(
                        id: .make(),
                        name: EventName(rawValue: name),
                        owner: .routing,
                        aggregate: .make(),
                        version: version,
                        time: .now
                    ),
                    body: body,
                    exchange: world.topology.events,
                    routingKey: "routing.\(name)",
                    isMandatory: false,
                    account: world.broker.user
                )
            }
            let unknown = message("suggestion.imagined", Array("{}".utf8))
            let broken = message("suggestion.assigned", [0xff, 0xfe, 0])
            let thin = message("suggestion.assigned", Array(#"{"number":"BJ-1"}"#.utf8))
            let typed = message("suggestion.assigned", Array(#"{"number":1,"legs":{}}"#.utf8))
            var nobody = message("suggestion.assigned", Array("{}".utf8))
            nobody.properties.userID = nil
            var bare = message("suggestion.assigned", Array("{}".utf8))
            bare.properties.headers = []
            try await world.tell([unknown, broken, thin, typed, nobody, bare])
            _ = try await letters.leg()
            let parked = try await world.take(6, from: world.topology.parkedQueue(of: .replies))
            let reasons = Dictionary(
                uniqueKeysWithValues: parked.map {
                    ($0.properties.messageID ?? "", $0.properties[header: Envelope.HeaderName.reason])
                }
            )
            func reason(_ message: OutgoingMessage) -> HeaderValue?? { reasons[message.properties.messageID ?? ""] }
            #expect(reason(unknown) == .string("unknown-type"))
            for message in [broken, thin, typed] { #expect(reason(message) == .string("malformed-body")) }
            #expect(reason(nobody) == .string("forged-sender"))
            #expect(reason(bare) == .string("malformed-envelope"))
            let first = try #require(parked.first { $0.properties.messageID == thin.properties.messageID })
            #expect(first.body == thin.body, "untouched")
            #expect(first.properties[header: Envelope.HeaderName.error] == .string("/kind: missing"))
        }
    }
}
