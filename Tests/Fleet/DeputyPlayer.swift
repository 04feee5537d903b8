import Contracts
import Messaging
import RabbitMQ
import Support
import Synchronization

/// Plays the deputies: hears what Replies tells on a queue of its own, and judges every round that is answered, over HTTP.
///
/// Also knows which matters are closed, which is what whoever counts lifecycles waits for.
package final class DeputyPlayer: Sendable {
    private let fleet: Fleet
    private let client: FleetClient
    private let queue: String
    private let ears: Subscriber
    private let onClosed: @Sendable (String) -> Void
    private let judged = Mutex<Set<SuggestionID>>([])

    /// Verdicts under way at a time.
    private static let hands = 24

    /// Creates the player and its queue.
    ///
    /// - Parameter onClosed: called with the number of a matter, for each closing that is heard.
    package init(
        _ fleet: Fleet,
        _ client: FleetClient,
        onClosed: @escaping @Sendable (String) -> Void
    ) async throws {
        (self.fleet, self.client, self.onClosed) = (fleet, client, onClosed)
        queue = "\(fleet.topology.namespace)player.deputy"
        ears = Subscriber(configuration: fleet.broker, queue: queue, prefetch: 1_000, logger: .silent)
        let queue = queue
        try await BrokerAdministration.connected(fleet.broker) { broker in
            try await broker.declareQueue(queue)
            for name in [ReplyIssued.name, SuggestionClosed.name] {
                try await broker.bind(
                    queue,
                    to: fleet.topology.events,
                    key: fleet.topology.routingKey(owner: .replies, name: name)
                )
            }
        }
    }

    /// Removes the player's queue.
    package func leave() async throws {
        let queue = queue
        try await BrokerAdministration.connected(fleet.broker) { try await $0.deleteQueue(queue) }
    }

    /// Plays until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.ears.run() }
            while let deliveries = try? await ears.next(maximum: 200) {
                let answered = deliveries.compactMap(hear)
                // A bounded number of hands, so that no burst of verdicts drowns the service that is measured.
                await withDiscardingTaskGroup { verdicts in
                    let remaining = Remaining(answered)
                    for _ in 0..<min(Self.hands, answered.count) {
                        verdicts.addTask { while let suggestion = remaining.next() { await self.judge(suggestion) } }
                    }
                }
                await ears.acknowledge(deliveries.map(\.tag))
            }
            group.cancelAll()
        }
    }

    /// The matter of a round that was answered by this; nil for anything else.
    private func hear(_ delivery: Delivery) -> SuggestionID? {
        switch delivery.properties.type {
        case SuggestionClosed.name.rawValue:
            if let event = try? EventCoding.decode(SuggestionClosed.self, from: delivery.body) {
                onClosed(event.number)
            }
            return nil
        case ReplyIssued.name.rawValue:
            guard let event = try? EventCoding.decode(ReplyIssued.self, from: delivery.body), event.completesRound,
                case .string(let subject)? = delivery.properties[header: Envelope.HeaderName.subject],
                let id = SuggestionID(subject)
            else { return nil }
            return judged.withLock { $0.insert(id).inserted } ? id : nil
        default: return nil
        }
    }

    private func judge(_ suggestion: SuggestionID) async {
        while !Task.isCancelled {
            do {
                try await client.evaluate(suggestion)
                return
            } catch let error as FleetClient.Unexpected where error.status == 409 {
                // Judged already: the answer to the first attempt was lost.
                return
            } catch {
                // The service is being restarted; a deputy tries again.
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// What several hands take from, each thing once.
final class Remaining<Element: Sendable>: Sendable {
    private let rest: Mutex<ArraySlice<Element>>

    init(_ elements: [Element]) { rest = Mutex(elements[...]) }

    /// The next one; nil when nothing is left.
    func next() -> Element? { rest.withLock { $0.popFirst() } }
}
