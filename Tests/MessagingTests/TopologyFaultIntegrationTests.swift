import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 20, 23, 28, 31, 32, 38, 41 and 43: the broker's objects or the messages are not what they should be.
@Suite(.timeLimit(.minutes(5)))
struct TopologyFaultIntegrationTests {
    @Test func `an exchange deleted under load closes the channel, and what was in doubt is sent again`() async throws {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(600)
            let toy = try harness.toy()
            try await harness.running(toy) {
                try await BrokerAdministration.connected(harness.broker) { broker in
                    try await broker.deleteExchange(harness.topology.events)
                }
                try await eventually("everything has taken effect") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == 600
                }
                try await Toy.prepare(topology: harness.topology, database: harness.database, broker: harness.broker)
                try await harness.hastenOutbox()
                try await harness.conserved(ids)
            }
        }
    }

    @Test func `a queue deleted under its consumer is consumed again once it is declared`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let first = try await harness.knock(5)
            try await harness.running(toy) {
                try await harness.conserved(first)
                let queue = harness.topology.workQueue(of: .toy)
                try await BrokerAdministration.connected(harness.broker) { try await $0.deleteQueue(queue) }
                try await eventually("the loss shows in the status") { toy.subscriber.status != .ready }
                try await Toy.prepare(topology: harness.topology, database: harness.database, broker: harness.broker)
                try await eventually("it is subscribed again") { toy.subscriber.status == .ready }
                let later = try await harness.knock(5)
                try await eventually("what came later is done") {
                    try await harness.number("SELECT count(*) FROM inbox") == first.count + later.count
                }
            }
        }
    }

    @Test func `a message on the ladder outlives the absence of its work queue`() async throws {
        // Long enough for the queue to be gone before the time is up, beside whatever else runs.
        try await ToyHarness.with(ladder: [.seconds(5)]) { harness in
            let queue = harness.topology.workQueue(of: .toy)
            let ids = try await harness.knock(1, behaviour: "twice")
            try await harness.running(harness.toy()) {
                let rung = harness.topology.retryQueue(of: .toy, harness.topology.ladder[0])
                try await eventually("it is on the ladder", every: .milliseconds(5)) {
                    try await harness.count(rung) == 1
                }
                try await BrokerAdministration.connected(harness.broker) { try await $0.deleteQueue(queue) }
                // Past its time to live, with nowhere to go: the broker keeps it and tries again.
                try await eventually("its time has passed") { try await harness.count(rung) == 0 }
                try await Toy.prepare(topology: harness.topology, database: harness.database, broker: harness.broker)
                try await harness.conserved(ids, within: .seconds(60))
            }
        }
    }

    @Test func `a short delay does not stand behind a long one`() async throws {
        try await ToyHarness.with(ladder: [.milliseconds(300), .seconds(600)]) { harness in
            let stuck = try await harness.knock(1, behaviour: "throw")
            try await harness.running(harness.toy()) {
                let long = harness.topology.retryQueue(of: .toy, harness.topology.ladder[1])
                try await eventually("one rests for ten minutes") { try await harness.count(long) == 1 }
                let quick = try await harness.knock(1, behaviour: "twice")
                try await eventually("the other is through long before") {
                    try await harness.number("SELECT count(*) FROM inbox") == 1
                }
                #expect(stuck != quick)
                #expect(try await harness.count(long) == 1)
            }
        }
    }

    @Test func `version n on the ladder while n+1 passes is applied in its turn`() async throws {
        // It rests until the test takes it down: what is seen meanwhile does not depend on how soon it is looked for.
        try await ToyHarness.with(mode: .inOrder, ladder: [.seconds(600)]) { harness in
            let aggregate = SuggestionID.make()
            let ids = (0..<3).map { _ in EventID.make() }
            func knock(_ version: Int, _ behaviour: String?) throws -> OutgoingMessage {
                try Toy.knock(
                    Pinged(behaviour: behaviour),
                    about: aggregate,
                    version: version,
                    id: ids[version - 1],
                    topology: harness.topology,
                    account: harness.broker.user
                )
            }
            try await harness.running(harness.toy()) {
                try await harness.send([knock(1, nil)])
                // Two lanes: 2 is not to be found before 1 is applied, or it would wait for 1 and not rest.
                try await eventually("1 is applied") {
                    try await harness.number("SELECT coalesce(max(version), 0) FROM effects") == 1
                }
                try await harness.send([knock(2, "twice")])
                let rung = harness.topology.retryQueue(of: .toy, harness.topology.ladder[0])
                try await eventually("2 rests") { try await harness.count(rung) == 1 }
                try await harness.send([knock(3, nil)])
                try await eventually("3 waits for 2") {
                    try await harness.number("SELECT count(*) FROM waiting WHERE version = 3") == 1
                }
                #expect(try await harness.number("SELECT coalesce(max(version), 0) FROM effects") == 1)
                let rested = try await harness.take(1, from: rung)
                #expect(rested.map(\.properties.messageID) == [ids[1].description])
                try await harness.send(
                    rested.map { rested in
                        OutgoingMessage(
                            exchange: harness.topology.retryExchange(of: .toy),
                            routingKey: "work",
                            isMandatory: true,
                            properties: rested.properties,
                            body: rested.body
                        )
                    }
                )
                try await harness.conserved(ids)
            }
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
        }
    }

    @Test func `an event whose source is not its sender's account is parked as forged`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            // With production's rule a service publishes under its own name; the tests' account is nobody's.
            let strict = Consumer(
                outbox: toy.outbox,
                subscriber: toy.subscriber,
                handlers: [CountPing()],
                mode: .byID,
                logger: .silent
            )
            try await harness.knock(1)
            let runs = Task {
                await withDiscardingTaskGroup { group in
                    group.addTask { await toy.publisher.run() }
                    group.addTask { await toy.subscriber.run() }
                    group.addTask { await strict.run() }
                }
            }
            let parked = try await harness.take(1, from: harness.topology.parkedQueue(of: .toy))
            #expect(parked.first?.properties[header: Envelope.HeaderName.reason] == .string("forged-sender"))
            #expect(try await harness.number("SELECT count(*) FROM effects") == 0)
            runs.cancel()
            await runs.value
        }
    }

    @Test func `a body too large for any broker is refused before the commit`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let refusal = await #expect(throws: Refusal.self) {
                try await toy.outbox.transaction { transaction in
                    try transaction.publish(
                        Ponged(sentAt: .now, filler: String(repeating: "x", count: EventCoding.bodyLimit)),
                        about: .make(),
                        version: 1,
                        act: nil
                    )
                }
            }
            #expect(refusal?.reason == .refusedByRule)
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 0)
            await toy.database.close()
        }
    }

    @Test func `an event that an older version did not know takes effect when it is replayed to a newer one`()
        async throws
    {
        try await ToyHarness.with { harness in
            var future = try Toy.knock(Pinged(), topology: harness.topology, account: harness.broker.user)
            let type = future.properties[header: Envelope.HeaderName.type]
            future.properties.headers.removeAll { $0.name == Envelope.HeaderName.type }
            future.properties.headers.append(Header(Envelope.HeaderName.type, .string("toy.pinged.v2")))
            try await harness.send([future])
            try await harness.running(harness.toy()) {
                let parked = try #require(try await harness.take(1, from: harness.topology.parkedQueue(of: .toy)).first)
                #expect(parked.properties[header: Envelope.HeaderName.reason] == .string("unknown-type"))
                #expect(parked.body == future.body)
                // The newer version knows the name; here it is the name that changes back.
                var properties = parked.properties
                properties.headers.removeAll { $0.name == Envelope.HeaderName.type || $0.name == "x-delivery-count" }
                properties.headers.append(Header(Envelope.HeaderName.type, try #require(type)))
                try await harness.send([
                    OutgoingMessage(
                        exchange: harness.topology.retryExchange(of: .toy),
                        routingKey: "work",
                        properties: properties,
                        body: parked.body
                    )
                ])
                try await eventually("it has taken effect") {
                    try await harness.number("SELECT count(*) FROM inbox") == 1
                }
            }
        }
    }
}
