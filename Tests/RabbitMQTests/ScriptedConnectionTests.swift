import Foundation
import Support
import Testing
import Threads

@testable import RabbitMQ

/// Publisher and subscriber against a broker that misbehaves at a chosen moment; each test plays the broker itself.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ScriptedConnectionTests {
    private let broker = ScriptedBroker()

    private func configuration(
        heartbeat: Duration = .seconds(10),
        requestTimeout: Duration = .seconds(20)
    ) -> BrokerConfiguration {
        BrokerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: broker.port)],
            user: "u",
            password: "p",
            heartbeat: heartbeat,
            // Far beyond what a busy machine needs, where a test is not about it.
            connectTimeout: .seconds(60),
            requestTimeout: requestTimeout,
            backoffBase: .milliseconds(10)
        )
    }

    /// Lends a running publisher; it is stopped whatever the test has found.
    private func publishing(
        heartbeat: Duration = .seconds(10),
        requestTimeout: Duration = .seconds(20),
        _ body: (Publisher) async throws -> Void
    ) async throws {
        let configuration = configuration(heartbeat: heartbeat, requestTimeout: requestTimeout)
        let publisher = Publisher(configuration: configuration, logger: .silent)
        let run = Task { await publisher.run() }
        defer { run.cancel() }
        try await body(publisher)
    }

    /// Lends a running subscriber.
    private func subscribing(
        heartbeat: Duration = .seconds(10),
        _ body: (Subscriber) async throws -> Void
    ) async throws {
        let subscriber = Subscriber(
            configuration: configuration(heartbeat: heartbeat),
            queue: "q",
            prefetch: 10,
            logger: .silent
        )
        let run = Task { await subscriber.run() }
        defer { run.cancel() }
        try await body(subscriber)
    }

    private func message(_ size: Int = 10) -> OutgoingMessage {
        OutgoingMessage(exchange: "", routingKey: "q", body: [UInt8](repeating: 7, count: size))
    }

    private func isUnknown(_ outcome: PublishOutcome, _ code: BrokerError.Code) -> Bool {
        if case .unknown(let error) = outcome { error.code == code } else { false }
    }

    @Test func `a connection closed in the middle of a batch leaves in doubt what was not confirmed, and only that`()
        async throws
    {
        try await publishing { publisher in
            let first = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected") { publisher.status == .ready }
            async let outcomes = publisher.publish((0..<4).map { _ in message() })
            try await first.play { peer in
                // One message goes alone until a confirm has come; then the rest of the batch.
                try peer.hear(.basicPublish)
                try peer.say(.acknowledged(1))
                for _ in 0..<3 { try peer.hear(.basicPublish) }
                try peer.say(.acknowledged(3), .connectionClose(320, "CONNECTION_FORCED"))
            }
            let got = await outcomes
            guard case .confirmed = got[0], case .confirmed = got[2] else {
                Issue.record("a confirm is lost: \(got)")
                return
            }
            #expect(isUnknown(got[1], .connectionLost))
            #expect(isUnknown(got[3], .connectionLost))
            // The new connection counts its tags anew.
            let second = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected again") { publisher.status == .ready }
            async let again = publisher.publish([message()])
            try await second.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.acknowledged(1))
            }
            guard case .confirmed = await again[0] else {
                Issue.record("the second connection confirms nothing")
                return
            }
        }
    }

    @Test func `a broker that confirms nothing is not called ready again until it confirms something`() async throws {
        var configuration = configuration(heartbeat: .seconds(10))
        // Long enough for the second confirm on a busy machine.
        configuration.confirmTimeout = .seconds(5)
        let publisher = Publisher(configuration: configuration, logger: .silent)
        let run = Task { await publisher.run() }
        defer { run.cancel() }
        let first = try await broker.accept { try $0.welcomePublisher() }
        try await eventually("it is connected") { publisher.status == .ready }
        async let outcomes = publisher.publish([message()])
        _ = try await first.play { try $0.hear(.basicPublish) }
        #expect(isUnknown(await outcomes[0], .confirmTimeout))
        let second = try await broker.accept { try $0.welcomePublisher() }
        // A queue without its majority takes connections and messages as ever.
        try await eventually("it says so") {
            guard case .blocked(let reason) = publisher.status else { return false }
            return reason.contains("no confirm")
        }
        async let again = publisher.publish([message()])
        try await second.play { peer in
            try peer.hear(.basicPublish)
            try peer.say(.acknowledged(1))
        }
        guard case .confirmed = await again[0] else {
            Issue.record("a broker in doubt is not asked")
            return
        }
        try await eventually("it is trusted again") { publisher.status == .ready }
    }

    @Test func `a publisher that was refused is not ready on its next connection either, until a message is confirmed`()
        async throws
    {
        try await publishing { publisher in
            let first = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected") { publisher.status == .ready }
            async let refused = publisher.publish([message()])
            try await first.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.channelClose(403, "ACCESS_REFUSED"))
            }
            #expect(isUnknown(await refused[0], .channelClosed))
            let second = try await broker.accept { try $0.welcomePublisher() }
            // Until the connection stands, what is published comes back at once; what the peer hears proves that it does.
            let sending = Task {
                while !Task.isCancelled {
                    if case .confirmed = await publisher.publish([message()])[0] { return }
                }
            }
            defer { sending.cancel() }
            _ = try await second.play { try $0.hear(.basicPublish) }
            guard case .connecting(let reason?) = publisher.status else {
                Issue.record("\(publisher.status) before anything was confirmed")
                return
            }
            #expect(reason.contains("403"))
            try await second.play { try $0.say(.acknowledged(1)) }
            await sending.value
            #expect(publisher.status == .ready)
        }
    }

    @Test func `a confirm for what was never sent ends the connection and confirms nothing`() async throws {
        try await publishing { publisher in
            let peer = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected") { publisher.status == .ready }
            async let outcomes = publisher.publish([message()])
            try await peer.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.acknowledged(99))
            }
            #expect(isUnknown(await outcomes[0], .protocolViolation))
            _ = try await broker.accept()
        }
    }

    @Test func `blocked and unblocked show in the status and decide what is sent`() async throws {
        try await publishing { publisher in
            let peer = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected") { publisher.status == .ready }
            try await peer.play { try $0.say(.blocked("low on disk")) }
            try await eventually("it is blocked") { publisher.status == .blocked(reason: "low on disk") }
            #expect(isUnknown(await publisher.publish([message()])[0], .blocked), "nothing is written under an alarm")
            try await peer.play { try $0.say(.unblocked) }
            try await eventually("it is free") { publisher.status == .ready }
            async let outcomes = publisher.publish([message()])
            try await peer.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.acknowledged(1))
            }
            guard case .confirmed = await outcomes[0] else {
                Issue.record("not confirmed")
                return
            }
        }
    }

    @Test func `what was sent when an alarm came is in doubt soon, and its late confirm disturbs nobody`() async throws
    {
        try await publishing { publisher in
            let peer = try await broker.accept { try $0.welcomePublisher() }
            try await eventually("it is connected") { publisher.status == .ready }
            async let outcomes = publisher.publish([message(), message()])
            try await peer.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.blocked("low on memory"))
            }
            // Its own reason: not the patience with a broker that says nothing, which is ten times as long.
            for outcome in await outcomes { #expect(isUnknown(outcome, .blocked)) }
            try await peer.play { try $0.say(.acknowledged(1), .unblocked) }
            try await eventually("it is free") { publisher.status == .ready }
            async let next = publisher.publish([message()])
            try await peer.play { peer in
                try peer.hear(.basicPublish)
                try peer.say(.acknowledged(2))
            }
            guard case .confirmed = await next[0] else {
                Issue.record("not confirmed on the connection that stood through the alarm")
                return
            }
        }
    }

    @Test func `a delivery cut off by the channel's end is dropped, and comes whole on the next channel`() async throws
    {
        try await subscribing { subscriber in
            let first = try await broker.accept { peer in
                try peer.welcomeSubscriber()
                let frames = ScriptedFrame.delivery(1, "left", "right")
                try peer.say(frames[0], frames[1], frames[2], .channelClose(406, "PRECONDITION_FAILED"))
            }
            defer { withExtendedLifetime(first) {} }
            let second = try await broker.accept { peer in
                try peer.welcomeSubscriber()
                try peer.say(ScriptedFrame.delivery(1, "left", "right").flatMap(\.bytes))
            }
            let deliveries = try await subscriber.next(maximum: 10)
            #expect(deliveries.map { String(decoding: $0.body, as: UTF8.self) } == ["leftright"])
            #expect(deliveries[0].tag.generation == 2)
            await subscriber.acknowledge(deliveries.map(\.tag))
            _ = try await second.play { try $0.hear(.basicAck) }
        }
    }

    @Test func `a subscription ended by the broker is made again`() async throws {
        try await subscribing { subscriber in
            let first = try await broker.accept { peer in
                try peer.welcomeSubscriber()
                try peer.say(.cancel)
            }
            defer { withExtendedLifetime(first) {} }
            let second = try await broker.accept { peer in
                try peer.welcomeSubscriber()
                try peer.say(ScriptedFrame.delivery(1, "a", "b").flatMap(\.bytes))
            }
            defer { withExtendedLifetime(second) {} }
            #expect(try await subscriber.next(maximum: 10).count == 1)
        }
    }

    @Test func `heartbeats alone keep a connection, and frames after long quiet are read`() async throws {
        try await subscribing(heartbeat: .seconds(1)) { subscriber in
            let peer = try await broker.accept { peer in
                try peer.welcomeSubscriber(heartbeat: 1)
                // Each heartbeat of the client answered by one: five of them are longer than the two of silence that end a
                // connection.
                for _ in 0..<5 {
                    while try peer.hear().type != 8 {}
                    try peer.say(.heartbeat)
                }
                try peer.say(ScriptedFrame.delivery(1, "a", "b").flatMap(\.bytes))
            }
            defer { withExtendedLifetime(peer) {} }
            let deliveries = try await subscriber.next(maximum: 10)
            #expect(deliveries.first?.tag.generation == 1, "the first connection has lasted")
        }
    }

    @Test func `a peer that stops its heartbeats is given up, and what it says later is not heard`() async throws {
        try await subscribing(heartbeat: .seconds(1)) { subscriber in
            let first = try await broker.accept { try $0.welcomeSubscriber(heartbeat: 1) }
            let second = try await broker.accept()
            try? await first.play { try $0.say(ScriptedFrame.delivery(9, "late", "").flatMap(\.bytes)) }
            try await second.play { peer in
                try peer.welcomeSubscriber(heartbeat: 1)
                try peer.say(ScriptedFrame.delivery(1, "in ", "time").flatMap(\.bytes))
            }
            let deliveries = try await subscriber.next(maximum: 10)
            #expect(deliveries.map { String(decoding: $0.body, as: UTF8.self) } == ["in time"])
        }
    }

    @Test func `a publisher stuck in a peer that does not read is broken loose by the watchdog`() async throws {
        try await publishing(heartbeat: .seconds(1), requestTimeout: .seconds(1)) { publisher in
            let first = try await broker.accept { try $0.welcomePublisher(heartbeat: 1) }
            try await eventually("it is connected") { publisher.status == .ready }
            let clock = ContinuousClock()
            let start = clock.now
            // Far more than the kernel's buffers hold: the library's call waits for room without any limit.
            async let outcomes = publisher.publish([message(32 << 20)])
            let outcome = await outcomes[0]
            // Later versions (0.15) mind the heartbeat while they wait for room; 0.11 is broken loose by the watchdog alone.
            #expect(isUnknown(outcome, .connectionLost) || isUnknown(outcome, .heartbeatTimeout))
            // Twice the heartbeat, the request's time, the watchdog's own second, and as much again for a busy machine.
            #expect(clock.now - start < .seconds(15))
            let second = try await broker.accept { try $0.welcomePublisher() }
            defer { withExtendedLifetime(second) {} }
            try await eventually("it is connected again") { publisher.status == .ready }
            withExtendedLifetime(first) {}
        }
    }

    @Test func `an address that takes connections and says nothing is passed over within the limit`() async throws {
        var configuration = try TestStack().broker()
        configuration.addresses.insert(.init(host: "127.0.0.1", port: broker.port), at: 0)
        configuration.connectTimeout = .seconds(1)
        let clock = ContinuousClock()
        let start = clock.now
        let publisher = Publisher(configuration: configuration, logger: .silent)
        let run = Task { await publisher.run() }
        try await eventually("it is connected to the second") { publisher.status == .ready }
        #expect(clock.now - start > .milliseconds(900), "the first address was tried")
        #expect(clock.now - start < .seconds(5))
        run.cancel()
        await run.value
        let again = clock.now
        try await BrokerAdministration.connected(configuration) { _ in }
        #expect(clock.now - again < .seconds(5), "for administration too")
    }
}
