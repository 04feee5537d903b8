import Foundation
import Synchronization

/// A TCP relay on loopback that a test can pause, cut and reset: the network's faults without a network.
package final class TCPProxy: Sendable {
    private struct State {
        var isPaused = false
        /// Requests go through and answers do not.
        var isMuted = false
        /// Every new connection is closed at once, as by a port that nobody listens on.
        var isRefusing = false
        var isOpen = true
        /// The accepting thread has closed the listener, whose number may be another's since.
        var isListenerClosed = false
        /// When connections came in.
        var arrivals: [ContinuousClock.Instant] = []
        /// Client and server sockets of each connection.
        var pairs: [(Int32, Int32)] = []
        var forwarded = 0
    }

    /// Where to connect.
    package let port: Int
    private let listener: Int32
    private let target: Int
    private let state = Mutex(State())

    /// Listens on a port of the kernel's choice and relays to `target` on loopback.
    package init(to target: Int) {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(0)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = bind(listener, $0, length) }
        }
        listen(listener, 64)
        var actual = length
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(listener, $0, &actual) }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    /// Stops relaying; connections stay open and silent, as when a cable is pulled.
    package func pause() { state.withLock { $0.isPaused = true } }
    /// Lets requests through and keeps the answers back.
    package func mute() { state.withLock { $0.isMuted = true } }
    /// Ends every connection, and each new one as soon as it comes, until ``resume()``.
    package func refuse() {
        state.withLock { $0.isRefusing = true }
        cut()
    }
    /// When connections came in, those refused too.
    package var arrivals: [ContinuousClock.Instant] { state.withLock { $0.arrivals } }
    /// Relays again, the bytes that have piled up first.
    package func resume() {
        state.withLock { state in
            state.isPaused = false
            state.isMuted = false
            state.isRefusing = false
        }
    }
    /// The bytes relayed so far.
    package var forwarded: Int { state.withLock { $0.forwarded } }

    /// Ends every connection, both ends of it; new ones are taken.
    package func cut() {
        state.withLock { state in
            for (client, server) in state.pairs {
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
            }
            state.pairs = []
        }
    }

    /// Ends everything.
    package func close() {
        state.withLock { state in
            state.isOpen = false
            if !state.isListenerClosed { shutdown(listener, Int32(SHUT_RDWR)) }
        }
        cut()
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func accept() {
        while state.withLock({ $0.isOpen }) {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { continue }
            let isRefused = state.withLock { state in
                state.arrivals.append(.now)
                return state.isRefusing
            }
            guard !isRefused else {
                Glibc.close(client)
                continue
            }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(target)
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard status == 0 else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            state.withLock { $0.pairs.append((client, server)) }
            Thread.detachNewThread { [self] in relay(client, server) }
        }
        state.withLock { state in
            Glibc.close(listener)
            state.isListenerClosed = true
        }
    }

    private func relay(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var ends = [
            pollfd(fd: client, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        ]
        relaying: while true {
            // Woken at least every 10 ms, to see whether it is paused.
            guard poll(&ends, 2, 10) >= 0 else { break }
            if state.withLock({ $0.isPaused }) {
                ends[0].revents = 0
                ends[1].revents = 0
                _ = poll(nil, 0, 5)
                continue
            }
            // An end that is not read stays readable; asking for it again would only spin.
            ends[1].events = state.withLock { $0.isMuted } ? 0 : Int16(POLLIN)
            for (source, target, events) in [(client, server, ends[0].revents), (server, client, ends[1].revents)]
            where events != 0 {
                let count = read(source, &buffer, buffer.count)
                guard count > 0 else { break relaying }
                var sent = 0
                while sent < count {
                    let step = buffer.withUnsafeBytes {
                        send(target, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                    }
                    guard step > 0 else { break relaying }
                    sent += step
                }
                state.withLock { $0.forwarded += count }
            }
        }
        state.withLock { state in state.pairs.removeAll { $0.0 == client } }
        Glibc.close(client)
        Glibc.close(server)
    }
}
