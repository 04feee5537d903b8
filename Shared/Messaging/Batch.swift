import Contracts

/// A delivery that could be read, on its way to its handler.
struct Item: Sendable {
    let metadata: EventMetadata
    /// What the handler's decoder made; nil for an event that this service has no use for and only counts.
    let event: (any Sendable)?
    /// The body as it came, for an event that must wait its turn.
    let body: [UInt8]
    /// Whose order of what it stands in.
    var key: OrderPlan.Key { OrderPlan.Key(owner: metadata.owner, aggregate: metadata.aggregate) }
}

/// How the events of a batch follow each other: in waves, each of which has at most one event of an aggregate.
///
/// The order inside an aggregate is kept; none is promised across aggregates, and so a wave can be handled kind by kind, each
/// kind with one call and its statements with one row an event.
enum Waves {
    static func of(_ items: [Item]) -> [[EventName: [Item]]] {
        var depth: [SuggestionID: Int] = [:]
        depth.reserveCapacity(items.count)
        var waves: [[EventName: [Item]]] = []
        for item in items where item.event != nil {
            let wave = depth[item.metadata.aggregate, default: 0]
            depth[item.metadata.aggregate] = wave + 1
            if wave == waves.count { waves.append([:]) }
            waves[wave][item.metadata.name, default: []].append(item)
        }
        return waves
    }
}

/// What of a batch is applied now, what waits, and how far each aggregate has come: the decision of an ordered inbox.
struct OrderPlan: Sendable {
    /// An owner's aggregate.
    struct Key: Hashable, Sendable {
        let owner: ServiceName
        let aggregate: SuggestionID
    }

    /// To be handled, each aggregate's in its order.
    private(set) var applied: [Item] = []
    /// Ahead of their turn, to be stored.
    private(set) var ahead: [Item] = []
    /// Of the events that waited, those that are handled now.
    private(set) var drained: [Item] = []
    /// The last version of each aggregate that has moved.
    private(set) var positions: [Key: Int] = [:]
    /// The ids under those versions.
    private(set) var lastIDs: [Key: EventID] = [:]
    /// Those whose version another event has had: no repeats, and nothing that could be applied.
    private(set) var conflicts: [Item] = []

    /// Decides.
    ///
    /// - Parameters:
    ///   - batch: the deliveries.
    ///   - positions: the last applied version of each aggregate in the batch; none counts as 0.
    ///   - lastIDs: the ids under those versions, as far as they are known.
    ///   - waiting: the events that came too early, of the same aggregates.
    init(_ batch: [Item], positions: [Key: Int], lastIDs: [Key: EventID] = [:], waiting: [Item]) {
        var candidates: [Key: [(item: Item, waited: Bool)]] = [:]
        var order: [Key] = []
        for (item, waited) in batch.map({ ($0, false) }) + waiting.map({ ($0, true) }) {
            let key = item.key
            if candidates[key] == nil { order.append(key) }
            candidates[key, default: []].append((item, waited))
        }
        for key in order {
            var version = positions[key] ?? 0
            let start = version
            var lastID = lastIDs[key]
            var early: [(item: Item, waited: Bool)] = []
            // A waiting copy comes before a delivered one, so that its row is removed with it.
            let sorted = (candidates[key] ?? []).sorted {
                ($0.item.metadata.version, $0.waited ? 0 : 1) < ($1.item.metadata.version, $1.waited ? 0 : 1)
            }
            for candidate in sorted {
                let next = candidate.item.metadata.version
                if next <= version {
                    // A repeat, unless it is the last version under another id; of those before the ids are not kept.
                    if next == version, let lastID, lastID != candidate.item.metadata.id {
                        conflicts.append(candidate.item)
                    }
                } else if next == version + 1 {
                    version = next
                    lastID = candidate.item.metadata.id
                    applied.append(candidate.item)
                    if candidate.waited { drained.append(candidate.item) }
                } else {
                    early.append(candidate)
                }
            }
            ahead += early.filter { !$0.waited }.map(\.item)
            guard version > start else { continue }
            self.positions[key] = version
            self.lastIDs[key] = lastID
        }
    }
}
