import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 33 to 36 and 39: several relays, paused relays, transactions that end out of order, replays long after.
@Suite(.timeLimit(.minutes(5)))
struct RelayIntegrationTests {
    /// Stores announcements that their own process never published, as after a crash.
    private func abandon(_ count: Int, in harness: ToyHarness) async throws {
        let toy = try harness.toy()
        for _ in 0..<count {
            // The publisher is not connected: nothing leaves from memory.
            try await toy.outbox.transaction { transaction in
                try transaction.publish(
                    Ponged(sentAt: .now, filler: ""),
                    about: .make(),
                    version: 1,
                    act: Act(actor: "unit:toy", authority: "test")
                )
            }
        }
        try await harness.hastenOutbox()
        await toy.database.close()
    }

    /// Runs a toy's publisher while `body` runs.
    private func publishing(_ toy: Toy, _ body: () async throws -> Void) async throws {
        let run = Task { await toy.publisher.run() }
        try await eventually("the publisher is connected") { toy.publisher.status == .ready }
        try await body()
        run.cancel()
        await run.value
        await toy.database.close()
    }

    @Test func `relays side by side tell everything once`() async throws {
        try await ToyHarness.with { harness in
            try await abandon(50, in: harness)
            let (one, two) = (try harness.toy(), try harness.toy())
            try await publishing(one) {
                try await publishing(two) {
                    async let first = one.relay.relay()
                    async let second = two.relay.relay()
                    _ = try await (first, second)
                }
            }
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 0)
            #expect(try await harness.count(harness.topology.workQueue(of: .sink)) == 50)
        }
    }

    @Test func `what a relay could not send goes out soon after the broker is back, not at the end of a lease`()
        async throws
    {
        try await ToyHarness.with { harness in
            try await abandon(20, in: harness)
            let toy = try harness.toy()
            // Not connected: nothing can be sent, and the broker has nothing.
            _ = try? await toy.relay.relay()
            try await publishing(toy) {
                let relaying = Task { await toy.relay.run() }
                // Half a lease: a row that waited for its end would not be gone.
                try await eventually("the outbox is empty", within: .seconds(30)) {
                    try await harness.number("SELECT count(*) FROM outbox") == 0
                }
                relaying.cancel()
                await relaying.value
            }
            #expect(try await harness.count(harness.topology.workQueue(of: .sink)) == 20)
        }
    }

    @Test func `a relay that was paused past its lease removes nothing that another answers for`() async throws {
        try await ToyHarness.with { harness in
            try await abandon(20, in: harness)
            let zombie = try harness.toy { step in
                guard step == .relayLeased else { return }
                // Its lease runs out, and another relay takes the rows and has not published them yet.
                _ = try? await harness.number(
                    """
                    WITH taken AS (
                        UPDATE outbox SET lease = gen_random_uuid(), not_before = now() + interval '1 minute' RETURNING 1
                    ) SELECT count(*) FROM taken
                    """
                )
            }
            try await publishing(zombie) { _ = try await zombie.relay.relay() }
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 20, "they are another's")
            try await harness.hastenOutbox()
            let successor = try harness.toy()
            try await publishing(successor) { _ = try await successor.relay.relay() }
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 0)
            let told = try await harness.take(40, from: harness.topology.workQueue(of: .sink))
            #expect(Set(told.map(\.properties.messageID)).count == 20, "twice each, under the same ids")
        }
    }

    @Test func `an announcement whose transaction commits last is told although its id is lower`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            try await publishing(toy) {
                try await toy.outbox.transaction { late in
                    try late.publish(
                        Ponged(sentAt: .now, filler: "late"),
                        about: .make(),
                        version: 1,
                        act: nil
                    )
                    try await abandon(3, in: harness)
                    _ = try await toy.relay.relay()
                    #expect(
                        try await harness.number("SELECT count(*) FROM outbox") == 0,
                        "only the later ids are there"
                    )
                }
            }
            try await harness.hastenOutbox()
            let successor = try harness.toy()
            try await publishing(successor) { _ = try await successor.relay.relay() }
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 0)
            let told = try await harness.take(4, from: harness.topology.workQueue(of: .sink))
            #expect(Set(told.map(\.properties.messageID)).count == 4)
        }
    }

    @Test func `what was relayed is the act's own body, byte for byte`() async throws {
        try await ToyHarness.with { harness in
            try await abandon(1, in: harness)
            let toy = try harness.toy()
            let look = Database(configuration: harness.database, logger: .silent)
            let act = try await look.query("SELECT id, body, version, occurred_at FROM acts")[0]
            #expect(try await harness.number("SELECT count(*) FROM outbox WHERE body IS NULL") == 1)
            try await publishing(toy) { _ = try await toy.relay.relay() }
            let told = try await harness.take(1, from: harness.topology.workQueue(of: .sink))[0]
            #expect(told.body == (try act["body", as: [UInt8].self]))
            #expect(told.properties.messageID == (try act["id", as: UUID.self]).lowercaseText)
            #expect(
                told.properties[header: Envelope.HeaderName.time]
                    == .string((try act["occurred_at", as: Timestamp.self]).description)
            )
            #expect(told.properties.appID == "toy")
            await look.close()
        }
    }

    @Test func `a message replayed long after it took effect changes nothing`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            let (id, aggregate) = (EventID.make(), SuggestionID.make())
            let knock = try Toy.knock(
                Pinged(),
                about: aggregate,
                id: id,
                topology: harness.topology,
                account: harness.broker.user
            )
            try await harness.running(harness.toy()) {
                try await harness.send([knock])
                try await eventually("it took effect") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == 1
                }
                // The row by which it is known has no age at which it would be removed.
                try await harness.send([knock])
                let marker = try await harness.knock(1)
                try await eventually("what came after the replay is done") {
                    try await harness.number("SELECT count(*) FROM positions WHERE version > 0") == 1 + marker.count
                }
            }
            #expect(try await harness.number("SELECT max(count) FROM effects") == 1)
        }
    }

    @Test func `a claim with the low-water hint does not pay for rows that a long snapshot keeps`() async throws {
        try await ToyHarness.with { harness in
            let holding = Database(configuration: harness.database, logger: .silent)
            let toy = try harness.toy()
            try await holding.transaction { holder in
                _ = try await holder.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                _ = try await holder.query("SELECT count(*) FROM outbox")
                // They come and go, and the snapshot keeps them all in table and index.
                try await toy.database.execute(
                    """
                    INSERT INTO outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at,
                                        body, not_before)
                    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'e', 'k', false, 'n',
                           gen_random_uuid(), 1, now(), '', now() FROM generate_series(1, 200000) AS row (n)
                    """
                )
                try await toy.database.execute("DELETE FROM outbox")
                let clock = ContinuousClock()
                let bound = UUIDv7.lowerBound(at: .now + .seconds(-60))
                // The best of five each: what else the machine does only adds.
                var (hinted, whole): ([Duration], [Duration]) = ([], [])
                for _ in 0..<5 {
                    hinted.append(try await clock.measure { _ = try await toy.relay.relay(from: bound) })
                    whole.append(try await clock.measure { _ = try await toy.relay.relay() })
                }
                let (quick, slow) = (hinted.min() ?? .zero, whole.min() ?? .zero)
                #expect(quick * 3 < slow, "\(quick) with the hint, \(slow) without")
            }
            await holding.close()
            await toy.database.close()
        }
    }
}
