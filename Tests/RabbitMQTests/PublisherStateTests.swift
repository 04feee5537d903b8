import Support
import Testing
import Threads

@testable import RabbitMQ

struct PublisherStateTests {
    private func message(_ id: String = "m", size: Int = 10, isMandatory: Bool = false) -> OutgoingMessage {
        OutgoingMessage(
            exchange: "e",
            routingKey: "k",
            isMandatory: isMandatory,
            properties: MessageProperties(messageID: id),
            body: [UInt8](repeating: 0, count: size)
        )
    }

    /// A state whose connection has proved itself by one confirm.
    private func proven(window: Int = 10, byteWindow: Int = 1 << 20) -> PublisherState {
        var state = PublisherState(window: window, byteWindow: byteWindow)
        _ = state.submit([message()])
        _ = state.send(at: .now)
        _ = state.settle(tag: 1, multiple: false, isRefused: false)
        return state
    }

    private func names(_ outcomes: [PublishOutcome]?) -> [String]? {
        outcomes?.map {
            switch $0 {
            case .confirmed: "confirmed"
            case .returned: "returned"
            case .refused: "refused"
            case .unknown: "unknown"
            }
        }
    }

    @Test func `the first message of a connection goes alone until it is confirmed`() {
        var state = PublisherState(window: 10, byteWindow: 1 << 20)
        _ = state.submit([message(), message(), message()])
        #expect(state.maySend)
        _ = state.send(at: .now)
        #expect(!state.maySend)
        _ = state.settle(tag: 1, multiple: false, isRefused: false)
        #expect(state.maySend)
    }

    @Test func `a batch is complete when its last message is settled, in any order`() {
        var state = proven()
        _ = state.submit([message(), message(), message()])
        for _ in 0..<3 { _ = state.send(at: .now) }
        #expect(state.settle(tag: 4, multiple: false, isRefused: false)?.isEmpty == true)
        #expect(state.settle(tag: 2, multiple: false, isRefused: true)?.isEmpty == true)
        let done = state.settle(tag: 3, multiple: true, isRefused: false)
        #expect(names(done?.first?.outcomes) == ["refused", "confirmed", "confirmed"])
        #expect(state.isIdle)
    }

    @Test func `a return makes of the confirm that follows it a returned message`() {
        var state = proven()
        _ = state.submit([message("a", isMandatory: true), message("b", isMandatory: true)])
        for _ in 0..<2 { _ = state.send(at: .now) }
        state.noteReturn(messageID: "b", code: 312, reason: "NO_ROUTE")
        let done = state.settle(tag: 3, multiple: true, isRefused: false)
        #expect(names(done?.first?.outcomes) == ["confirmed", "returned"])
    }

    @Test func `neither window is overrun`() {
        var state = proven(window: 3)
        _ = state.submit((0..<9).map { _ in message() })
        var sent = 0
        while state.maySend {
            _ = state.send(at: .now)
            sent += 1
        }
        #expect(sent == 3)
        var narrow = proven(byteWindow: 2_000)
        _ = narrow.submit([message(size: 900), message(size: 900), message(size: 9_000)])
        _ = narrow.send(at: .now)
        #expect(!narrow.maySend, "912 and 1,412 bytes are more than 2,000")
        _ = narrow.settle(tag: 2, multiple: false, isRefused: false)
        _ = narrow.send(at: .now)
        _ = narrow.settle(tag: 3, multiple: false, isRefused: false)
        #expect(narrow.maySend, "a message over the whole window goes alone")
    }

