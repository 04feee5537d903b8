import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Synchronization
import Threads

/// What a department feels of another that floods its inbox and reads nothing.
///
/// Measured on letters that cannot be taken, because each has an answer: from the moment at which it was to be sent to the
/// rejection in the department's own queue, through inbox, transaction, outbox and queue.
struct NeighbourBench: Sendable {
    /// What the neighbour has felt.
    struct Outcome: Sendable {
        /// While the other is quiet.
        let quiet: Latencies
        /// While the other sends as fast as its way to the broker lets it, and reads nothing.
        let flooded: Latencies
        /// Letters that the flood got rid of, and those that the broker refused it.
        let flood: (taken: Int, refused: Int)
        /// Once the flood is over, with the other's queue full and what found no room held.
        let held: Latencies
        /// Messages held for the other at the end.
        let heldCount: Int
    }

    /// Letters of the neighbour a second.
    private static let rate = 50
    /// Letters that the flood hands over at a time.
    private static let floodBatch = 100
    /// Connections that the flood has: what an account is allowed (`Deploy/compose`).
    private static let floodConnections = 4

    let fleet: Fleet
    let quiet: DepartmentCode
    let loud: DepartmentCode

    /// Measures each condition for so long.
    func run(seconds: Int) async throws -> Outcome {
        let player = LetterPlayer(fleet, quiet)
        let playing = Task { await player.run() }
        defer { playing.cancel() }
        // The first letters warm connections and statements.
        _ = await player.send(rate: Self.rate, seconds: 1)
        let before = await player.send(rate: Self.rate, seconds: seconds)
        try await fill()
        let door = try await DepartmentsDoor(to: fleet.broker)
        defer { door.close() }
        let outside = door.broker
        let flooding = Task { await flood(through: outside) }
        let during = await player.send(rate: Self.rate, seconds: seconds)
        flooding.cancel()
        let sent = await flooding.value
        // What it has sent is worked off first; afterwards its queue is still full, and nobody reads it.
        let inbox = fleet.topology.departmentInbox(of: loud.rawValue)
        try await eventually("the flood is worked off", within: .seconds(120)) {
            try await BrokerAdministration.connected(fleet.broker) { try await $0.messageCount(of: inbox) } == 0
        }
        let after = await player.send(rate: Self.rate, seconds: seconds)
        return Outcome(
            quiet: before,
            flooded: during,
            flood: sent,
            held: after,
            heldCount: try await fleet.number(
                "SELECT count(*) FROM outbox WHERE routing_key = \(loud.rawValue)",
                of: .replies
            )
        )
    }

    /// Fills the loud one's queue, which nobody reads, to its limit in bytes: what is sent to it afterwards is held.
    private func fill() async throws {
        let message = OutgoingMessage(
            exchange: fleet.topology.departmentsOut,
            routingKey: loud.rawValue,
            isMandatory: true,
            properties: MessageProperties(contentType: "application/json", messageID: "filling"),
            body: [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        )
        try await BrokerAdministration.connected(fleet.broker) { broker in
            do {
                // Twice the limit at most: a queue that takes more has none.
                for _ in 0..<128 { try await broker.publishConfirmed(message) }
            } catch let error as BrokerError where error.code == .refused {
                return
            }
            preconditionFailure("a department's queue has a limit")
        }
    }

    private func flood(through door: BrokerConfiguration) async -> (taken: Int, refused: Int) {
        await withTaskGroup { group in
            for connection in 0..<Self.floodConnections {
                group.addTask { await flood(through: door, connection) }
            }
            return await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        }
    }

    private func flood(through door: BrokerConfiguration, _ connection: Int) async -> (taken: Int, refused: Int) {
        let publisher = Publisher(configuration: door, logger: .silent)
        let running = Task { await publisher.run() }
        defer { running.cancel() }
        var (taken, refused) = (0, 0)
        while !Task.isCancelled {
            let letters = (0..<Self.floodBatch).map {
                LetterPlayer.letter(of: loud, id: "flood-\(connection)-\(taken + $0)", fleet)
            }
            for outcome in await publisher.publish(letters) {
                if case .confirmed = outcome { taken += 1 } else { refused += 1 }
            }
        }
        return (taken, refused)
    }
}

/// A department that sends letters without a body worth the name, and waits for what it is told of each.
private final class LetterPlayer: Sendable {
    private struct State {
        var due: [String: ContinuousClock.Instant] = [:]
        var times: [Double] = []
    }

    private let fleet: Fleet
    private let department: DepartmentCode
    private let inbox: Subscriber
    private let publisher: Publisher
    private let state = Mutex(State())

    init(_ fleet: Fleet, _ department: DepartmentCode) {
        (self.fleet, self.department) = (fleet, department)
        inbox = Subscriber(
            configuration: fleet.broker,
            queue: fleet.topology.departmentQueue(of: department.rawValue),
            prefetch: 200,
            logger: .silent
        )
        publisher = Publisher(configuration: fleet.broker, logger: .silent)
    }

    static func letter(of department: DepartmentCode, id: String, _ fleet: Fleet) -> OutgoingMessage {
        OutgoingMessage(
            exchange: fleet.topology.departmentsIn,
            routingKey: "\(department).\(ReceiptMessage.name)",
            isMandatory: true,
            properties: MessageProperties(
                contentType: "application/json",
                messageID: id,
                userID: fleet.broker.user
            ),
            body: Array("{}".utf8)
        )
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.inbox.run() }
            group.addTask { await self.publisher.run() }
            while let deliveries = try? await inbox.next(maximum: 100) {
                let now = ContinuousClock.now
                for delivery in deliveries {
                    guard let told = try? EventCoding.decode(MessageRejected.self, from: delivery.body) else {
                        continue
                    }
                    state.withLock { state in
                        guard let due = state.due.removeValue(forKey: told.message) else { return }
                        state.times.append((now - due).inSeconds * 1_000)
                    }
                }
                await inbox.acknowledge(deliveries.map(\.tag))
            }
            group.cancelAll()
        }
    }

    /// Sends at a pace that waits for nothing, then for the last answer.
    func send(rate: Int, seconds: Int) async -> Latencies {
        state.withLock { $0.times = [] }
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for index in 0..<rate * seconds {
                let due = start + .seconds(1) * (Double(index) / Double(rate))
                try? await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
                group.addTask { await self.send(UUID().uuidString, due: due) }
            }
        }
        // An answer that does not come would be missing in the figures: it is waited for.
        try? await eventually("every letter is answered", within: .seconds(60), every: .milliseconds(10)) {
            state.withLock { $0.due.isEmpty }
        }
        return state.withLock { state in
            Latencies(state.times + state.due.values.map { (ContinuousClock.now - $0).inSeconds * 1_000 })
        }
    }

    private func send(_ id: String, due: ContinuousClock.Instant) async {
        state.withLock { $0.due[id] = due }
        while !Task.isCancelled {
            if case .confirmed = await publisher.publish([Self.letter(of: department, id: id, fleet)])[0] { return }
        }
    }
}
