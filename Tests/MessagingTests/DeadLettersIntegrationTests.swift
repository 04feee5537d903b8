import Contracts
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct DeadLettersIntegrationTests {
    /// Lends a service whose parked queue holds `count` messages, refused by rule.
    private func withParked(_ count: Int, _ body: (ToyHarness, DeadLetters, [EventID]) async throws -> Void)
        async throws
    {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(count, behaviour: "refuse")
            let letters = DeadLetters(broker: harness.broker, topology: harness.topology, service: .toy)
            try await harness.running(harness.toy()) {
                try await eventually("\(count) are parked") {
                    try await harness.count(harness.topology.parkedQueue(of: .toy)) == count
                }
            }
            try await body(harness, letters, ids)
        }
    }

    @Test func `looking shows why each message lies there and takes nothing away`() async throws {
        try await withParked(3) { harness, letters, ids in
            for _ in 0..<3 {
                let listed = try await letters.list()
                #expect(Set(listed.map(\.id)) == Set(ids.map(\.description)))
                #expect(listed.allSatisfy { $0.reason == "refused-by-rule" && $0.error == "/behaviour: refuse" })
                #expect(listed.allSatisfy { $0.name == "toy.pinged" && Timestamp($0.parkedAt) != nil })
                try await eventually("all are back") {
                    try await harness.count(harness.topology.parkedQueue(of: .toy)) == 3
                }
            }
        }
    }

    @Test func `a replayed message comes to its handler again and to no one else's harm`() async throws {
        try await withParked(3) { harness, letters, ids in
            #expect(try await letters.replay([ids[1].description]) == 1)
            #expect(try await harness.count(harness.topology.workQueue(of: .toy)) == 1)
            try await harness.running(harness.toy()) {
                try await eventually("it is refused and parked again") {
                    try await harness.count(harness.topology.parkedQueue(of: .toy)) == 3
                }
            }
            let again = try await letters.list().first { $0.id == ids[1].description }
            #expect(again?.attempts == 0)
        }
    }

    @Test func `a discarded message is gone, and an unknown id changes nothing`() async throws {
        try await withParked(3) { harness, letters, ids in
            let database = Database(configuration: harness.database, logger: .silent)
            let act = Act(actor: "operator:test", authority: "because")
            await #expect(throws: DeadLetters.NotFound.self) {
                try await letters.discard([ids[0].description, "no-such-id"], by: act, recordingIn: database)
            }
            try await eventually("all are still there") {
                try await harness.count(harness.topology.parkedQueue(of: .toy)) == 3
            }
            #expect(try await letters.discard([ids[0].description], by: act, recordingIn: database) == 1)
            let recorded = try await harness.number("SELECT count(*) FROM acts WHERE name = 'dead-letter.discarded'")
            #expect(recorded == 1, "who did it and why is on record")
            await database.close()
            try await eventually("two are left") {
                try await harness.count(harness.topology.parkedQueue(of: .toy)) == 2
            }
        }
    }

    @Test func `of many that are discarded at once none comes back`() async throws {
        try await withParked(300) { harness, letters, ids in
            let database = Database(configuration: harness.database, logger: .silent)
            let act = Act(actor: "operator:test", authority: "because")
            let some = Set(ids.dropLast().map(\.description))
            #expect(try await letters.discard(some, by: act, recordingIn: database) == some.count)
            await database.close()
            let left = try await letters.list()
            #expect(left.map(\.id) == [ids.last?.description])
        }
    }

    @Test func `two letters of one id leave a record each when they are discarded`() async throws {
        try await ToyHarness.with { harness in
            let account = harness.broker.user
            let knock = try Toy.knock(Pinged(behaviour: "refuse"), topology: harness.topology, account: account)
            let letters = DeadLetters(broker: harness.broker, topology: harness.topology, service: .toy)
            try await harness.send([knock, knock])
            try await harness.running(harness.toy()) {
                try await eventually("both are parked") {
                    try await harness.count(harness.topology.parkedQueue(of: .toy)) == 2
                }
            }
            let database = Database(configuration: harness.database, logger: .silent)
            let act = Act(actor: "operator:test", authority: "because")
            let id = try #require(knock.properties.messageID)
            #expect(try await letters.discard([id], by: act, recordingIn: database) == 2)
            #expect(try await harness.number("SELECT count(*) FROM acts WHERE name = 'dead-letter.discarded'") == 2)
            await database.close()
        }
    }
}
