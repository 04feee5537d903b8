import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Synchronization
import Testing

/// What a consumer does with deliveries that it cannot bring to an end for long, and with copies that come of it.
@Suite(.timeLimit(.minutes(5)))
struct OutageIntegrationTests {
    private var databasePort: Int {
        get throws { try #require(Int(TestStack().variable("EBINDA_DATABASE_PORT"))) }
    }

    @Test func `past the limit of an outage deliveries go back once, and come again when the database answers`()
        async throws
    {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try databasePort)
            defer { proxy.close() }
            proxy.refuse()
            let toy = try harness.toy(databasePort: proxy.port, holdLimit: .milliseconds(300))
            let ids = try await harness.knock(50)
            let work = harness.topology.workQueue(of: .toy)
            try await harness.running(toy) {
                try await eventually("they have been in hand and are back") {
                    toy.subscriber.status != .ready && toy.database.lastFailure != nil
                        ? try await harness.count(work) == ids.count : false
                }
                // Several limits later they still lie there, and each round would have cost a delivery.
                let start = ContinuousClock.now
                try await eventually("time passes") { start.duration(to: .now) > .seconds(3) }
                let counts = try await BrokerAdministration.connected(harness.broker) {
                    try await $0.get(work, maximum: ids.count).map(\.deliveryCount)
                }
                #expect(counts.count == ids.count && counts.allSatisfy { $0 <= 1 })
                proxy.resume()
                try await harness.conserved(ids)
            }
        }
    }

    @Test func `a service told to stop in an outage stops, and what it held is in its queue`() async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try databasePort)
            defer { proxy.close() }
            proxy.refuse()
            let toy = try harness.toy(databasePort: proxy.port, holdLimit: .milliseconds(300))
            let ids = try await harness.knock(50)
            try await harness.running(toy) {
                try await eventually("the failure is known") { toy.database.lastFailure != nil }
            }
            try await eventually("all is back") {
                try await harness.count(harness.topology.workQueue(of: .toy)) == ids.count
            }
            try await harness.running(harness.toy()) { try await harness.conserved(ids) }
        }
    }

    @Test func `a suspect is tried once a delivery, however often the database fails it`() async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try databasePort)
            defer { proxy.close() }
            let ids = try await harness.knock(1)
            let work = harness.topology.workQueue(of: .toy)
            // Three looks: three deliveries that came back.
            for _ in 0..<3 {
                _ = try await BrokerAdministration.connected(harness.broker) { try await $0.get(work, maximum: 1) }
            }
            let cuts = Gate(6)
            let toy = try harness.toy(
                databasePort: proxy.port,
                observe: { step in
                    // Held open by the suspicion's own transaction, the connection breaks under the effect's.
                    if step == .beforeCommit, cuts.enterIfFree() { proxy.cut() }
                }
            )
            try await harness.running(toy) { try await harness.conserved(ids, within: .seconds(60)) }
        }
    }

    @Test func `what cannot be set aside for long goes back, and is no suspect for it`() async throws {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(1, behaviour: "throw")
            let retry = harness.topology.retryExchange(of: .toy)
            try await BrokerAdministration.connected(harness.broker) { try await $0.deleteExchange(retry) }
            let rounds = Mutex(0)
            let toy = try harness.toy(
                holdLimit: .milliseconds(300),
                observe: { step in if step == .afterSetAside { rounds.withLock { $0 += 1 } } }
            )
            try await harness.running(toy) {
                // More often than a message may come back before it is tried alone.
                try await eventually("it has gone back six times", within: .seconds(60)) { rounds.withLock { $0 } > 6 }
                try await Toy.prepare(topology: harness.topology, database: harness.database, broker: harness.broker)
                let parked = harness.topology.parkedQueue(of: .toy)
                try await eventually("it is parked", within: .seconds(60)) { try await harness.count(parked) == 1 }
                let letter = try #require(try await harness.take(1, from: parked).first)
                #expect(letter.properties.messageID == ids[0].description)
                #expect(letter.properties[header: Envelope.HeaderName.reason] == .string("attempts-spent"))
            }
        }
    }

    @Test func `a message parked twice and replayed takes effect once`() async throws {
        try await ToyHarness.with(ladder: []) { harness in
            let ids = try await harness.knock(1, behaviour: "twice")
            let parked = harness.topology.parkedQueue(of: .toy)
            // Killed between parking and acknowledging: the next process parks it once more.
            let doomed = try harness.process(killAt: .afterSetAside)
            await doomed.ended()
            let successor = try harness.process()
            try await eventually("both copies lie there") { try await harness.count(parked) == 2 }
            successor.terminate()
            await successor.ended()
            let letters = DeadLetters(broker: harness.broker, topology: harness.topology, service: .toy)
            #expect(try await letters.list().map(\.id) == [ids[0].description, ids[0].description])
            try await harness.running(harness.toy()) {
                try await eventually("replayed until it is through", every: .milliseconds(200)) {
                    if try await harness.count(parked) > 0 { _ = try await letters.replay() }
                    let effects = try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
                    let left = try await harness.count(parked) + harness.count(harness.topology.workQueue(of: .toy))
                    return effects > 0 && left == 0
                }
                try await harness.conserved(ids)
            }
        }
    }

    @Test func `another event under a version that was applied is parked, told apart from a repeat`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            let aggregate = SuggestionID.make()
            func knock(_ version: Int, _ id: EventID) throws -> OutgoingMessage {
                try Toy.knock(
                    Pinged(),
                    about: aggregate,
                    version: version,
                    id: id,
                    topology: harness.topology,
                    account: harness.broker.user
                )
            }
            let (first, second, other, third) = (EventID.make(), EventID.make(), EventID.make(), EventID.make())
            let parked = harness.topology.parkedQueue(of: .toy)
            try await harness.running(harness.toy()) {
                try await harness.send([knock(1, first), knock(2, second)])
                let position = "SELECT coalesce(max(version), 0) FROM positions" as SQL
                try await eventually("both are applied") { try await harness.number(position) == 2 }
                // As after a failover to a standby that lagged: its owner has forgotten version 2 and counts it anew.
                try await harness.send([knock(2, second), knock(2, other), knock(1, first), knock(3, third)])
                try await eventually("it lies there") { try await harness.count(parked) == 1 }
                try await eventually("the next goes on") { try await harness.number(position) == 3 }
            }
            let letter = try #require(try await harness.take(1, from: parked).first)
            #expect(letter.properties.messageID == other.description)
            #expect(letter.properties[header: Envelope.HeaderName.reason] == .string("version-conflict"))
            #expect(try await harness.number("SELECT count FROM effects") == 3)
            #expect(try await harness.count(harness.topology.workQueue(of: .toy)) == 0)
        }
    }
}
