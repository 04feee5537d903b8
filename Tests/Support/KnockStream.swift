package import Contracts
import Logging
import Messaging
import RabbitMQ

/// Knocks without an end until it is told to stop, so that something is under way whenever a server is struck.
///
/// What was not confirmed is sent again under its id: the broker may have it or not.
package actor KnockStream {
    /// Knocks sent together, between two of which the stream waits a moment: some 800 a second.
    private static let portion = 10

    private let topology: Topology
    private let broker: BrokerConfiguration
    private var isStopping = false
    /// Every knock that was sent at least once.
    package private(set) var ids: [EventID] = []
    /// How often a knock that was sent was not confirmed.
    package private(set) var inDoubt = 0

    /// Creates a stream into a world's exchange.
    package init(_ harness: ToyHarness) {
        (topology, broker) = (harness.topology, harness.broker)
    }

    /// Knocks until it is told to stop; then everything is confirmed.
    package func run() async throws {
        let source = Publisher(configuration: broker, logger: .silent)
        let connection = Task { await source.run() }
        while !isStopping {
            let fresh = (0..<Self.portion).map { _ in EventID.make() }
            ids += fresh
            var open = try fresh.map { try Toy.knock(Pinged(), id: $0, topology: topology, account: broker.user) }
            try await eventually("they are confirmed", within: .seconds(60), every: .milliseconds(10)) {
                let isConnected = source.status == .ready
                let outcomes = await source.publish(open)
                open = zip(open, outcomes).filter { if case .confirmed = $0.1 { false } else { true } }.map(\.0)
                if isConnected { inDoubt += open.count }
                return open.isEmpty
            }
            var hasPaused = false
            try await eventually("a moment has passed", every: .milliseconds(10)) {
                defer { hasPaused = true }
                return hasPaused
            }
        }
        connection.cancel()
        await connection.value
    }

    /// Ends the stream once what it has sent is confirmed.
    package func stop() { isStopping = true }
}

extension ToyHarness {
    /// Disturbs a server while knocks go on, and returns all of them.
    ///
    /// - Throws: ``TookTooLong`` when none was sent meanwhile; what `strike` throws.
    package func streaming(_ strike: () async throws -> Void) async throws -> (ids: [EventID], inDoubt: Int) {
        let stream = KnockStream(self)
        let run = Task { try await stream.run() }
        do {
            try await eventually("the stream flows") { await stream.ids.count >= 300 }
            let before = await stream.ids.count
            try await strike()
            try await eventually("it flows again", within: .seconds(60)) { await stream.ids.count > before + 300 }
            await stream.stop()
            try await run.value
            return (await stream.ids, await stream.inDoubt)
        } catch {
            await stream.stop()
            run.cancel()
            throw error
        }
    }
}
