import Foundation
import Support
import Synchronization

/// The broker's end of one connection, played by a test: it says what a test tells it to, byte for byte.
///
/// Its calls block, and so each part of the script runs on a thread of its own.
final class ScriptedPeer: Sendable {
    /// The client did not say what was expected of it.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// How long the client is waited for, in milliseconds.
    static let patience: Int32 = 60_000

    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// A peer and the client's end of its connection, without a network between them.
    static func pair() -> (peer: ScriptedPeer, client: Int32) {
        var ends: [Int32] = [-1, -1]
        let status = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        precondition(status == 0, "socketpair failed: errno \(errno)")
        // The library waits by poll and expects its descriptors not to block.
        _ = fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK)
        return (ScriptedPeer(ends[0]), ends[1])
    }

    /// Plays a part of the script on the peer's own thread.
    func play<Result: Sendable>(_ part: @escaping @Sendable (ScriptedPeer) throws -> Result) async throws -> Result {
        try await onOwnThread { try part(self) }
    }

    func say(_ frames: ScriptedFrame...) throws { try say(frames.flatMap(\.bytes)) }

    func say(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let step = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard step > 0 else { throw Unexpected(description: "the client has hung up: errno \(errno)") }
            sent += step
        }
    }

    /// Reads until a method comes; what comes before it is passed over.
    @discardableResult
    func hear(_ method: ScriptedFrame.Method) throws -> ScriptedFrame {
        while true {
            let frame = try hear()
            if frame.method == method { return frame }
        }
    }

    /// Reads one frame.
    func hear() throws -> ScriptedFrame {
        let head = try read(7)
        let size = head[3...].reduce(0) { $0 << 8 | Int($1) }
        let rest = try read(size + 1)
        guard rest.last == 0xCE else { throw Unexpected(description: "a frame without its end") }
        return ScriptedFrame(
            type: head[0],
            channel: UInt16(head[1]) << 8 | UInt16(head[2]),
            payload: Array(rest.dropLast())
        )
    }

    /// Waits for the client to hang up, whatever it says before that.
    func hearEnd() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Self.patience) == 1 else { throw Unexpected(description: "the client stays") }
            // An end by reset is one too.
            if recv(descriptor, &buffer, buffer.count, 0) <= 0 { return }
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Self.patience) == 1 else { throw Unexpected(description: "the client says nothing") }
            let step = bytes[have...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard step > 0 else { throw Unexpected(description: "the client has hung up") }
            have += step
        }
        return bytes
    }

    /// Goes through the login with a client, up to its open channel.
    func welcome(heartbeat: UInt16 = 10) throws {
        let greeting = try read(8)
        guard greeting == Array("AMQP".utf8) + [0, 0, 9, 1] else {
            throw Unexpected(description: "not the protocol's header: \(greeting)")
        }
        try say(.start)
        try hear(.connectionStartOK)
        try say(.tune(heartbeat: heartbeat))
        try hear(.connectionTuneOK)
        try hear(.connectionOpen)
        try say(.connectionOpened)
        try hear(.channelOpen)
        try say(.channelOpened)
    }

    /// Welcomes a publisher.
    func welcomePublisher(heartbeat: UInt16 = 10) throws {
        try welcome(heartbeat: heartbeat)
        try hear(.confirmSelect)
        try say(.confirmsSelected)
    }

    /// Welcomes a subscriber.
    func welcomeSubscriber(heartbeat: UInt16 = 10) throws {
        try welcome(heartbeat: heartbeat)
        try hear(.basicQos)
        try say(.qosDone)
        try hear(.basicConsume)
        try say(.consuming)
    }
}

/// A port on loopback behind which a test answers each connection by a ``ScriptedPeer``.
final class ScriptedBroker: Sendable {
    /// Where to connect.
    let port: Int
    private let listener: Int32

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0, "bind failed: errno \(errno)")
                precondition(listen(listener, 16) == 0, "listen failed: errno \(errno)")
                _ = getsockname(listener, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
    }

    deinit { Glibc.close(listener) }

    /// The next connection; the kernel has taken it before, so that a test that never asks is a broker that never answers.
    ///
    /// - Parameter part: played at once and on the same thread. Between two awaits of a test among hundreds whole seconds may
    ///   pass, and the client's own limits run.
    func accept(_ part: @escaping @Sendable (ScriptedPeer) throws -> Void = { _ in }) async throws -> ScriptedPeer {
        try await onOwnThread { [listener] in
            var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, ScriptedPeer.patience) == 1 else {
                throw ScriptedPeer.Unexpected(description: "nobody connects")
            }
            let peer = ScriptedPeer(Glibc.accept(listener, nil, nil))
            try part(peer)
            return peer
        }
    }
}
