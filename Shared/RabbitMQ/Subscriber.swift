package import Logging
package import Threads

/// Consumes a queue, or several with a prefetch each, on one connection of its own; subscribes again after every loss, and after a cancel by the broker.
package actor Subscriber: DescriptorActor {
    private struct Waiter {
        let id: UInt64
        let maximum: Int
        let enough: Int
        let continuation: CheckedContinuation<[Delivery], any Error>
    }

    /// How long a settled delivery waits for the ones below it, so that one frame acknowledges them all.
    private static let acknowledgeDelay: Duration = .milliseconds(20)

    /// How long deliveries lie here before someone who asked for more gets what there is.
    ///
    /// Far longer than a batch takes when all is well: who asks for many waits for others to come back first.
    private static let patience: Duration = .milliseconds(100)

    /// The queues' names.
    private nonisolated let queues: [String]
    private let executor = ThreadExecutor(name: "subscriber")
    private let prefetch: Int
    private let share: FairShare?
    private let link: BrokerLink
    private let pulse: Pulse
    private var settlement = SettlementState(generation: 0)
    private var buffer: [Delivery] = []
    /// Since when there is something in the buffer that nobody has come for.
    private var bufferedSince: MonotonicTime?
    private var waiters: [Waiter] = []
    private var nextWaiter: UInt64 = 0
    private var acknowledgeAt: MonotonicTime?
    private var lastTag: UInt64 = 0

    /// The thread on which everything of this connection happens.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Creates a subscriber; ``run()`` connects it.
    ///
    /// - Parameter prefetch: the most deliveries that are not acknowledged at a time; a quorum queue allows 2,000.
    package init(configuration: BrokerConfiguration, queue: String, prefetch: Int, logger: Logger) {
        self.init(configuration: configuration, queues: [queue], prefetch: prefetch, logger: logger)
    }

    /// Creates a subscriber to several queues, which the broker serves in turn: a full one takes nothing from the others.
    ///
    /// - Parameters:
    ///   - prefetch: the most deliveries of each queue that are not acknowledged at a time.
    ///   - share: the most of one sender that are handed out together, the first word of the routing key naming the sender;
    ///     nil for no limit.
    package init(
        configuration: BrokerConfiguration,
        queues: [String],
        prefetch: Int,
        share: Int? = nil,
        logger: Logger
    ) {
        let link = BrokerLink(configuration: configuration, logger: logger)
        pulse = link.pulse
        self.link = link
        self.queues = queues
        self.prefetch = prefetch
        self.share = share.map(FairShare.init)
        executor.serve(self)
    }

    deinit { executor.stop() }

    /// How the connection stands; `.ready` means subscribed.
    package nonisolated var status: ConnectionStatus { pulse.status }

    /// Whether the broker may deliver more: then it has delivered whatever waited in the queue.
    package var hasRoom: Bool { settlement.open(upTo: lastTag) < prefetch * queues.count }

    /// Keeps the subscription until the task is cancelled, then closes; what is not acknowledged goes back to the queue.
    package nonisolated func run() async {
        await resume()
        await superviseUntilCancelled(pulse)
        await stop()
    }

    /// Ends the subscription and gives back everything that is not acknowledged, until ``resume()``.
    ///
    /// For a consumer whose database is away for long: holding deliveries past the broker's consumer timeout (30 minutes)
    /// would cost each of them a delivery again and again.
    ///
    /// - Parameter tag: a delivery to be given back; when its connection is gone already, so is the delivery, and nothing
    ///   happens.
    package func pause(givingBack tag: DeliveryTag) {
        guard tag.generation == settlement.generation else { return }
        // What is settled and waits above a gap must not come again.
        flushAcknowledgements()
        disconnect()
        link.close(politely: true, status: .connecting(reason: "paused"))
    }

    /// Subscribes again.
    package func resume() { link.start() }

    /// Waits for deliveries and returns those that are there, at most `maximum`, in the queue's order.
    ///
    /// - Parameter enough: how many must be there, or have been there for a while; who asks for fewer is served first.
    /// - Throws: `CancellationError`.
    package func next(maximum: Int, enough: Int = 1) async throws -> [Delivery] {
        if buffer.count >= enough, !waiters.contains(where: { $0.enough <= buffer.count }) { return take(maximum) }
        nextWaiter += 1
        let id = nextWaiter
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiters.append(Waiter(id: id, maximum: maximum, enough: enough, continuation: continuation))
            }
        } onCancel: {
            // The handler runs on any thread; the waiter is the actor's.
            Task { await self.cancelWaiter(id) }
        }
    }

    /// Acknowledges deliveries; those of an earlier connection are dropped, because the broker delivers them again.
    package func acknowledge(_ tags: [DeliveryTag]) {
        guard let handle = link.handle else { return }
        pulse.enter()
        defer { pulse.leave() }
        do throws(BrokerError) {
            if let run = settlement.settle(tags) { try handle.acknowledge(run.tag, multiple: run.multiple) }
            acknowledgeAt = settlement.hasDeferred ? acknowledgeAt ?? .now + Self.acknowledgeDelay : nil
        } catch {
            lose(error)
        }
    }

    /// For the thread.
    package func waiting() -> Waiting {
        let patienceEnds = waiters.isEmpty ? nil : bufferedSince.map { $0 + Self.patience }
        return link.waiting(forWriting: false, deadline: [acknowledgeAt, patienceEnds].compactMap { $0 }.min())
    }

    /// For the thread.
    package func wake() {
        if link.handle == nil {
            let isConnected = link.connectIfDue { handle throws(BrokerError) in
                for queue in queues { try handle.consume(queue, prefetch: prefetch) }
            }
            guard isConnected else { return }
            settlement = SettlementState(generation: link.generation)
        }
        pulse.enter()
        defer { pulse.leave() }
        drain()
        if let due = acknowledgeAt, due <= .now { flushAcknowledgements() }
        serve()
    }

    private func drain() {
        while let handle = link.handle {
            switch handle.next() {
            case .none: return
            case .delivery(let tag, let isRedelivered, let exchange, let key, let properties, let body):
                lastTag = tag
                bufferedSince = bufferedSince ?? .now
                buffer.append(
                    Delivery(
                        tag: DeliveryTag(generation: settlement.generation, number: tag),
                        exchange: exchange,
                        routingKey: key,
                        isRedelivered: isRedelivered,
                        properties: properties,
                        body: body
                    )
                )
            case .cancelled:
                lose(
                    BrokerError(
                        .channelClosed,
                        "the broker has ended a subscription: \(queues.joined(separator: ", "))"
                    )
                )
            case .closed(let error): lose(error)
            case .blocked, .unblocked, .confirmed, .returned, .other: break
            }
        }
    }

    private func flushAcknowledgements() {
        acknowledgeAt = nil
        do throws(BrokerError) {
            for single in settlement.flushDeferred() { try link.handle?.acknowledge(single.tag, multiple: false) }
        } catch {
            lose(error)
        }
    }

    private func serve() {
        while let index = waiters.firstIndex(where: { $0.enough <= buffer.count })
            ?? (hasLain && !waiters.isEmpty ? waiters.startIndex : nil)
        {
            let waiter = waiters.remove(at: index)
            waiter.continuation.resume(returning: take(waiter.maximum))
        }
    }

    /// Whether something has been in the buffer for long.
    private var hasLain: Bool { bufferedSince.map { $0 + Self.patience <= .now } ?? false }

    private func take(_ maximum: Int) -> [Delivery] {
        defer { bufferedSince = buffer.isEmpty ? nil : .now }
        if let share { return share.take(maximum, from: &buffer) }
        guard buffer.count > maximum else {
            defer { buffer.removeAll(keepingCapacity: true) }
            return buffer
        }
        defer { buffer.removeFirst(maximum) }
        return Array(buffer.prefix(maximum))
    }

    private func cancelWaiter(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func lose(_ error: BrokerError) {
        disconnect()
        link.lose(error)
    }

    /// Forgets what was delivered on a channel that is gone: the broker will deliver it again.
    private func disconnect() {
        buffer.removeAll()
        bufferedSince = nil
        acknowledgeAt = nil
        settlement = SettlementState(generation: 0)
        lastTag = 0
    }

    private func stop() {
        flushAcknowledgements()
        disconnect()
        link.close(politely: true, status: .closed)
        for waiter in waiters { waiter.continuation.resume(throwing: CancellationError()) }
        waiters = []
    }
}
