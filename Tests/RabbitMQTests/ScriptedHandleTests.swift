import Foundation
import Support
import Testing
import Threads

@testable import RabbitMQ

/// What the client makes of a broker's bytes, whole, broken and wrong; each test plays the broker itself.
@Suite(.timeLimit(.minutes(5)))
actor ScriptedHandleTests {
    /// The handle's calls block: they have a thread of their own, as in the client.
    private let executor = ThreadExecutor(name: "test")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    deinit { executor.stop() }

    private static let configuration = BrokerConfiguration(
        addresses: [],
        user: "u",
        password: "p",
        connectTimeout: .seconds(2),
        requestTimeout: .seconds(2)
    )

    /// Logs a client in to a scripted peer.
    private func connected() async throws -> (peer: ScriptedPeer, handle: BrokerHandle) {
        let (peer, client) = ScriptedPeer.pair()
        async let welcomed: Void = peer.play { try $0.welcome() }
        let handle = try BrokerHandle(adopting: client, Self.configuration)
        try await welcomed
        return (peer, handle)
    }

    /// Everything that the handle makes of what has arrived.
    private func drain(_ handle: BrokerHandle) -> [Incoming] {
        var all: [Incoming] = []
        while true {
            switch handle.next() {
            case .none: return all
            case .other: continue
            case .closed(let error): return all + [.closed(error)]
            case let incoming: all.append(incoming)
            }
        }
    }

    private func error(_ incoming: [Incoming]) -> BrokerError? {
        if case .closed(let error)? = incoming.last { error } else { nil }
    }

    @Test func `a delivery cut in two at any byte is put together`() async throws {
        let (peer, handle) = try await connected()
        let length = ScriptedFrame.delivery(1, "件件有", "回音").flatMap(\.bytes).count
        for cut in 1..<length {
            let tag = UInt64(cut)
            let bytes = ScriptedFrame.delivery(tag, "件件有", "回音").flatMap(\.bytes)
            try peer.say(bytes[..<cut])
            #expect(drain(handle).isEmpty, "cut at \(cut)")
            try peer.say(bytes[cut...])
            let incoming = drain(handle)
            guard incoming.count == 1,
                case .delivery(let got, false, "", "q", let properties, let body) = incoming[0]
            else {
                Issue.record("cut at \(cut): \(incoming)")
                return
            }
            #expect(got == tag)
            #expect(properties.messageID == "m\(tag)")
            #expect(String(decoding: body, as: UTF8.self) == "件件有回音")
        }
    }

    @Test func `deliveries that trickle in byte by byte come out whole and in order`() async throws {
        let (peer, handle) = try await connected()
        var tags: [UInt64] = []
        for byte in (1...3).flatMap({ ScriptedFrame.delivery($0, "a", "b") }).flatMap(\.bytes) {
            try peer.say([byte])
            for case .delivery(let tag, _, _, _, _, _) in drain(handle) { tags.append(tag) }
        }
        #expect(tags == [1, 2, 3])
    }

    @Test func `what concerns the connection may come between the frames of a delivery`() async throws {
        let (peer, handle) = try await connected()
        let frames = ScriptedFrame.delivery(7, "left", "right")
        try peer.say(frames[0], .heartbeat, frames[1], .blocked("low on memory"), frames[2], .unblocked, frames[3])
        let incoming = drain(handle)
        guard incoming.count == 3, case .blocked("low on memory") = incoming[0], case .unblocked = incoming[1],
            case .delivery(7, _, _, _, _, let body) = incoming[2]
        else {
            Issue.record("\(incoming)")
            return
        }
        #expect(String(decoding: body, as: UTF8.self) == "leftright")
    }

    @Test func `an empty body is a delivery, and has no body frame`() async throws {
        let (peer, handle) = try await connected()
        try peer.say(.deliver(1), .header(size: 0, messageID: "m"))
        guard case .delivery(1, _, _, _, _, let body)? = drain(handle).first else {
            Issue.record("kept back")
            return
        }
        #expect(body.isEmpty)
    }

    @Test func `a frame with a wrong end is an error of the protocol`() async throws {
        let (peer, handle) = try await connected()
        var frame = ScriptedFrame.deliver(1)
        frame.end = 0
        try peer.say(frame)
        #expect(error(drain(handle))?.code == .protocolViolation)
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", String(repeating: "滨江", count: 50)])
    func `garbage between frames ends the connection`(garbage: String) async throws {
        let (peer, handle) = try await connected()
        try peer.say(ScriptedFrame.delivery(1, "a", "b").flatMap(\.bytes) + Array(garbage.utf8))
        let incoming = drain(handle)
        guard case .delivery(1, _, _, _, _, _)? = incoming.first else {
            Issue.record("what came before the garbage is lost: \(incoming)")
            return
        }
        #expect(error(incoming)?.code == .protocolViolation)
    }

    @Test func `contents out of turn end the connection`() async throws {
        for frames: [ScriptedFrame] in [
            [.header(size: 1, messageID: "m")],
            [.body("x")],
            [.deliver(1), .body("x")],
            [.deliver(1), .header(size: 2, messageID: "m"), .header(size: 2, messageID: "m")],
            [.deliver(1), .header(size: 2, messageID: "m"), .body("xyz")],
        ] {
            let (peer, handle) = try await connected()
            try peer.say(frames.flatMap(\.bytes))
            #expect(error(drain(handle))?.code == .protocolViolation, "\(frames.map(\.type))")
        }
    }

    @Test func `a channel closed in the middle of a delivery gives its reason and no delivery`() async throws {
        let (peer, handle) = try await connected()
        let frames = ScriptedFrame.delivery(1, "left", "right")
        try peer.say(frames[0], frames[1], frames[2], .channelClose(406, "PRECONDITION_FAILED - delivery timeout"))
        let incoming = drain(handle)
        #expect(incoming.count == 1)
        #expect(error(incoming)?.code == .channelClosed)
        #expect(error(incoming)?.replyCode == 406)
        #expect(error(incoming)?.message.contains("timeout") == true)
    }

    @Test func `a connection closed by the broker and one dropped are told apart by the code`() async throws {
        let (peer, handle) = try await connected()
        try peer.say(.connectionClose(320, "CONNECTION_FORCED"))
        let forced = error(drain(handle))
        #expect(forced?.code == .connectionLost)
        #expect(forced?.replyCode == 320)
        let dropped: BrokerHandle
        do {
            let (peer, handle) = try await connected()
            dropped = handle
            withExtendedLifetime(peer) {}
        }
        // The thread that played the peer's part may hold it for a moment longer.
        var end: BrokerError?
        try await eventually("the end is seen") {
            end = error(drain(dropped))
            return end != nil
        }
        #expect(end?.code == .connectionLost)
        #expect(end?.replyCode == nil)
    }

    @Test func `a peer that is no broker, or says nothing, is refused in time`() async throws {
        let clock = ContinuousClock()
        for words in ["HTTP/1.1 400 Bad Request\r\n\r\n", "AMQP\u{1}\u{1}\u{0}\u{A}", ""] {
            let (peer, client) = ScriptedPeer.pair()
            try peer.say(words.utf8)
            let start = clock.now
            let error = #expect(throws: BrokerError.self) {
                _ = try BrokerHandle(adopting: client, Self.configuration)
            }
            #expect(error?.code == .connectionLost || error?.code == .protocolViolation, "\(words): \(error as Any)")
            #expect(clock.now - start < .seconds(4), "the configured limit is 2 s")
        }
    }

    @Test func `the watchdog breaks a connection that is stuck in a call, and no other`() async throws {
        let (peer, client) = ScriptedPeer.pair()
        defer { close(client) }
        let pulse = Pulse(limit: .seconds(30))
        pulse.watch(client)
        #expect(!pulse.breakIfStuck(at: .now + .seconds(100)), "no call is under way")
        pulse.enter()
        #expect(!pulse.breakIfStuck(at: .now + .seconds(29)))
        pulse.leave()
        #expect(!pulse.breakIfStuck(at: .now + .seconds(100)), "the call has ended")
        pulse.enter()
        #expect(pulse.breakIfStuck(at: .now + .seconds(31)))
        try await peer.play { try $0.hearEnd() }
    }
}
