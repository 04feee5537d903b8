import Foundation
import RabbitMQ
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BrokerIntegrationTests {
    private let stack = TestStack()

    /// Lends a quorum queue and a running publisher.
    private func with(
        arguments: [Header] = [],
        port: Int? = nil,
        heartbeat: Duration = .seconds(10),
        _ body: (_ queue: String, _ publisher: Publisher, _ broker: BrokerConfiguration) async throws -> Void
    ) async throws {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let queue = TestStack.uniqueName()
        let direct = try stack.broker()
        try await BrokerAdministration.connected(direct) {
            try await $0.declareQueue(queue, arguments: [Header("x-queue-type", .string("quorum"))] + arguments)
        }
        var broker = try stack.broker(port: port)
        broker.heartbeat = heartbeat
        let publisher = Publisher(configuration: broker, logger: .silent)
        let run = Task { await publisher.run() }
        try await eventually("the publisher is connected") { publisher.status == .ready }
        try await body(queue, publisher, broker)
        run.cancel()
        await run.value
        try await BrokerAdministration.connected(direct) { try await $0.deleteQueue(queue) }
    }

    private func message(_ queue: String, _ body: String = "x", exchange: String = "", isMandatory: Bool = false)
        -> OutgoingMessage
    {
        OutgoingMessage(
            exchange: exchange,
            routingKey: queue,
            isMandatory: isMandatory,
            properties: MessageProperties(messageID: UUID().uuidString),
            body: Array(body.utf8)
        )
    }

    private func receive(_ count: Int, from subscriber: Subscriber) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        while deliveries.count < count { deliveries += try await subscriber.next(maximum: count - deliveries.count) }
        return deliveries
    }

    @Test func `who wants many deliveries waits for them while who wants any is served`() async throws {
        try await with { queue, publisher, broker in
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 50, logger: .silent)
            let run = Task { await subscriber.run() }
            try await eventually("the subscriber is connected") { subscriber.status == .ready }
            async let many = subscriber.next(maximum: 50, enough: 3)
            async let any = subscriber.next(maximum: 50)
            _ = await publisher.publish([message(queue, "1")])
            #expect(try await any.map(\.body) == [Array("1".utf8)])
            _ = await publisher.publish(["2", "3", "4"].map { message(queue, $0) })
            #expect(try await many.map(\.body) == ["2", "3", "4"].map { Array($0.utf8) })
            run.cancel()
            await run.value
        }
    }

    @Test func `who wants many deliveries gets what there is when nobody comes for it`() async throws {
        try await with { queue, publisher, broker in
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 50, logger: .silent)
            let run = Task { await subscriber.run() }
            try await eventually("the subscriber is connected") { subscriber.status == .ready }
            async let many = subscriber.next(maximum: 50, enough: 3)
            _ = await publisher.publish(["1", "2"].map { message(queue, $0) })
            #expect(try await many.map(\.body) == ["1", "2"].map { Array($0.utf8) })
            run.cancel()
            await run.value
        }
    }

    @Test func `a message arrives as it was sent, with every kind of header`() async throws {
        try await with { queue, publisher, broker in
            let properties = MessageProperties(
                contentType: "application/json",
                headers: [
                    Header("bool", .bool(true)), Header("double", .double(0.5)), Header("int", .int(-7)),
                    Header("null", .null), Header("table", .table([Header("a", .array([.int(1), .string("b")]))])),
                    Header("text", .string("滨江")), Header("time", .timestamp(1_700_000_000)),
                ],
                correlationID: "c",
                messageID: "m",
                timestamp: 1_700_000_000,
                type: "t.u",
                userID: broker.user,
                appID: "a"
            )
            let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            let sent = OutgoingMessage(exchange: "", routingKey: queue, properties: properties, body: body)
            guard case .confirmed = await publisher.publish([sent])[0] else {
                Issue.record("not confirmed")
                return
            }
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 10, logger: .silent)
            let run = Task { await subscriber.run() }
            let delivery = try await receive(1, from: subscriber)[0]
            // A table has no order: 3.x keeps the sender's, 4.x sorts by name.
            var arrived = delivery.properties
            arrived.headers.sort { $0.name < $1.name }
            #expect(arrived == properties)
            #expect(delivery.body == body)
            #expect(!delivery.isRedelivered)
            run.cancel()
            await run.value
        }
    }

    @Test func `a body that fills its frames exactly is not kept back`() async throws {
        try await with { queue, publisher, _ in
            let full = OutgoingMessage(
                exchange: "",
                routingKey: queue,
                body: [UInt8](repeating: 1, count: 2 * (131_072 - 8))
            )
            let clock = ContinuousClock()
            var fastest = Duration.seconds(60)
            for _ in 0..<5 {
                let start = clock.now
                _ = await publisher.publish([full])
                fastest = min(fastest, clock.now - start)
            }
            // A busy machine makes some slow; the kernel would keep every corked frame.
            #expect(fastest < .milliseconds(190), "the kernel keeps a corked frame for 200 ms")
        }
    }

    @Test func `outcomes tell confirmed, returned and silently dropped apart`() async throws {
        try await with { queue, publisher, _ in
            let outcomes = await publisher.publish([
                message(queue), message("nowhere", isMandatory: true), message("nowhere"),
                message(queue, isMandatory: true),
            ])
            guard case .confirmed = outcomes[0], case .returned(312, _) = outcomes[1], case .confirmed = outcomes[2],
                case .confirmed = outcomes[3]
            else {
                Issue.record("\(outcomes)")
                return
            }
        }
    }

    @Test func `a full queue refuses`() async throws {
        let bound = [Header("x-max-length", .int(5)), Header("x-overflow", .string("reject-publish"))]
        try await with(arguments: bound) { queue, publisher, _ in
            var refused = 0
            for _ in 0..<40 {
                if case .refused = await publisher.publish([message(queue)])[0] { refused += 1 }
            }
            #expect(refused > 20)
        }
    }

    @Test func `a missing exchange and a foreign user-id close the channel and leave doubt, and the next message goes`()
        async throws
    {
        try await with { queue, publisher, _ in
            var forged = message(queue)
            forged.properties.userID = "somebody"
            for bad in [message(queue, exchange: "no such exchange"), forged] {
                guard case .unknown(let error) = await publisher.publish([bad])[0] else {
                    Issue.record("the broker took it")
                    return
                }
                #expect(error.replyCode == 404 || error.replyCode == 406)
                try await eventually("the next message goes") {
                    if case .confirmed = await publisher.publish([message(queue)])[0] { true } else { false }
                }
            }
        }
    }

    @Test func `deliveries are bounded by the prefetch and come in order`() async throws {
        try await with { queue, publisher, broker in
            _ = await publisher.publish((0..<50).map { message(queue, "\($0)") })
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 7, logger: .silent)
            let run = Task { await subscriber.run() }
            var bodies: [String] = []
            while bodies.count < 50 {
                let deliveries = try await subscriber.next(maximum: 100)
                #expect(deliveries.count <= 7)
                bodies += deliveries.map { String(decoding: $0.body, as: UTF8.self) }
                await subscriber.acknowledge(deliveries.map(\.tag))
            }
            #expect(bodies == (0..<50).map(String.init))
            run.cancel()
            await run.value
        }
    }

    @Test func `acknowledgements out of order reach the broker, and none is repeated`() async throws {
        try await with { queue, publisher, broker in
            _ = await publisher.publish((0..<30).map { message(queue, "\($0)") })
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 100, logger: .silent)
            let run = Task { await subscriber.run() }
            let deliveries = try await receive(30, from: subscriber)
            // The upper half first: it waits a moment for the gap below, then goes one by one.
            await subscriber.acknowledge(deliveries[20...].map(\.tag))
            await subscriber.acknowledge(deliveries[5..<10].map(\.tag))
            await subscriber.acknowledge(deliveries[..<5].map(\.tag) + deliveries[10..<19].map(\.tag))
            _ = await publisher.publish([message(queue, "last")])
            #expect(try await receive(1, from: subscriber)[0].body == Array("last".utf8))
            run.cancel()
            await run.value
            try await eventually("message 19 and the last are back, and no other") {
                try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: queue) } == 2
            }
        }
    }

    @Test func `after a cut deliveries come again under new tags, and old tags are dropped`() async throws {
        let proxy = TCPProxy(to: Int(try stack.variable("EBINDA_BROKER_PORT")) ?? 0)
        try await with(port: proxy.port) { queue, publisher, broker in
            _ = await publisher.publish([message(queue)])
            let subscriber = Subscriber(configuration: broker, queue: queue, prefetch: 10, logger: .silent)
            let run = Task { await subscriber.run() }
            let first = try await receive(1, from: subscriber)
            proxy.cut()
            let second = try await receive(1, from: subscriber)
            #expect(second[0].isRedelivered)
            #expect(second[0].deliveryCount == 1)
            #expect(second[0].tag.generation > first[0].tag.generation)
            await subscriber.acknowledge(first.map(\.tag))
            #expect(subscriber.status == .ready, "an old tag on the new channel would have closed it")
            await subscriber.acknowledge(second.map(\.tag))
            run.cancel()
            await run.value
            #expect(
                try await BrokerAdministration.connected(stack.broker()) { try await $0.messageCount(of: queue) } == 0
            )
        }
        proxy.close()
    }

    @Test func `a publisher whose peer falls silent gives up by the heartbeat and never hangs`() async throws {
        let proxy = TCPProxy(to: Int(try stack.variable("EBINDA_BROKER_PORT")) ?? 0)
        try await with(port: proxy.port, heartbeat: .seconds(1)) { queue, publisher, _ in
            proxy.pause()
            let clock = ContinuousClock()
            let start = clock.now
            // More than one window: part is written, part waits.
            let outcomes = await publisher.publish((0..<500).map { _ in message(queue) })
            #expect(clock.now - start < .seconds(10))
            for outcome in outcomes {
                guard case .unknown = outcome else {
                    Issue.record("an outcome without an answer: \(outcome)")
                    return
                }
            }
            proxy.cut()
            proxy.resume()
            try await eventually("it is back", within: .seconds(30)) { publisher.status == .ready }
        }
        proxy.close()
    }

    @Test func `a wrong password is told apart and not shown`() async throws {
        var broker = try stack.broker()
        broker.password = "falsch-geheim"
        let error = await #expect(throws: BrokerError.self) {
            try await BrokerAdministration.connected(broker) { _ in }
        }
        #expect(error?.code == .authenticationFailed)
        #expect(error.map { "\($0)".contains("falsch-geheim") } == false)
    }

    @Test func `the second of two addresses is used when the first is dead`() async throws {
        try await with { queue, _, broker in
            var two = broker
            // Port 1 is reserved and closed.
            two.addresses.insert(.init(host: "127.0.0.1", port: 1), at: 0)
            let publisher = Publisher(configuration: two, logger: .silent)
            let run = Task { await publisher.run() }
            try await eventually("it is connected to the second") { publisher.status == .ready }
            guard case .confirmed = await publisher.publish([message(queue)])[0] else {
                Issue.record("not confirmed")
                return
            }
            run.cancel()
            await run.value
        }
    }
}
