import Contracts
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Dashboard

/// Recomputed from the owners' acts, everything is what was folded as it came.
@Suite(.timeLimit(.minutes(5)))
struct RebuildIntegrationTests {
    private let start = Timestamp(microseconds: 1_770_000_000_000_000)

    private func lives(_ count: Int, seed: UInt64) throws -> (told: [Folding.Input], generator: SeededGenerator) {
        var generator = SeededGenerator(seed: seed)
        let told = try (0..<count).flatMap { try Life(number: "BJ-\($0)", from: start, using: &generator).told }
        return (told, generator)
    }

    @Test func `a stream with repeats and late arrivals, over real queues, is what the acts say`() async throws {
        try await DashboardWorld.with(queues: true) { dashboard in
            var (told, generator) = try lives(60, seed: 3)
            try await dashboard.record(told, inTransactions: Array(10..<10 + told.count))
            let account = dashboard.world.broker.user
            let consumption = dashboard.engine.consumption(
                of: [KeepSeal()],
                follower: Project(),
                senderAccount: { _ in account }
            )
            try await dashboard.world.running([{ await consumption.run() }, { await dashboard.engine.run() }]) {
                // Every order within an owner's aggregate too: what comes before its turn waits, what comes twice is skipped.
                let stream = (told + told.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
                    .shuffled(using: &generator)
                try await dashboard.world.tell(dashboard.messages(stream))
                try await eventually("everything is heard") {
                    try await dashboard.world.number(
                        "SELECT coalesce(sum(version), 0)::bigint FROM positions",
                        of: .dashboard
                    ) == told.count
                }
                let outcome = try await dashboard.rebuild()
                #expect(outcome.isEqual && outcome.acts == told.count && outcome.differences == [])
                #expect(await consumption.hearing == .everything)
            }
        }
    }

    @Test func `acts of one suggestion may lie pages apart, in whatever transactions`() async throws {
        try await DashboardWorld.with { dashboard in
            var (told, generator) = try lives(30, seed: 5)
            try await dashboard.hear(told)
            try await dashboard.position(told)
            try await dashboard.record(told, inTransactions: (10..<10 + told.count).shuffled(using: &generator))
            let outcome = try await dashboard.rebuild(page: 5)
            #expect(outcome.isEqual && outcome.acts == told.count)
        }
    }

    @Test func `what has not been heard yet is no difference, and is not lost by a swap`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try lives(20, seed: 8).told
            let heard = Array(told.dropLast(9))
            try await dashboard.hear(heard)
            try await dashboard.position(heard)
            try await dashboard.record(told, inTransactions: Array(10..<10 + told.count))
            #expect(try await dashboard.rebuild(swaps: true).isEqual)
            // The rest arrives after the swap, and counts once.
            try await dashboard.hear(Array(told.suffix(9)))
            try await dashboard.position(told)
            let outcome = try await dashboard.rebuild()
            #expect(outcome.isEqual && outcome.acts == told.count)
        }
    }

    @Test func `a planted difference is found, and put right by a swap`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try lives(20, seed: 11).told
            try await dashboard.hear(told)
            try await dashboard.position(told)
            try await dashboard.record(told, inTransactions: Array(10..<10 + told.count))
            #expect(try await dashboard.rebuild().isEqual)
            try await dashboard.engine.database.execute(
                "UPDATE counters SET value = value + 1 WHERE dimension = 'state' AND key = 'closed'"
            )
            let found = try await dashboard.rebuild()
            #expect(!found.isEqual && found.differences.count == 1)
            #expect(found.differences.first?.hasPrefix("state/closed/items: ") == true)
            let facts: SQL = "UPDATE facts SET fact = jsonb_set(fact, '{receipt,number}', '\"BJ-X\"')"
            try await dashboard.engine.database.execute(facts)
            #expect(try await !dashboard.rebuild(swaps: true).isEqual)
            #expect(try await dashboard.rebuild().isEqual)
        }
    }

    @Test func `an act that is missing is named`() async throws {
        let told = try lives(10, seed: 13).told
        let gap = try #require(told.first { $0.metadata.owner == .routing && $0.metadata.version == 1 }).metadata
        let rest = told.filter { $0.metadata.id != gap.id }
        try await DashboardWorld.with { dashboard in
            try await dashboard.hear(told)
            try await dashboard.position(told)
            try await dashboard.record(rest, inTransactions: Array(10..<10 + rest.count))
            let outcome = try await dashboard.rebuild()
            #expect(!outcome.isEqual)
            #expect(outcome.missing == ["routing \(gap.aggregate): act 1 is missing"])
        }
    }
}

extension DashboardWorld {
    /// Notes what was heard, as the consumer does.
    func position(_ inputs: [Folding.Input]) async throws {
        try await engine.database.transaction { transaction in
            for input in inputs {
                transaction.enqueue(
                    """
                    INSERT INTO positions VALUES (\(input.metadata.owner.rawValue), \(input.metadata.aggregate.rawValue),
                                                  \(input.metadata.version))
                    ON CONFLICT (owner, aggregate) DO UPDATE SET version = greatest(positions.version, excluded.version)
                    """
                )
            }
        }
    }
}
