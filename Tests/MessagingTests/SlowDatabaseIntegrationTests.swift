import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// A table that somebody holds for long is waited for; a statement that is slow by itself holds up nobody else.
@Suite(.timeLimit(.minutes(5)))
struct SlowDatabaseIntegrationTests {
    private func impatient(_ harness: ToyHarness) throws -> Toy {
        var harness = harness
        harness.database.statementTimeout = .milliseconds(600)
        harness.database.lockTimeout = .milliseconds(200)
        return try harness.toy()
    }

    @Test func `a table that is locked for long costs no message an attempt`() async throws {
        try await ToyHarness.with(ladder: []) { harness in
            let database = Database(configuration: harness.database, logger: .silent)
            try await harness.running(impatient(harness)) {
                let ids = try await database.transaction { transaction in
                    // As a rebuild does.
                    _ = try await transaction.query("LOCK TABLE effects IN EXCLUSIVE MODE")
                    let ids = try await harness.knock(20)
                    let start = ContinuousClock.now
                    try await eventually("many statements' time passes") { start.duration(to: .now) > .seconds(4) }
                    return ids
                }
                #expect(try await harness.count(harness.topology.parkedQueue(of: .toy)) == 0)
                try await harness.conserved(ids)
            }
            await database.close()
        }
    }

    @Test func `a message whose own statement is too slow parks after its attempts, and its neighbours go through`()
        async throws
    {
        try await ToyHarness.with { harness in
            let good = try await harness.knock(20)
            let bad = try await harness.knock(1, behaviour: "slow")
            let more = try await harness.knock(20)
            try await harness.running(impatient(harness)) {
                let queue = harness.topology.parkedQueue(of: .toy)
                try await eventually("it is parked", within: .seconds(60)) { try await harness.count(queue) == 1 }
                try await harness.conserved(good + bad + more, parked: 1, within: .seconds(60))
            }
            let parked = try #require(try await harness.take(1, from: harness.topology.parkedQueue(of: .toy)).first)
            #expect(parked.properties.messageID == bad[0].description)
            #expect(parked.properties[header: Envelope.HeaderName.reason] == .string("attempts-spent"))
        }
    }
}
