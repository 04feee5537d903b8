import Contracts
import Messaging

/// Follows what the owners of legs tell of their periods, a whole batch at a time.
///
/// A follower and not a handler a kind of event: it takes the locks of all the batch's matters at once, in one order, and those of the
/// departments' paces behind them, as the sweep does. Kind by kind, consumers and sweeps would wait for each other in a circle
/// (decision 0047). What each kind changes stands in a file of its own; a repeat never comes here.
struct FollowClocks: Follower {
    /// What is done with each kind of event.
    private static let reactions: [any ClockReaction] = [
        StartClocks(), EndReturned(), EndAnswered(), StartNextRound(), MoveClock(), EndClosed(),
    ]
    private static let table = Dictionary(uniqueKeysWithValues: reactions.map { ($0.name, $0) })

    let timetable: Timetable
    var webhooks = Webhooks.none
    let names = Set(Self.table.keys)

    func follow(_ events: [Unread], in transaction: EventTransaction) async throws {
        let changes = try events.compactMap { try Self.table[$0.metadata.name]?.read($0) }
        guard !changes.isEmpty else { return }
        let stages = timetable.current
        let matters = Dictionary(
            changes.compactMap { change in change.matter.map { (change.suggestion, $0) } },
            uniquingKeysWith: { $1 }
        )
        var news: [LedgerStore.Entry] = []
        let ids = Array(Set(changes.map(\.suggestion)))
        try await RemindersStore.change(ids, introducing: matters, in: transaction) { watches in
            for change in changes {
                let id = change.suggestion
                if let matter = change.matter { watches[id]?.introduce(matter) }
                guard let told = change.apply(&watches[id], stages) else { continue }
                news.append(LedgerStore.Entry(told, of: id, watches[id]?.matter))
            }
        }
        guard !news.isEmpty else { return }
        let now = try await RemindersStore.now(in: transaction)
        _ = try await LedgerStore.record(news, sending: webhooks, at: now, in: transaction)
    }
}

/// What one kind of event changes of what is watched of its matter: the same in every order of hearing.
protocol ClockReaction<Body>: Sendable {
    /// The kind of event.
    associatedtype Body: Event
    /// What it says of the matter; nil where it says nothing of it.
    func matter(in event: Body) -> Watch.Matter?
    /// Whether it changes anything at all.
    func concerns(_ event: Body) -> Bool
    /// Changes what is watched.
    ///
    /// - Returns: what is to be put before those whom it concerns at once; the sweep tells all else.
    func change(_ watch: inout Watch, by event: Body, version: Int, stages: Stages) -> Watch.Notice?
}

/// An event that was read, on its way to what is watched.
struct ClockHeard: Sendable {
    let suggestion: SuggestionID
    let matter: Watch.Matter?
    fileprivate let change: @Sendable (inout Watch, Stages) -> Watch.Notice?

    /// Changes what is watched of its matter.
    func apply(_ watch: inout Watch?, _ stages: Stages) -> Watch.Notice? {
        guard var changed = watch else { return nil }
        let told = change(&changed, stages)
        watch = changed
        return told
    }
}

extension ClockReaction {
    func matter(in _: Body) -> Watch.Matter? { nil }
    func concerns(_: Body) -> Bool { true }

    /// The name of the kind.
    var name: EventName { Body.name }

    /// Reads an event; nil when it changes nothing.
    ///
    /// - Throws: `DecodingError` when the body is not what the name says.
    func read(_ event: Unread) throws -> ClockHeard? {
        let body = try EventCoding.decode(Body.self, from: event.encoded)
        guard concerns(body) else { return nil }
        let version = event.metadata.version
        return ClockHeard(suggestion: event.metadata.aggregate, matter: matter(in: body)) { watch, stages in
            change(&watch, by: body, version: version, stages: stages)
        }
    }
}
