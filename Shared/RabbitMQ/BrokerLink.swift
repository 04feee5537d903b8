import Glibc
import Logging
import Synchronization
import Threads

/// The life of one connection: connecting to one address after another, backing off, losing, and trying again.
///
/// Not Sendable: it belongs to the actor of a ``Publisher`` or ``Subscriber`` and its thread.
final class BrokerLink {
    let configuration: BrokerConfiguration
    let pulse: Pulse
    private(set) var handle: BrokerHandle?
    /// Counts the connections made.
    private(set) var generation: UInt64 = 0
    private let logger: Logger
    private var attempt = 0
    private var nextAttempt: MonotonicTime?
    private var generator = SystemRandomNumberGenerator()

    init(configuration: BrokerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        pulse = Pulse(limit: configuration.heartbeat * 2 + configuration.requestTimeout)
    }

    /// Begins to connect at the next turn of the thread.
    func start() {
        guard handle == nil, nextAttempt == nil else { return }
        nextAttempt = .now
    }

    /// What the thread waits for: the socket, a heartbeat, an attempt, or the caller's own deadline.
    func waiting(forWriting: Bool, deadline: MonotonicTime?) -> Waiting {
        guard let handle else { return Waiting(deadline: nextAttempt) }
        // Heartbeats are sent and checked inside library calls alone: come round at least this often.
        let heartbeat = MonotonicTime.now + configuration.heartbeat / 2
        return Waiting(
            descriptor: handle.descriptor >= 0 ? handle.descriptor : nil,
            forWriting: forWriting,
            deadline: deadline.map { min($0, heartbeat) } ?? heartbeat
        )
    }

    /// Connects when an attempt is due.
    ///
    /// - Parameters:
    ///   - status: how the connection stands once it is made.
    ///   - prepare: makes the fresh channel ready; its failure is the attempt's.
    /// - Returns: whether a connection was made just now.
    func connectIfDue(status: ConnectionStatus = .ready, _ prepare: (BrokerHandle) throws(BrokerError) -> Void) -> Bool
    {
        guard handle == nil, let due = nextAttempt, due <= .now else { return false }
        let address = configuration.addresses[attempt % configuration.addresses.count]
        do throws(BrokerError) {
            pulse.enter()
            defer { pulse.leave() }
            let handle = try BrokerHandle(configuration, address) { pulse.watch($0) }
            try prepare(handle)
            self.handle = handle
        } catch {
            fail(error)
            return false
        }
        generation += 1
        attempt = 0
        nextAttempt = nil
        pulse.status = status
        logger.info("broker connected", metadata: ["address": "\(address.host):\(address.port)"])
        return true
    }

    /// Drops the connection and plans the next attempt.
    func lose(_ error: BrokerError) {
        handle = nil
        pulse.watch(nil)
        fail(error)
    }

    /// Ends for good, or until ``start()``.
    func close(politely: Bool, status: ConnectionStatus) {
        pulse.enter()
        if politely { handle?.close() }
        pulse.leave()
        handle = nil
        nextAttempt = nil
        attempt = 0
        pulse.watch(nil)
        pulse.status = status
    }

    private func fail(_ error: BrokerError) {
        let pause = configuration.backoff(attempt: attempt, using: &generator)
        if attempt == 0 {
            logger.warning("broker connection lost", metadata: ["error": "\(error)"])
        }
        attempt += 1
        nextAttempt = .now + pause
        pulse.status = .connecting(reason: error.description)
    }
}

/// What other threads may know of a connection and do to it: read its status, and break it when it hangs.
///
/// librabbitmq has calls without any time limit (publishing into a full buffer, heartbeats sent from a wait). Another
/// thread may not touch the library's state, but it may shut the socket down, which ends every such call.
final class Pulse: Sendable {
    private struct State {
        var status: ConnectionStatus = .connecting(reason: nil)
        var busySince: MonotonicTime?
        /// A duplicate of the descriptor: the library may close its own at any time and the number be used again.
        var descriptor: Int32?
    }

    private let state = Mutex(State())
    private let limit: Duration

    init(limit: Duration) {
        self.limit = limit
    }

    deinit {
        if let descriptor = state.withLock({ $0.descriptor }) { Glibc.close(descriptor) }
    }

    /// How the connection stands.
    var status: ConnectionStatus {
        get { state.withLock { $0.status } }
        set { state.withLock { $0.status = newValue } }
    }

    /// Notes that a call into the library begins, and that it has ended.
    func enter() { state.withLock { $0.busySince = .now } }
    func leave() { state.withLock { $0.busySince = nil } }

    /// Takes a new descriptor under watch; nil for none.
    func watch(_ descriptor: Int32?) {
        let copy = descriptor.flatMap { $0 >= 0 ? dup($0) : nil }
        let old = state.withLock { state in
            defer { state.descriptor = copy }
            return state.descriptor
        }
        if let old { Glibc.close(old) }
    }

    /// Breaks a connection whose thread has been inside one call for longer than the limit.
    ///
    /// - Returns: whether it did.
    @discardableResult
    func breakIfStuck(at time: MonotonicTime = .now) -> Bool {
        state.withLock { state in
            guard let since = state.busySince, time - since > limit, let descriptor = state.descriptor else {
                return false
            }
            shutdown(descriptor, Int32(SHUT_RDWR))
            return true
        }
    }
}

/// Runs a connection's actor until the task is cancelled, with the watchdog beside it on a thread of the pool.
func superviseUntilCancelled(_ pulse: Pulse) async {
    // A call may hang for the limit and one such look; a second is short beside any limit.
    while (try? await Task.sleep(for: .seconds(1))) != nil { pulse.breakIfStuck() }
}
