import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedule 15: the database goes over to its standby, with and without the last commits.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FailoverTests {
    private let stack = StackControl()

    /// Lends a world whose database has a standby; afterwards the main one runs again, alone.
    private func withStandby(_ body: (ToyHarness) async throws -> Void) async throws {
        try await ToyHarness.with { harness in
            var both = harness
            let port = try #require(Int(try harness.stack.variable("EBINDA_DATABASE_STANDBY_PORT")))
            both.database.hosts.append(.init(name: "127.0.0.1", port: port))
            let world = both
            try await stack.undoing {
                try await stack.run("database-start")
                try await setSynchronous("", on: harness)
                try await stack.run("database-reset", "--server", "standby")
            } after: {
                try await stack.run("database-start", "--server", "standby")
                try await body(world)
            }
        }
    }

    /// Whether each commit waits for the standby.
    private func setSynchronous(_ names: String, on harness: ToyHarness) async throws {
        let database = Database(configuration: try harness.stack.database("postgres", poolSize: 1), logger: .silent)
        try await database.runScript("ALTER SYSTEM SET synchronous_standby_names = '\(names)'")
        try await database.runScript("SELECT pg_reload_conf()")
        try await eventually("the setting is in force") {
            try await database.query("SELECT current_setting('synchronous_standby_names') AS names")[0][
                "names",
                as: String.self
            ] == names
        }
        await database.close()
    }

    private func failOver() async throws {
        try await stack.run("database-kill")
        try await stack.run("standby-promote")
    }

    @Test func `a service goes over to the promoted standby by itself, and what was committed there is all there`()
        async throws
    {
        try await withStandby { harness in
            try await setSynchronous("*", on: harness)
            let log = RecordingLog()
            let toy = try harness.toy(logger: log.logger)
            try await harness.running(toy) {
                let (ids, _) = try await harness.streaming { try await failOver() }
                try await eventually("all has taken effect", within: .seconds(60), every: .milliseconds(200)) {
                    (try? await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")) == ids.count
                }
                try await harness.hastenOutbox()
                try await harness.conserved(ids, within: .seconds(60))
            }
            let port = try await harness.number("SELECT inet_server_port()")
            #expect(port == harness.database.hosts[1].port)
        }
    }

    @Test func `what a lagging standby lost is shown by the published heads, and no id comes again`()
        async throws
    {
        try await withStandby { harness in
            let (topology, sink) = (harness.topology, harness.topology.workQueue(of: .sink))
            try await BrokerAdministration.connected(harness.broker) {
                try await $0.bind(sink, to: topology.events, key: topology.sealKey(owner: .toy))
            }
            let engine = try harness.toy()
            let run = Task { await engine.run() }
            try await announce(40, by: engine)
            let standby = try lookAtStandby(of: harness)
            try await eventually("the standby has it", every: .milliseconds(100)) {
                (try? await standby.query("SELECT count(*) FROM seals")[0].value(at: 0, as: Int.self)) == 1
            }
            try await stack.run("standby-detach")
            try await eventually("nobody follows any more", every: .milliseconds(100)) {
                try await count("pg_stat_replication", engine) == 0
            }
            try await announce(20, by: engine)
            try await eventually("all of it is told") {
                try await count("outbox", engine) == 0
            }
            try await failOver()
            await standby.close()

            let told = try await harness.take(try await harness.count(sink), from: sink)
            let heads = try published(told)
            #expect(heads.count == 2)
            let pongs = told.filter { $0.properties.type == Ponged.name.rawValue }
            let heard = Set(pongs.compactMap(\.properties.messageID))
            #expect(heard.count == 60)
            try await eventually("the service has gone over", every: .milliseconds(100)) {
                (try? await engine.database.query("SELECT 1")) != nil
            }
            let before = try await SealVerification.of(engine.database, published: heads)
            #expect(before.faults == [.tailCut(lastSeal: 1, published: 2)])
            // The reconciliation that names them: what was heard, less what its source still has.
            let kept = try await ids(engine.database)
            #expect(heard.subtracting(kept).count == 20 && kept.isSubset(of: heard))

            try await announce(10, by: engine)
            let after = try await SealVerification.of(engine.database, published: heads)
            #expect(after.faults == [.headReplaced(2)])
            let fresh = try await ids(engine.database).subtracting(kept)
            #expect(fresh.count == 10 && fresh.isDisjoint(with: heard))
            try await eventually("the new ones arrive") { try await harness.count(sink) >= 10 }
            run.cancel()
            await run.value
        }
    }

    /// Acts with what they announce, under one seal.
    private func announce(_ count: Int, by toy: Toy) async throws {
        try await toy.outbox.transaction { transaction in
            for _ in 0..<count {
                try transaction.publish(
                    Ponged(sentAt: .now, filler: "字"),
                    about: .make(),
                    version: 1,
                    act: Act(actor: "unit:toy", authority: "代表法 §51")
                )
            }
        }
        try await eventually("they are sealed") { try await toy.sealer.seal() == count }
    }

    private func count(_ table: String, _ toy: Toy) async throws -> Int {
        try await toy.database.query("SELECT count(*) FROM \(unsafe: table)")[0].value(at: 0, as: Int.self)
    }

    private func ids(_ database: Database) async throws -> Set<String> {
        Set(try await database.query("SELECT id::text AS id FROM acts").map { try $0["id", as: String.self] })
    }

    private func published(_ told: [Delivery]) throws -> [Int: String] {
        var heads: [Int: String] = [:]
        for delivery in told where delivery.properties.type == ActsSealed.name.rawValue {
            let seal = try EventCoding.decode(ActsSealed.self, from: delivery.body)
            heads[seal.number] = seal.head
        }
        return heads
    }

    private func lookAtStandby(of harness: ToyHarness) throws -> Database {
        var configuration = harness.database
        configuration.hosts.removeFirst()
        return Database(configuration: configuration, logger: .silent)
    }
}
