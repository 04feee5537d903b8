import Testing

@testable import RabbitMQ

struct FairShareTests {
    private static func buffer(_ keys: [String]) -> [Delivery] {
        keys.enumerated().map { index, key in
            Delivery(
                tag: DeliveryTag(generation: 1, number: UInt64(index)),
                exchange: "in",
                routingKey: key,
                isRedelivered: false,
                properties: MessageProperties(),
                body: []
            )
        }
    }

    @Test func `nobody waits behind another's flood, and each one's order stays`() {
        var buffer = Self.buffer(Array(repeating: "loud.reply", count: 100) + ["quiet.reply", "quiet.receipt"])
        let share = FairShare(limit: 3)
        let first = share.take(200, from: &buffer).map(\.tag.number)
        #expect(first == [0, 1, 2, 100, 101])
        #expect(share.take(200, from: &buffer).map(\.tag.number) == [3, 4, 5])
        #expect(buffer.count == 94)
        #expect(share.take(2, from: &buffer).map(\.tag.number) == [6, 7], "a batch has its own limit")
        var taken = 0
        while !buffer.isEmpty { taken += share.take(200, from: &buffer).count }
        #expect(taken == 92, "everything comes in the end")
    }
}
