package import Contracts
package import Logging
import PostgreSQL
package import RabbitMQ
import Threads

/// How a consumer knows repeats.
package enum InboxMode: Sendable, Hashable {
    /// By the ids of messages, for senders without an order.
    case byID
    /// By each owner's versions: every version exactly once and in order; what comes early waits.
    case inOrder
}

/// Takes batches of deliveries, lets their handlers work in one transaction, and acknowledges when it is committed, and what
/// it told is confirmed.
///
/// Delivery is at least once; the effect is once, because the inbox is written in the transaction of the effect. The same
/// queue may have any number of consumers.
package struct Consumer: Sendable {
    /// Deliveries taken at once.
    ///
    /// Beyond some 200 a batch gains little and its neighbours wait longer.
    private static let batchLimit = 200
    /// Batches in hand at a time: one commits while the other's confirms are under way.
    private static let lanes = 2
    /// Deliveries that make a batch for a second lane, a whole one; fewer wait for the first, which is back within milliseconds.
    ///
    /// A batch costs as much as some ten messages, and two of the same service wait for each other's rows.
    private static let enoughForAnother = batchLimit
    /// Deliveries in the client: enough for each lane to have its next batch at hand.
    package static let prefetch = 800
    /// From this many deliveries on a message is suspected of killing the process, and is handled alone.
    private static let suspiciousDeliveries = 3
    /// Trials alone after which a suspect is parked.
    private static let trialLimit = 2
    /// Attempts of a batch that loses against its neighbours or takes too long, before its messages are handled one by one.
    ///
    /// A server that stands still for two minutes is waited for; a statement that is slow by itself costs its queue two
    /// minutes on each rung, and no more.
    private static let conflictLimit = 3
    /// The pauses before further attempts of a letter, which has no ladder to rest on: three seconds in all, a neighbour's patience.
    private static let letterPauses: [Duration] = [100, 200, 400, 800, 1_600].map(Duration.milliseconds)
    /// From then on deliveries are given back: well before the broker's own limit of 30 minutes.
    package static let holdLimit: Duration = .seconds(300)

    private let outbox: Outbox
    private let subscriber: Subscriber
    private let applying: Applying
    private let lanesAtWork = LanesAtWork()
    private let known: Set<EventName>
    private let mode: InboxMode
    private let readsLetters: Bool
    private let holdLimit: Duration
    private let senderAccount: @Sendable (ServiceName) -> String
    private let logger: Logger
    private let observe: StepObserver

    /// Creates a consumer.
    ///
    /// - Parameters:
    ///   - handlers: one an event name; or the only one, of ``Letter``, for a queue that outsiders write to.
    ///   - follower: takes what it names in whole batches, before the handlers get theirs.
    ///   - senderAccount: the broker account under which a service publishes.
    ///   - holdLimit: how long an outage is sat out with deliveries in hand.
    ///   - known: further names that this version knows and has no use for; their versions count and nothing else.
    ///   - singles: names of owners whose order is not kept here: of these, messages are known by their ids in any mode.
    package init(
        outbox: Outbox,
        subscriber: Subscriber,
        handlers: [any Handler],
        follower: (any Follower)? = nil,
        known: Set<EventName> = [],
        singles: Set<EventName> = [],
        mode: InboxMode,
        holdLimit: Duration = Self.holdLimit,
        senderAccount: @escaping @Sendable (ServiceName) -> String = { $0.rawValue },
        logger: Logger,
        observe: @escaping StepObserver = { _ in }
    ) {
        self.outbox = outbox
        self.subscriber = subscriber
        let table = handlers.map { AnyHandler($0) }
        self.known = known.union(table.map(\.name)).union(follower?.names ?? [])
        self.mode = mode
        self.holdLimit = holdLimit
        readsLetters = table.contains { $0.name == Letter.name }
        applying = Applying(
            outbox: outbox,
            handlers: Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) }),
            follower: follower,
            singles: singles,
            mode: mode,
            readsLetters: readsLetters
        )
        self.senderAccount = senderAccount
        self.logger = logger
        self.observe = observe
    }

    /// Consumes until cancelled; batches in hand are finished.
    ///
    /// Below the priority of requests, which then do not wait for a thread while a batch is worked on: behind a request somebody
    /// waits, behind a queue nobody.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<Self.lanes { group.addTask(priority: .utility) { await lane() } }
        }
    }

    private func lane() async {
        while true {
            let enough = lanesAtWork.areAny ? Self.enoughForAnother : 1
            guard let deliveries = try? await subscriber.next(maximum: Self.batchLimit, enough: enough) else { return }
            lanesAtWork.begin()
            // A task of its own, awaited at once: the cancellation that ends the lane must not tear a batch in two.
            let ending = await Task { await process(deliveries) }.value
            lanesAtWork.end()
            if ending != .done { await resumeWhenFit(after: ending) }
        }
    }

    /// How a batch of deliveries ended.
    private enum Ending {
        /// Every one has come to its end.
        case done
        /// Some could not be handled and went back with all the others: the database is away.
        case notHandled
        /// Some could not be set aside and went back with all the others: the broker takes nothing.
        case notSetAside
    }

    /// Subscribes again once the database answers and, where messages could not be set aside, the broker takes them.
    ///
    /// What was given back costs each message a delivery; taken again at once it would cost one at each limit, until the broker
    /// takes the messages for poison.
    private func resumeWhenFit(after ending: Ending) async {
        var outage = Outage()
        let start = MonotonicTime.now
        while !Task.isCancelled {
            do {
                _ = try await outbox.database.query("SELECT 1")
                if ending == .notSetAside, let obstacle = obstacle(since: start) { throw obstacle }
                return await subscriber.resume()
            } catch {
                _ = await outage.wait(for: error, limit: nil, logger)
            }
        }
    }

    /// Why messages could still not be set aside.
    ///
    /// The end of an alarm is announced. Any other trouble may be over without this connection's learning of it, since it has
    /// nothing to send meanwhile: then the attempt itself must show it.
    private func obstacle(since start: MonotonicTime) -> Outage.Unfit? {
        switch outbox.publisher.status {
        case .ready: nil
        case .blocked(let reason): Outage.Unfit(reason: reason)
        case .connecting, .closed:
            MonotonicTime.now - start < holdLimit ? Outage.Unfit(reason: "the broker takes no messages") : nil
        }
    }

    /// Brings every delivery to its end, or gives back what cannot be brought there.
    private func process(_ deliveries: [Delivery]) async -> Ending {
        let start = MonotonicTime.now
        var dispositions = [Disposition?](repeating: nil, count: deliveries.count)
        var batch: [(index: Int, item: Item)] = []
        var suspects: [(index: Int, item: Item)] = []
        for (index, delivery) in deliveries.enumerated() {
            do {
                let item = try read(delivery)
                // What this very process has given back, it has survived.
                if delivery.deliveryCount - lanesAtWork.timesGivenBack >= Self.suspiciousDeliveries {
                    suspects.append((index, item))
                } else {
                    batch.append((index, item))
                }
            } catch {
                dispositions[index] = disposition(of: error, delivery)
            }
        }
        if !batch.isEmpty { await handleTogether(batch, deliveries, &dispositions) }
        for suspect in suspects { await handleAlone(suspect, deliveries, &dispositions, isSuspect: true) }
        let final = dispositions.map { $0 ?? .hold }
        let ending = await settle(deliveries, final, awaitsBroker: dispositions.contains(.hold))
        MessagingMetrics.batch(final, MonotonicTime.now - start)
        return ending
    }

    private func read(_ delivery: Delivery) throws -> Item {
        if readsLetters {
            let letter = Letter(delivery)
            let metadata = letter.metadata
            return Item(
                metadata: metadata,
                event: Received(metadata: metadata, body: letter, encoded: delivery.body),
                body: delivery.body
            )
        }
        let metadata = try Envelope.metadata(of: delivery, own: outbox.account, account: senderAccount)
        guard known.contains(metadata.name) else {
            throw Refusal(.unknownType, "\(metadata.name) is not known to this version")
        }
        guard mode == .byID || metadata.version > 0 else {
            throw Refusal(.malformedEnvelope, "\(Envelope.HeaderName.sequence): missing")
        }
        return Item(metadata: metadata, event: try applying.event(metadata, delivery.body), body: delivery.body)
    }

    private func handleTogether(
        _ batch: [(index: Int, item: Item)],
        _ deliveries: [Delivery],
        _ dispositions: inout [Disposition?]
    ) async {
        var conflicts = 0
        var outage = Outage()
        while true {
            do {
                let outcome = try await applying.commit(batch.map(\.item))
                for (index, item) in batch { dispositions[index] = Self.end(of: item, outcome.conflicts) }
                return
            } catch {
                switch FailureClass(error) {
                case .infrastructure:
                    guard await outage.wait(for: error, limit: holdLimit, logger) else { return }
                case .conflict where conflicts < Self.conflictLimit, .overtime where conflicts < Self.conflictLimit:
                    conflicts += 1
                case .lasting, .repeatable, .conflict, .overtime:
                    let start = MonotonicTime.now
                    // Each may take a statement's whole time: what is left over is given back in time.
                    for member in batch where MonotonicTime.now - start < holdLimit {
                        await handleAlone(member, deliveries, &dispositions, isSuspect: false)
                    }
                    return
                }
            }
        }
    }

    private func handleAlone(
        _ member: (index: Int, item: Item),
        _ deliveries: [Delivery],
        _ dispositions: inout [Disposition?],
        isSuspect: Bool
    ) async {
        var outage = Outage()
        // One trial a delivery: what the database fails is not the message's doing.
        var awaitsTrial = isSuspect
        var pauses = (readsLetters ? Self.letterPauses : []).makeIterator()
        while true {
            do {
                if awaitsTrial, try await isConvicted(member.item) {
                    dispositions[member.index] = .park(
                        Refusal(.crashedProcess, "the process died with it, tried alone \(Self.trialLimit) times")
                    )
                    return
                }
                awaitsTrial = false
                let outcome = try await applying.commit([member.item], .alone(acquits: isSuspect))
                if let next = outcome.next, !(await release(next)) {
                    dispositions[member.index] = .hold
                    return
                }
                dispositions[member.index] = Self.end(of: member.item, outcome.conflicts)
                return
            } catch {
                switch FailureClass(error) {
                case .infrastructure:
                    guard await outage.wait(for: error, limit: holdLimit, logger) else { return }
                case .lasting, .repeatable, .conflict, .overtime:
                    let final = disposition(of: error, deliveries[member.index])
                    if case .park(let refusal) = final, refusal.reason == .attemptsSpent, let pause = pauses.next() {
                        // Cut short by a stop, it is one more attempt at once.
                        try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
                        continue
                    }
                    dispositions[member.index] = final
                    return
                }
            }
        }
    }

    /// Sends an event that waited on its own way.
    ///
    /// - Returns: false when it could not be, and what it waited for must come again.
    private func release(_ row: WaitingRow) async -> Bool {
        let message = Releasing.message(
            of: row,
            to: outbox.service,
            topology: outbox.topology,
            account: outbox.account,
            sender: senderAccount(row.metadata.owner)
        )
        guard await settingAside.insist(on: [0: message]).isEmpty else { return false }
        await observe(.afterSetAside)
        var outage = Outage()
        while true {
            do {
                try await outbox.database.transaction { InboxStore.release(row.metadata.id, in: $0) }
                return true
            } catch {
                guard await outage.wait(for: error, limit: holdLimit, logger) else { return false }
            }
        }
    }

    private var settingAside: SettingAside { SettingAside(outbox: outbox, limit: holdLimit, logger: logger) }

    /// What becomes of a delivery whose transaction is committed.
    private static func end(of item: Item, _ conflicts: Set<EventID>) -> Disposition {
        guard conflicts.contains(item.metadata.id) else { return .done }
        return .park(
            Refusal(
                .versionConflict,
                "version \(item.metadata.version) of \(item.metadata.owner) was another event; has it lost commits?"
            )
        )
    }

    private func isConvicted(_ item: Item) async throws -> Bool {
        let trials = try await outbox.database.transaction {
            try await InboxStore.countTrial(item.metadata.id, in: $0)
        }
        return trials > Self.trialLimit
    }

    private func disposition(of error: any Error, _ delivery: Delivery) -> Disposition {
        // A letter has no way back from a rung to the queue it came from: it is parked, and its sender's others go on.
        let rungs = readsLetters ? 0 : outbox.topology.ladder.count
        return FailureClass(error).disposition(attempt: Envelope.attempt(of: delivery), rungs: rungs)
    }

    /// Sets aside what failed, then acknowledges everything that has come to its end.
    ///
    /// - Parameter awaitsBroker: whether what is held is held because the broker did not take what it released.
    private func settle(
        _ deliveries: [Delivery],
        _ dispositions: [Disposition],
        awaitsBroker: Bool
    ) async -> Ending {
        var ended = deliveries
        var returned: DeliveryTag?
        var ending = Ending.done
        if dispositions.contains(where: { $0 != .done }) {
            let remaining = await settingAside.setAside(deliveries, dispositions)
            await observe(.afterSetAside)
            ended = deliveries.enumerated().filter { !remaining.contains($0.offset) }.map(\.element)
            returned = remaining.first.map { deliveries[$0].tag }
            if !remaining.isEmpty {
                let isFull = awaitsBroker || remaining.contains { dispositions[$0] != .hold }
                ending = isFull ? .notSetAside : .notHandled
            }
        }
        await observe(.beforeAcknowledge)
        await subscriber.acknowledge(ended.map(\.tag))
        await observe(.afterAcknowledge)
        // What could neither be handled nor set aside goes back to its queue as a whole.
        if let returned {
            lanesAtWork.gaveBack()
            await subscriber.pause(givingBack: returned)
        }
        return ending
    }
}
