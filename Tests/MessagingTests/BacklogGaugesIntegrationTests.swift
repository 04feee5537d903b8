import Contracts
import Messaging
import MetricsTestKit
import PostgreSQL
import RabbitMQ
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BacklogGaugesIntegrationTests {
    @Test func `what waits, for how long, and what no queue took can be seen from outside`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            let toy = try harness.toy()
            let metrics = TestMetrics()
            let gauges = BacklogGauges(
                of: .toy,
                database: toy.database,
                broker: harness.broker,
                topology: harness.topology,
                factory: metrics
            )
            func values(_ names: String...) throws -> [Double] {
                try names.compactMap { try metrics.expectGauge("ebinda_\($0)").lastValue }
            }
            let unread = try values("waiting_rows", "unrouted_messages")
            #expect(unread[0].isNaN && unread[1].isNaN)

            // Version 2 without version 1 waits; an event of an owner whom nobody hears is routed nowhere.
            try await harness.send([
                try Toy.knock(Pinged(), version: 2, topology: harness.topology, account: harness.broker.user)
            ])
            var stray = try Toy.knock(Pinged(), topology: harness.topology, account: harness.broker.user)
            stray.routingKey = "nobody.toy.pinged"
            try await harness.send([stray])
            try await harness.running(toy) {
                try await eventually("it waits") { try await harness.number("SELECT count(*) FROM waiting") == 1 }
            }
            // The service has stopped: what is committed now stays, and what is sent now lies there.
            try await harness.knock(3)
            try await toy.outbox.transaction { transaction in
                try transaction.publish(Ponged(sentAt: .now, filler: ""), about: .make(), version: 1, act: nil)
            }
            _ = try await harness.number(
                """
                WITH late AS (UPDATE waiting SET waiting_since = now() - interval '4 hours' RETURNING 1),
                     left_behind AS (UPDATE outbox SET occurred_at = now() - interval '1 hour' RETURNING 1)
                SELECT (SELECT count(*) FROM late) + (SELECT count(*) FROM left_behind)
                """
            )
            await gauges.read()
            let counts = try values("waiting_rows", "outbox_rows", "unsealed_acts")
            #expect(counts == [1, 1, 0])
            let queues = try values("work_messages", "parked_messages", "retrying_messages", "unrouted_messages")
            #expect(queues == [3, 0, 0, 1])
            let ages = try values("waiting_oldest_seconds", "outbox_oldest_seconds")
            #expect((14_400..<14_500).contains(ages[0]))
            #expect((3_600..<3_700).contains(ages[1]))
            await toy.database.close()
        }
    }

    @Test func `what cannot be read is not a number, and no old number`() async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: harness.broker.addresses[0].port)
            defer { proxy.close() }
            var broker = harness.broker
            broker.addresses[0].port = proxy.port
            let (database, metrics) = (Database(configuration: harness.database, logger: .silent), TestMetrics())
            let gauges = BacklogGauges(
                of: .toy,
                database: database,
                broker: broker,
                topology: harness.topology,
                factory: metrics
            )
            let work = try metrics.expectGauge("ebinda_work_messages")
            let unrouted = try metrics.expectGauge("ebinda_unrouted_messages")
            let outbox = try metrics.expectGauge("ebinda_outbox_rows")
            await gauges.read()
            #expect(work.lastValue == 0)
            proxy.refuse()
            await gauges.read()
            #expect(work.lastValue?.isNaN == true)
            #expect(unrouted.lastValue?.isNaN == true)
            #expect(outbox.lastValue == 0)
            await database.close()
        }
    }
}
