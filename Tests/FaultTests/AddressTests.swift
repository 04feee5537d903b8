import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 11 to 13 with more than one address, and 45: who connects again, where, and when.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct AddressTests {
    private let stack = StackControl()

    @Test func `a broker's first address that is silent is passed over, at the start and under load`()
        async throws
    {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: harness.broker.addresses[0].port)
            defer { proxy.close() }
            proxy.pause()
            let toy = try harness.toy(changing: { broker in
                broker.addresses.insert(.init(host: "127.0.0.1", port: proxy.port), at: 0)
                (broker.connectTimeout, broker.heartbeat) = (.seconds(1), .seconds(1))
            })
            var ids = try await harness.knock(100)
            try await harness.running(toy) {
                try await eventually("they have taken effect") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                }
                #expect(!proxy.arrivals.isEmpty)
            }
            proxy.resume()
            let second = try harness.toy(changing: { broker in
                broker.addresses.insert(.init(host: "127.0.0.1", port: proxy.port), at: 0)
                (broker.connectTimeout, broker.heartbeat) = (.seconds(1), .seconds(1))
            })
            try await harness.running(second) {
                ids += try await harness.knock(100)
                try await eventually("through the first address") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                }
                proxy.pause()
                ids += try await harness.knock(100)
                try await eventually("through the second") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                }
                try await harness.hastenOutbox()
                try await harness.conserved(ids)
            }
        }
    }

    @Test func `a database's first host that is silent is passed over`() async throws {
        try await TestStack().withDatabase { name in
            var configuration = try TestStack().database(name)
            configuration.connectTimeout = .seconds(1)
            let proxy = TCPProxy(to: configuration.hosts[0].port)
            defer { proxy.close() }
            proxy.pause()
            configuration.hosts.insert(.init(name: "127.0.0.1", port: proxy.port), at: 0)
            let database = Database(configuration: configuration, logger: .silent)
            #expect(try await database.query("SELECT 1")[0].value(at: 0, as: Int.self) == 1)
            // The next connection begins where the last one was made.
            let arrivals = proxy.arrivals.count
            let second = try await database.transaction { _ in
                try await database.query("SELECT 2")[0].value(at: 0, as: Int.self)
            }
            #expect(second == 2)
            #expect(proxy.arrivals.count == arrivals)
            await database.close()
        }
    }

    @Test func `fifty clients of a broker that was away come back spread out over time, and all of them`() async throws
    {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: harness.broker.addresses[0].port)
            defer { proxy.close() }
            var configuration = harness.broker
            configuration.addresses[0].port = proxy.port
            let publishers = (0..<50).map { _ in Publisher(configuration: configuration, logger: .silent) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for publisher in publishers { group.addTask { await publisher.run() } }
                try await eventually("all are connected") { publishers.allSatisfy { $0.status == .ready } }
                try await stack.run("broker-kill")
                let down = ContinuousClock.now
                // Long enough that each client's pause has grown to its limit.
                try await eventually("it has been away for a while", within: .seconds(20)) {
                    down.duration(to: .now) > .seconds(12)
                }
                let attempts = proxy.arrivals.filter { $0 > down }.count
                // Doubling from 0.1 s to 10 s with full jitter: some nine attempts each in this time, and no storm.
                #expect(attempts < 50 * 20)
                try await stack.run("broker-start")
                let up = ContinuousClock.now
                try await eventually("all are connected again", within: .seconds(30)) {
                    publishers.allSatisfy { $0.status == .ready }
                }
                #expect(up.duration(to: .now) < configuration.backoffLimit + .seconds(10))
                let logins = proxy.arrivals.filter { $0 > up }.map { up.duration(to: $0) }
                let busiest = Dictionary(grouping: logins) { $0.components.seconds }.map(\.value.count).max() ?? 0
                // Fifty at once would be one second's; over ten seconds a second has five, and chance a few more.
                #expect(busiest <= 20, "\(busiest) of \(logins.count) logins in one second")
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}
