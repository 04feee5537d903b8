import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Synchronization
import Testing

/// Schedules 7, 11 to 14 and 24: the network fails between the service and its servers.
@Suite(.timeLimit(.minutes(5)))
struct NetworkFaultIntegrationTests {
    private let stack = TestStack()
    private var brokerPort: Int { get throws { Int(try stack.variable("EBINDA_BROKER_PORT")) ?? 0 } }
    private var databasePort: Int { get throws { Int(try stack.variable("EBINDA_DATABASE_PORT")) ?? 0 } }

    @Test(arguments: [Step.beforeCommit, .afterCommit, .afterPublish, .beforeAcknowledge])
    func `connections to the broker cut at a step change nothing in the end`(step: Step) async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try brokerPort)
            defer { proxy.close() }
            let cuts = Mutex(0)
            let toy = try harness.toy(brokerPort: proxy.port) { reached in
                guard reached == step,
                    cuts.withLock({
                        $0 += 1; return $0 <= 5
                    })
                else { return }
                proxy.cut()
            }
            let ids = try await harness.knock(1_000)
            try await harness.running(toy) {
                try await eventually("it was cut five times", within: .seconds(40)) { cuts.withLock { $0 } >= 3 }
                try await harness.hastenOutbox()
                try await harness.conserved(ids)
            }
        }
    }

    @Test(arguments: [Step.beforeCommit, .afterCommit])
    func `connections to the database cut at a step change nothing in the end`(step: Step) async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try databasePort)
            defer { proxy.close() }
            let cuts = Mutex(0)
            let toy = try harness.toy(databasePort: proxy.port) { reached in
                guard reached == step,
                    cuts.withLock({
                        $0 += 1; return $0 <= 5
                    })
                else { return }
                proxy.cut()
            }
            let ids = try await harness.knock(1_000)
            try await harness.running(toy) { try await harness.conserved(ids) }
            #expect(cuts.withLock { $0 } >= 2)
            #expect(
                try await harness.count(harness.topology.parkedQueue(of: .toy)) == 0,
                "an outage spends no attempts"
            )
        }
    }

    @Test func `a commit whose answer is lost is asked for by its ids and not done again`() async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try databasePort)
            defer { proxy.close() }
            let isFirst = Mutex(true)
            let ids = try await harness.knock(50)
            let toy = try harness.toy(databasePort: proxy.port) { step in
                guard step == .beforeCommit,
                    isFirst.withLock({ value in
                        defer { value = false }; return value
                    })
                else { return }
                // The COMMIT reaches the server; its answer does not come back.
                proxy.mute()
                Thread.detachNewThread {
                    _ = poll(nil, 0, 300)
                    proxy.cut()
                    proxy.resume()
                }
            }
            try await harness.running(toy) {
                try await eventually("it was committed") {
                    try await harness.number("SELECT count(*) FROM inbox") == 50
                }
                // The first attempt's messages never left its process; the relay has them.
                try await harness.hastenOutbox()
                try await harness.conserved(ids)
            }
        }
    }

    @Test func `a database that is away for a while costs no attempt and no message`() async throws {
        try await ToyHarness.with(ladder: [.seconds(3_600)]) { harness in
            let proxy = TCPProxy(to: try databasePort)
            let toy = try harness.toy(databasePort: proxy.port)
            let ids = try await harness.knock(20)
            try await harness.running(toy) {
                try await harness.conserved(ids)
                proxy.pause()
                proxy.cut()
                let later = try await harness.knock(20)
                // What reaches the service now fails in every attempt, until the way is free again.
                try await eventually("the failure is known") { toy.database.lastFailure != nil }
                proxy.resume()
                try await eventually("both lots are done", within: .seconds(30)) {
                    try await harness.number("SELECT count(*) FROM inbox") == ids.count + later.count
                }
            }
            proxy.close()
            #expect(try await harness.count(harness.topology.parkedQueue(of: .toy)) == 0)
        }
    }

    @Test func `a broker gone silent is noticed by its heartbeat on both connections`() async throws {
        try await ToyHarness.with { harness in
            let proxy = TCPProxy(to: try brokerPort)
            defer { proxy.close() }
            var configuration = harness.broker
            configuration.addresses[0].port = proxy.port
            // The shortest the protocol knows; silence of two of them ends a connection.
            configuration.heartbeat = .seconds(1)
            let toy = Toy(
                topology: harness.topology,
                database: harness.database,
                broker: configuration,
                mode: harness.mode
            )
            let first = try await harness.knock(10)
            try await harness.running(toy) {
                try await harness.conserved(first)
                proxy.pause()
                try await eventually("both connections are given up") {
                    toy.publisher.status != .ready && toy.subscriber.status != .ready
                }
                proxy.cut()
                proxy.resume()
                try await eventually("both are back") {
                    toy.publisher.status == .ready && toy.subscriber.status == .ready
                }
                let later = try await harness.knock(10)
                try await eventually("what came later is done") {
                    try await harness.number("SELECT count(*) FROM inbox") == first.count + later.count
                }
            }
        }
    }
}
