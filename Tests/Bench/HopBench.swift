import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Threads

/// The reliable hop: consume a 600-byte persistent message from a quorum queue; inbox, one upsert and outbox in one commit;
/// publish with confirm to the next quorum queue; acknowledge.
struct HopBench: Sendable {
    let topology: Topology
    let database: DatabaseConfiguration
    let broker: BrokerConfiguration

    /// Fills the queue, then lets the toy service empty it.
    func rate(count: Int) async throws {
        try await fill(count)
        let toy = Toy(topology: topology, database: database, broker: broker, mode: .byID)
        let (start, processor) = (MonotonicTime.now, Processor.used())
        let service = Task { await toy.run() }
        try await waitForSink(count)
        let seconds = (MonotonicTime.now - start).inSeconds
        let used = Processor.used() - processor
        service.cancel()
        await service.value
        try await check(count)
        let (rate, cost) = (Int(Double(count) / seconds), used / Double(count) * 1_000)
        print("{\"name\":\"hop\",\"count\":\(count),\"rate\":\(rate),\"cpu_per_1000\":\(cost)}")
    }

    /// Lets the bare loop empty the same queue: another process, whose figures it prints itself.
    func bare(count: Int) async throws {
        try await fill(count)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "BareHop")
        let address = broker.addresses[0]
        let host = database.hosts[0]
        process.arguments = [
            address.host, String(address.port), broker.user, broker.password, topology.workQueue(of: .toy),
            topology.events, topology.routingKey(owner: .toy, name: Ponged.name), String(count),
            "host=\(host.name) port=\(host.port) dbname=\(database.database) user=\(database.user) "
                + "password=\(database.password) options='-c search_path=toy'",
        ]
        try process.run()
        process.waitUntilExit()
        try await check(count)
    }

    /// Sends at a steady 200 a second and measures until each answer is in the next consumer's hands.
    func latency(seconds: Int) async throws {
        let toy = Toy(topology: topology, database: database, broker: broker, mode: .byID)
        let source = Publisher(configuration: broker, logger: .silent)
        let sink = Subscriber(
            configuration: broker,
            queue: topology.workQueue(of: .sink),
            prefetch: 1_000,
            logger: .silent
        )
        let runs = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await toy.run() }
                group.addTask { await source.run() }
                group.addTask { await sink.run() }
            }
        }
        try await eventually("all four connections stand") {
            [source.status, sink.status, toy.subscriber.status, toy.publisher.status].allSatisfy { $0 == .ready }
        }
        // 200 a second, of which the first second warms caches and connections and is not counted.
        let (pace, warm) = (Duration.milliseconds(5), 200)
        let count = seconds * 200 + warm
        async let received = receive(count, from: sink)
        let clock = ContinuousClock()
        let start = clock.now
        await withDiscardingTaskGroup { group in
            for index in 0..<count {
                try? await clock.sleep(until: start + pace * index, tolerance: .zero)
                group.addTask {
                    let message = try? Toy.knock(Pinged(), topology: topology, account: broker.user)
                    if let message { _ = await source.publish([message]) }
                }
            }
        }
        let sorted = try await received.dropFirst(warm).sorted()
        runs.cancel()
        await runs.value
        func percentile(_ share: Double) -> Double { Double(sorted[Int(Double(sorted.count - 1) * share)]) / 1_000 }
        print("{\"name\":\"latency\",\"count\":\(sorted.count),\"p50\":\(percentile(0.5)),\"p99\":\(percentile(0.99))}")
    }

    /// Microseconds from the sending to the arrival of each message, in the order of arrival.
    private func receive(_ count: Int, from sink: Subscriber) async throws -> [Int64] {
        var latencies: [Int64] = []
        while latencies.count < count {
            let deliveries = try await sink.next(maximum: 1_000)
            let now = Timestamp.now
            for delivery in deliveries {
                let event = try EventCoding.decode(Ponged.self, from: delivery.body)
                latencies.append(now.microseconds - event.sentAt.microseconds)
            }
            await sink.acknowledge(deliveries.map(\.tag))
        }
        return latencies
    }

    private func fill(_ count: Int) async throws {
        let source = Publisher(configuration: broker, logger: .silent)
        let run = Task { await source.run() }
        try await eventually("the source is connected") { source.status == .ready }
        for start in stride(from: 0, to: count, by: 1_000) {
            let messages = try (start..<min(count, start + 1_000)).map { _ in
                try Toy.knock(Pinged(), topology: topology, account: broker.user)
            }
            let outcomes = await source.publish(messages)
            for outcome in outcomes {
                guard case .confirmed = outcome else { fatalError("the queue was not filled: \(outcome)") }
            }
        }
        run.cancel()
        await run.value
    }

    private func waitForSink(_ count: Int) async throws {
        try await BrokerAdministration.connected(broker) { broker in
            // Asked seldom: a passive declaration costs the broker a little of what is measured.
            try await eventually("\(count) messages at the next queue", within: .seconds(120), every: .milliseconds(50))
            {
                try await broker.messageCount(of: topology.workQueue(of: .sink)) >= count
            }
        }
    }

    private func check(_ count: Int) async throws {
        let look = Database(configuration: database, logger: .silent)
        let row = try await look.query(
            "SELECT (SELECT count(*) FROM inbox) AS inbox, (SELECT coalesce(sum(count), 0)::int8 FROM effects) AS effects"
        )
        let (inbox, effects) = (try row[0]["inbox", as: Int.self], try row[0]["effects", as: Int.self])
        await look.close()
        guard inbox == count, effects == count else { fatalError("inbox \(inbox), effects \(effects), sent \(count)") }
    }
}

extension Duration {
    /// Seconds with their fraction.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
