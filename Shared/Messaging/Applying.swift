import Contracts

/// Lets the handlers work on deliveries: claims or orders them, handles them, and stores what they tell, in one transaction.
struct Applying: Sendable {
    /// What a committed transaction leaves to be done.
    struct Outcome: Sendable {
        /// The ids of those whose version was another event's: nothing of them was applied.
        var conflicts: Set<EventID> = []
        /// Of what waited behind a delivery that was handled alone: the event whose turn it is now.
        var next: WaitingRow?
    }

    /// Which deliveries share a transaction.
    enum Company: Sendable {
        /// A batch, and with it every event that waited for one of them.
        case batch
        /// One alone, and nothing that waited behind it: what it releases may be the one that fails.
        case alone(acquits: Bool)
    }

    let outbox: Outbox
    let handlers: [EventName: AnyHandler]
    let follower: (any Follower)?
    let singles: Set<EventName>
    let mode: InboxMode
    let readsLetters: Bool

    /// What a handler or the follower gets; nil for an event that only counts.
    func event(_ metadata: EventMetadata, _ body: [UInt8]) throws -> (any Sendable)? {
        if let follower, follower.names.contains(metadata.name) { return Unread(metadata: metadata, encoded: body) }
        return try handlers[metadata.name]?.decode(metadata, body)
    }

    /// One transaction: claim, handle, store what is told.
    ///
    /// Returns after its confirms.
    func commit(_ items: [Item], _ company: Company = .batch) async throws -> Outcome {
        try await outbox.transactionWithConfirms { transaction in
            var outcome = Outcome()
            Erasure.hold(items.map(\.metadata), in: transaction)
            let single = items.filter { mode == .byID || singles.contains($0.metadata.name) }
            if !single.isEmpty {
                let (new, erased) = try await InboxStore.claim(single.map(\.metadata), in: transaction)
                var claimed: Set<EventID> = []
                let fresh = single.filter { new.contains($0.metadata.id) && claimed.insert($0.metadata.id).inserted }
                try await handle(try await redacting(fresh, erased, in: transaction), in: transaction)
            }
            if single.count < items.count {
                let ordered = single.isEmpty ? items : items.filter { !singles.contains($0.metadata.name) }
                outcome = try await apply(ordered, company, in: transaction)
            }
            if case .alone(acquits: true) = company {
                for item in items { InboxStore.acquit(item.metadata.id, in: transaction) }
            }
            return outcome
        }
    }

    /// Applies events in their owners' orders.
    private func apply(
        _ items: [Item],
        _ company: Company,
        in transaction: EventTransaction
    ) async throws -> Outcome {
        let standing = try await InboxStore.lock(Set(items.map(\.key)), in: transaction)
        var rows = standing.waiting
        if case .alone = company {
            // Its own copy alone, whose row must go with it, and what only counts.
            let own = Set(items.map { Place(key: $0.key, version: $0.metadata.version) })
            rows = rows.filter { $0.isPassedOver || own.contains(Place(key: $0.key, version: $0.metadata.version)) }
        }
        let waiting = try rows.map { row in
            Item(metadata: row.metadata, event: try event(row.metadata, row.body), body: row.body)
        }
        let plan = OrderPlan(
            try await redacting(items, standing.erased, in: transaction),
            positions: standing.positions,
            lastIDs: standing.lastIDs,
            waiting: waiting
        )
        try await handle(plan.applied, in: transaction)
        InboxStore.store(plan, in: transaction)
        var outcome = Outcome(conflicts: Set(plan.conflicts.map(\.metadata.id)))
        if case .alone = company {
            outcome.next = standing.waiting.first { row in
                row.metadata.version == (plan.positions[row.key] ?? standing.positions[row.key] ?? 0) + 1
            }
        }
        return outcome
    }

    /// A version of an owner's aggregate.
    private struct Place: Hashable {
        let key: OrderPlan.Key
        let version: Int
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
}