    @Test func `a lost channel leaves everything unknown, the sent and the queued`() {
        var state = proven(window: 2)
        _ = state.submit([message(), message(), message()])
        _ = state.send(at: .now)
        _ = state.send(at: .now)
        _ = state.settle(tag: 2, multiple: false, isRefused: false)
        let done = state.fail(BrokerError(.connectionLost, "cut"))
        #expect(names(done.first?.outcomes) == ["confirmed", "unknown", "unknown"])
        #expect(state.isIdle)
        _ = state.submit([message()])
        _ = state.send(at: .now)
        #expect(
            names(state.settle(tag: 1, multiple: false, isRefused: false)?.first?.outcomes) == ["confirmed"],
            "tags begin anew"
        )
    }

    @Test func `a confirm for what was never sent is noticed`() {
        var state = proven()
        #expect(state.settle(tag: 99, multiple: false, isRefused: false) == nil)
    }

    @Test func `a confirm that comes after it was given up changes nothing`() {
        var state = proven()
        _ = state.submit([message()])
        _ = state.send(at: .now)
        #expect(names(state.expire(BrokerError(.confirmTimeout, "late")).first?.outcomes) == ["unknown"])
        #expect(state.settle(tag: 2, multiple: false, isRefused: false)?.isEmpty == true)
    }

    @Test(arguments: 0..<40) func `random confirms settle every message exactly once`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var state = proven(window: 50)
        var (sent, settled): (UInt64, Set<UInt64>) = (1, [1])
        var (submitted, completed) = (0, 0)
        for _ in 0..<400 {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let count = Int.random(in: 1...5, using: &generator)
                _ = state.submit((0..<count).map { _ in message() })
                submitted += count
            case 1:
                while state.maySend {
                    _ = state.send(at: .now)
                    sent += 1
                }
            default:
                guard let tag = (1...sent).filter({ !settled.contains($0) }).randomElement(using: &generator) else {
                    continue
                }
                let multiple = Bool.random(using: &generator)
                if multiple { settled.formUnion(1...tag) } else { settled.insert(tag) }
                completed +=
                    state.settle(tag: tag, multiple: multiple, isRefused: false)?.reduce(0) { $0 + $1.outcomes.count }
                    ?? -1_000_000
            }
        }
        completed += state.fail(BrokerError(.connectionLost, "")).reduce(0) { $0 + $1.outcomes.count }
        #expect(completed == submitted)
        #expect(state.isIdle)
    }
}

struct SettlementStateTests {
    private func tags(_ numbers: UInt64...) -> [DeliveryTag] { numbers.map { DeliveryTag(generation: 1, number: $0) } }

    @Test func `an unbroken run is acknowledged with one frame`() {
        var state = SettlementState(generation: 1)
        #expect(state.settle(tags(1, 2, 3)) == .init(tag: 3, multiple: true))
        #expect(!state.hasDeferred)
    }

    @Test func `what lies above a gap waits until it closes`() {
        var state = SettlementState(generation: 1)
        #expect(state.settle(tags(3, 4)) == nil)
        #expect(state.hasDeferred)
        #expect(state.settle(tags(1, 2)) == .init(tag: 4, multiple: true))
    }

    @Test func `what has waited too long is acknowledged alone and never named again`() {
        var state = SettlementState(generation: 1)
        _ = state.settle(tags(3))
        #expect(state.flushDeferred() == [.init(tag: 3, multiple: false)])
        #expect(state.flushDeferred() == [])
        #expect(state.settle(tags(1, 2)) == .init(tag: 2, multiple: true), "the broker knows 3 no longer")
        #expect(state.settle(tags(4)) == .init(tag: 4, multiple: true))
    }

    @Test func `tags of an earlier connection are dropped`() {
        var state = SettlementState(generation: 2)
        #expect(state.settle(tags(1, 2)) == nil)
        #expect(!state.hasDeferred)
    }
}

struct BackoffTests {
    private let configuration = BrokerConfiguration(addresses: [.init(host: "h")], user: "u", password: "geheim")

    @Test func `pauses are drawn from the whole range below a doubled and capped ceiling`() {
        var generator = SeededGenerator(seed: 1)
        for attempt in [0, 1, 5, 200] {
            let ceiling = min(Duration.seconds(10), .milliseconds(100) * (1 << min(attempt, 20)))
            let pauses = (0..<500).map { _ in configuration.backoff(attempt: attempt, using: &generator) }
            #expect(pauses.allSatisfy { $0 >= .zero && $0 <= ceiling })
            #expect(pauses.contains { $0 < ceiling / 4 }, "full jitter: fifty clients must not come back at once")
            #expect(pauses.contains { $0 > ceiling / 4 * 3 })
        }
    }

    @Test func `no description of a configuration shows its password`() {
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("geheim"))
        }
    }
}
