import Glibc
package import Logging
package import Threads

/// Publishes messages on one connection of its own and tells what became of each; connects again when it is lost.
///
/// Messages and acknowledgements never share a connection: an alarm stops everything on one that publishes.
package actor Publisher: DescriptorActor {
    /// How long a stopping publisher waits for the confirms of what it has sent.
    private static let drainLimit: Duration = .seconds(5)
    /// How long a connection goes on after its first refusal, when there are more.
    ///
    /// A channel that publishes to a quorum queue for the first time while that has no leader is refused everything from then
    /// on, also when the queue is well again (RabbitMQ 3.10.8, seen with a killed leader); a new one is not. To a queue that is
    /// full a new connection at this interval does no harm.
    private static let refusalLimit: Duration = .seconds(15)
    /// The age from which on a message without a confirm counts as in doubt while an alarm lasts.
    ///
    /// What the broker had read before it stopped reading it confirms within milliseconds, the rest when the alarm ends, hours
    /// later perhaps; a consumer that waits for the confirm of a small batch leaves its queue alone meanwhile.
    private static let patienceUnderAlarm: Duration = .seconds(1)

    private let executor = ThreadExecutor(name: "publisher")
    private let link: BrokerLink
    private let pulse: Pulse
    private var state: PublisherState
    private var waiters: [UInt64: CheckedContinuation<[PublishOutcome], Never>] = [:]
    private var drained: CheckedContinuation<Void, Never>?
    private var blocked: String?
    /// When this connection's first message was refused.
    private var refusedSince: MonotonicTime?
    /// Why the broker is not trusted to take messages, and until when an idle publisher stays in doubt; none: until a confirm.
    ///
    /// A new connection proves nothing: a queue without its majority takes messages and confirms none, and a right or an
    /// exchange that is missing closes the channel again at the next message.
    private var doubt: (status: ConnectionStatus, until: MonotonicTime?)?
    /// The socket had no room at the last attempt to send.
    private var isCongested = false

    /// The thread on which everything of this connection happens.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Creates a publisher; ``run()`` connects it.
    package init(configuration: BrokerConfiguration, logger: Logger) {
        let link = BrokerLink(configuration: configuration, logger: logger)
        pulse = link.pulse
        self.link = link
        state = PublisherState(window: configuration.confirmWindow, byteWindow: configuration.byteWindow)
        executor.serve(self)
    }

    deinit { executor.stop() }

    /// How the connection stands.
    package nonisolated var status: ConnectionStatus { pulse.status }

    /// Keeps the connection until the task is cancelled, then waits a moment for confirms and closes.
    package nonisolated func run() async {
        await start()
        await superviseUntilCancelled(pulse)
        await stop()
    }

    /// Publishes a batch and returns each message's outcome, in order.
    ///
    /// Never waits for a connection: without one, or under an alarm, the outcome is `.unknown` at once.
    package func publish(_ messages: [OutgoingMessage]) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        let obstacle: BrokerError? =
            if let blocked {
                BrokerError(.blocked, blocked)
            } else if link.handle == nil {
                BrokerError(.notConnected, "no connection")
            } else {
                nil
            }
        if let obstacle { return messages.map { _ in .unknown(obstacle) } }
        return await withCheckedContinuation { continuation in
            // Registered before anything is written, so that the fastest confirm finds who waits for it.
            waiters[state.submit(messages)] = continuation
            pump()
        }
    }

    /// For the thread.
    package func waiting() -> Waiting {
        link.waiting(forWriting: isCongested, deadline: state.oldest.map { $0 + confirmPatience })
    }

    /// For the thread.
    package func wake() {
        if link.handle == nil {
            let isConnected = link.connectIfDue(status: settled) { handle throws(BrokerError) in
                try handle.selectConfirms()
            }
            guard isConnected else { return }
            blocked = nil
        }
        pump()
        if let until = doubt?.until, until <= .now, state.isIdle { trust() }
        guard let oldest = state.oldest, oldest + confirmPatience <= .now else { return }
        // A new connection would fare no better under the same alarm.
        if let blocked { return complete(state.expire(BrokerError(.blocked, blocked))) }
        let error = BrokerError(.confirmTimeout, "no confirm within \(confirmPatience)")
        // Who has nothing to send for a while has nothing to learn from either.
        doubt = (.blocked(reason: error.description), .now + link.configuration.confirmTimeout * 2)
        lose(error)
    }

    /// How long a message may be without a confirm.
    private var confirmPatience: Duration {
        let limit = link.configuration.confirmTimeout
        return blocked == nil ? limit : min(limit, Self.patienceUnderAlarm)
    }

    /// The status of a connection that stands and is not blocked.
    private var settled: ConnectionStatus {
        doubt?.status ?? .ready
    }

    private func start() { link.start() }

    private func stop() async {
        if !state.isIdle, link.handle != nil, blocked == nil {
            await withTaskGroup { group in
                group.addTask { await self.waitUntilDrained() }
                group.addTask {
                    // Cancelled tasks cannot sleep: the limit is kept by a task of its own that is not.
                    await Task.detached { try? await Task.sleep(for: Self.drainLimit) }.value
                    await self.resumeDrained()
                }
                await group.next()
                group.cancelAll()
                resumeDrained()
            }
        }
        link.close(politely: true, status: .closed)
        complete(state.fail(BrokerError(.notConnected, "closed")))
    }

    private func waitUntilDrained() async {
        await withCheckedContinuation { continuation in
            guard !state.isIdle else { return continuation.resume() }
            drained = continuation
        }
    }

    private func resumeDrained() {
        drained?.resume()
        drained = nil
    }

    /// Reads what has come, then sends what may go: in this order, because of the hang described at
    /// ``BrokerHandle/publish(_:)``.
    private func pump() {
        pulse.enter()
        defer { pulse.leave() }
        guard drain() else { return }
        isCongested = false
        while state.maySend, let handle = link.handle {
            guard handle.hasRoom else {
                isCongested = true
                return
            }
            let message = state.send(at: .now)
            do throws(BrokerError) {
                try handle.publish(message)
            } catch {
                return lose(error)
            }
        }
    }

    /// Reads everything that has come; false when the connection is gone.
    private func drain() -> Bool {
        while let handle = link.handle {
            switch handle.next() {
            case .none: return true
            case .confirmed(let tag, let multiple, let isRefused):
                guard let completed = state.settle(tag: tag, multiple: multiple, isRefused: isRefused) else {
                    lose(BrokerError(.protocolViolation, "a confirm for a message that was never sent"))
                    return false
                }
                trust()
                complete(completed)
                guard isRefused else { continue }
                let since = refusedSince ?? .now
                refusedSince = since
                if MonotonicTime.now - since > Self.refusalLimit {
                    lose(BrokerError(.refused, "messages are refused for longer than \(Self.refusalLimit)"))
                    return false
                }
            case .returned(let id, let code, let reason): state.noteReturn(messageID: id, code: code, reason: reason)
            case .blocked(let reason):
                blocked = reason
                pulse.status = .blocked(reason: reason)
                complete(state.failQueued(BrokerError(.blocked, reason)))
            case .unblocked:
                blocked = nil
                pulse.status = settled
            case .closed(let error):
                lose(error)
                return false
            case .delivery, .cancelled, .other: break
            }
        }
        return false
    }

    /// Ends the doubt: the broker has confirmed something, or there is nothing to doubt any more.
    private func trust() {
        guard doubt != nil else { return }
        doubt = nil
        if blocked == nil, link.handle != nil { pulse.status = .ready }
    }

    private func lose(_ error: BrokerError) {
        link.lose(error)
        refusedSince = nil
        if error.code == .channelClosed { doubt = (.connecting(reason: error.description), nil) }
        blocked = nil
        isCongested = false
        complete(state.fail(error))
    }

    private func complete(_ batches: [PublisherState.Completed]) {
        for batch in batches { waiters.removeValue(forKey: batch.batch)?.resume(returning: batch.outcomes) }
        if state.isIdle { resumeDrained() }
    }
}
