import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support

/// Lets two replicas of the toy service work under load while they are killed at random, then settles the accounts.
///
/// `Soak SECONDS`; the last line is `lost L, doubled D`, and the exit code is 1 unless both are 0.
@main
struct Main {
    /// Knocks a burst, and the pause between bursts: some 600 a second.
    private static let (burst, pause): (Int, Duration) = (30, .milliseconds(50))

    static func main() async throws {
        let seconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 60
        var result = (lost: 0, doubled: 0)
        try await ToyHarness.with(mode: .inOrder) { harness in
            result = try await soak(harness, seconds: seconds)
        }
        print("lost \(result.lost), doubled \(result.doubled)")
        exit(result == (0, 0) ? 0 : 1)
    }

    private static func soak(_ harness: ToyHarness, seconds: Int) async throws -> (lost: Int, doubled: Int) {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        let killing = Task { try await killAtRandom(harness, until: end) }
        let source = Publisher(configuration: harness.broker, logger: .silent)
        let run = Task { await source.run() }
        try await eventually("the source is connected") { source.status == .ready }
        var sent = 0
        while clock.now < end {
            // Each aggregate gets two knocks, the second of them first now and then.
            var open = try (0..<burst / 2).flatMap { _ in
                let aggregate = SuggestionID.make()
                let pair = try [1, 2].map {
                    try Toy.knock(
                        Pinged(),
                        about: aggregate,
                        version: $0,
                        topology: harness.topology,
                        account: harness.broker.user
                    )
                }
                return Bool.random() ? pair : pair.reversed()
            }
            sent += open.count
            while !open.isEmpty {
                let outcomes = await source.publish(open)
                open = zip(open, outcomes).filter { if case .confirmed = $0.1 { false } else { true } }.map(\.0)
            }
            try await clock.sleep(for: pause)
        }
        run.cancel()
        await run.value
        let kills = try await killing.value
        let survivor = try harness.process()
        defer { survivor.terminate() }
        let total = sent
        try? await eventually("\(sent) effects and an empty outbox", within: .seconds(120), every: .milliseconds(200)) {
            let effects = try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
            let outbox = try await harness.number("SELECT count(*) FROM outbox")
            return effects >= total && outbox == 0
        }
        let effects = try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
        let doubled = try await harness.number(
            "SELECT coalesce(sum(greatest(count - version, 0)), 0)::int8 FROM effects"
        )
        let answers = try await harness.count(harness.topology.workQueue(of: .sink))
        let told = try await harness.take(answers, from: harness.topology.workQueue(of: .sink))
        let distinct = Set(told.compactMap { $0.properties[header: Envelope.HeaderName.cause] }).count
        let parked = try await harness.count(harness.topology.parkedQueue(of: .toy))
        print(
            "sent \(sent), stored \(effects), answered \(distinct) (in \(told.count) deliveries), parked \(parked), "
                + "processes killed \(kills), in \(seconds) s"
        )
        return (lost: sent - min(effects, distinct) + parked, doubled: doubled)
    }

    /// Keeps two replicas running and kills one of them every second or so.
    private static func killAtRandom(_ harness: ToyHarness, until end: ContinuousClock.Instant) async throws -> Int {
        let clock = ContinuousClock()
        var replicas = [try harness.process(), try harness.process()]
        var kills = 0
        while clock.now < end {
            try await clock.sleep(for: .milliseconds(Int.random(in: 300...1_800)))
            let victim = Int.random(in: 0...1)
            kill(replicas[victim].processIdentifier, SIGKILL)
            replicas[victim].waitUntilExit()
            kills += 1
            replicas[victim] = try harness.process()
        }
        for replica in replicas {
            kill(replica.processIdentifier, SIGKILL)
            replica.waitUntilExit()
        }
        return kills + replicas.count
    }
}
