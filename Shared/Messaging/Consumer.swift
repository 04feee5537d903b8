package import Contracts
package import Logging
import PostgreSQL
package import RabbitMQ
import Synchronization
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
    /// Attempts of a batch that loses against its neighbours, before its messages are handled one by one.
    private static let conflictLimit = 3
    /// The pauses before further attempts of a letter, which has no ladder to rest on: three seconds in all, a neighbour's patience.
    private static let letterPauses: [Duration] = [100, 200, 400, 800, 1_600].map(Duration.milliseconds)
    /// The pauses while the database or the broker is away: doubled from the first to the second.
    private static let (firstPause, longestPause): (Duration, Duration) = (.milliseconds(100), .seconds(5))
    /// From then on deliveries are given back: well before the broker's own limit of 30 minutes.
    package static let holdLimit: Duration = .seconds(300)

    private let outbox: Outbox
    private let subscriber: Subscriber
    private let handlers: [EventName: AnyHandler]
    private let follower: (any Follower)?
    private let lanesAtWork = LanesAtWork()
    private let known: Set<EventName>
    private let singles: Set<EventName>
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
        self.handlers = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) })
        self.follower = follower
        self.known = known.union(table.map(\.name)).union(follower?.names ?? [])
        self.singles = singles
        self.mode = mode
        self.holdLimit = holdLimit
        readsLetters = self.handlers[Letter.name] != nil
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
            let isDone = await Task { await process(deliveries) }.value
            lanesAtWork.end()
            if !isDone { await resumeWhenFit() }
        }
    }

    /// Subscribes again once the database answers.
    ///
    /// What was given back costs each message a delivery; taken again at once it would cost one at each limit, until the broker
    /// takes the messages for poison.
    private func resumeWhenFit() async {
        var outage = Outage()
        while !Task.isCancelled {
            do {
                _ = try await outbox.database.query("SELECT 1")
                return await subscriber.resume()
            } catch {
                _ = await outage.wait(for: error, limit: nil, logger)
            }
        }
    }

    /// Brings every delivery to its end, or gives back what cannot be brought there.
    ///
    /// - Returns: whether nothing was given back.
    func process(_ deliveries: [Delivery]) async -> Bool {
        let start = MonotonicTime.now
        var dispositions = [Disposition?](repeating: nil, count: deliveries.count)
        var batch: [(index: Int, item: Item)] = []
        var suspects: [(index: Int, item: Item)] = []
        for (index, delivery) in deliveries.enumerated() {
            do {
                let item = try read(delivery)
                if delivery.deliveryCount >= Self.suspiciousDeliveries {
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
        let isDone = await settle(deliveries, final)
        MessagingMetrics.batch(final, MonotonicTime.now - start)
        return isDone
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
        return Item(metadata: metadata, event: try event(metadata, delivery.body), body: delivery.body)
    }

    /// What a handler or the follower gets; nil for an event that only counts.
    private func event(_ metadata: EventMetadata, _ body: [UInt8]) throws -> (any Sendable)? {
        if let follower, follower.names.contains(metadata.name) { return Unread(metadata: metadata, encoded: body) }
        return try handlers[metadata.name]?.decode(metadata, body)
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
                let conflicts = try await commit(batch.map(\.item))
                for (index, item) in batch { dispositions[index] = Self.end(of: item, conflicts) }
                return
            } catch {
                switch FailureClass(error) {
                case .infrastructure:
                    guard await outage.wait(for: error, limit: holdLimit, logger) else { return }
                case .conflict where conflicts < Self.conflictLimit: conflicts += 1
                case .lasting, .repeatable, .conflict:
                    for member in batch { await handleAlone(member, deliveries, &dispositions, isSuspect: false) }
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
                let conflicts = try await commit([member.item], acquits: isSuspect)
                dispositions[member.index] = Self.end(of: member.item, conflicts)
                return
            } catch {
                switch FailureClass(error) {
                case .infrastructure:
                    guard await outage.wait(for: error, limit: holdLimit, logger) else { return }
                case .lasting, .repeatable, .conflict:
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

    /// One transaction: claim, handle, store what is told.
    ///
    /// Returns after its confirms.
    ///
    /// - Returns: the ids of those whose version was another event's: nothing of them was applied.
    private func commit(_ items: [Item], acquits: Bool = false) async throws -> Set<EventID> {
        try await outbox.transactionWithConfirms { transaction in
            var conflicts: Set<EventID> = []
            let single = items.filter { mode == .byID || singles.contains($0.metadata.name) }
            if !single.isEmpty {
                let (new, erased) = try await InboxStore.claim(single.map(\.metadata), in: transaction)
                var claimed: Set<EventID> = []
                let fresh = single.filter { new.contains($0.metadata.id) && claimed.insert($0.metadata.id).inserted }
                try await handle(try await redacting(fresh, erased, in: transaction), in: transaction)
            }
            if single.count < items.count {
                let items = single.isEmpty ? items : items.filter { !singles.contains($0.metadata.name) }
                let keys = Set(items.map { OrderPlan.Key(owner: $0.metadata.owner, aggregate: $0.metadata.aggregate) })
                let standing = try await InboxStore.lock(keys, in: transaction)
                let waiting = try standing.waiting.map { row in
                    Item(
                        metadata: row.metadata,
                        event: try event(row.metadata, row.body),
                        body: row.body
                    )
                }
                let plan = OrderPlan(
                    try await redacting(items, standing.erased, in: transaction),
                    positions: standing.positions,
                    lastIDs: standing.lastIDs,
                    waiting: waiting
                )
                try await handle(plan.applied, in: transaction)
                InboxStore.store(plan, in: transaction)
                conflicts = Set(plan.conflicts.map(\.metadata.id))
            }
            if acquits { for item in items { InboxStore.acquit(item.metadata.id, in: transaction) } }
            return conflicts
        }
    }

    /// The items, of those whose words were erased without them: nothing that arrives late brings them back.
    private func redacting(
        _ items: [Item],
        _ erased: [SuggestionID: Timestamp],
        in transaction: EventTransaction
    ) async throws -> [Item] {
        guard !erased.isEmpty, !readsLetters else { return items }
        let concerned = items.indices.filter { Erasure.concerns(items[$0].metadata, erased) }
        guard !concerned.isEmpty else { return items }
        let bodies = try await Erasure.redacted(concerned.map { items[$0].body }, in: transaction)
        var items = items
        for (index, body) in zip(concerned, bodies) {
            let metadata = items[index].metadata
            items[index] = Item(metadata: metadata, event: try event(metadata, body), body: body)
        }
        return items
    }

    private func handle(_ items: [Item], in transaction: EventTransaction) async throws {
        let unread = items.compactMap { $0.event as? Unread }
        if let follower, !unread.isEmpty { try await follower.follow(unread, in: transaction) }
        for wave in Waves.of(items.filter { !($0.event is Unread) }) {
            for (name, members) in wave {
                try await handlers[name]?.handle(members.compactMap(\.event), transaction)
            }
        }
    }

    /// Sets aside what failed, then acknowledges everything that has come to its end.
    ///
    /// - Returns: whether nothing was given back.
    private func settle(_ deliveries: [Delivery], _ dispositions: [Disposition]) async -> Bool {
        var ended = deliveries
        var returned: DeliveryTag?
        if dispositions.contains(where: { $0 != .done }) {
            let remaining = await SettingAside(outbox: outbox, logger: logger).setAside(deliveries, dispositions)
            await observe(.afterSetAside)
            ended = deliveries.enumerated().filter { !remaining.contains($0.offset) }.map(\.element)
            returned = remaining.first.map { deliveries[$0].tag }
        }
        await observe(.beforeAcknowledge)
        await subscriber.acknowledge(ended.map(\.tag))
        await observe(.afterAcknowledge)
        // What could neither be handled nor set aside goes back to its queue as a whole.
        if let returned { await subscriber.pause(givingBack: returned) }
        return returned == nil
    }

    /// The waits of one batch while nothing can be committed.
    private struct Outage {
        private var pause = Consumer.firstPause
        private var began: MonotonicTime?

        /// Waits; false when it has lasted so long that the deliveries are better given back.
        mutating func wait(for error: any Error, limit: Duration?, _ logger: Logger) async -> Bool {
            if began == nil {
                began = .now
                logger.warning("consumer waits", metadata: ["error": "\((error as? DatabaseError)?.description ?? "")"])
            }
            if let began, let limit, MonotonicTime.now - began > limit { return false }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Consumer.longestPause)
            return true
        }
    }
}

/// How many lanes of a consumer have a batch in hand.
private final class LanesAtWork: Sendable {
    private let count = Mutex(0)

    var areAny: Bool { count.withLock { $0 > 0 } }
    func begin() { count.withLock { $0 += 1 } }
    func end() { count.withLock { $0 -= 1 } }
}
