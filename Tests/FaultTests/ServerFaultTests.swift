import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 9, 10, 16, 17, 24 and 37: the servers themselves are killed, restarted and alarmed.
///
/// Serial, and apart from everything else: what they do to a server, all its clients feel.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ServerFaultTests {
    private let stack = StackControl()

    /// Runs the service under a steady stream of knocks, disturbs a server meanwhile, and settles the accounts.
    ///
    /// - Returns: how often a knock was not confirmed.
    @discardableResult
    private func underLoad(_ disturb: () async throws -> Void) async throws -> Int {
        var doubts = 0
        try await ToyHarness.with { harness in
            try await harness.running(harness.toy()) {
                let (ids, inDoubt) = try await harness.streaming(disturb)
                doubts = inDoubt
                try await eventually("all has taken effect", within: .seconds(60), every: .milliseconds(200)) {
                    (try? await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")) == ids.count
                }
                try await harness.hastenOutbox()
                try await harness.conserved(ids, within: .seconds(60))
            }
        }
        return doubts
    }

    @Test func `a broker killed under load loses and doubles nothing`() async throws {
        let doubts = try await underLoad {
            try await stack.run("broker-kill")
            try await stack.run("broker-start")
        }
        #expect(doubts > 0, "something was under way when it was killed")
    }

    @Test func `a broker restarted in order loses and doubles nothing`() async throws {
        let doubts = try await underLoad {
            try await stack.run("broker-stop")
            try await stack.run("broker-start")
        }
        #expect(doubts > 0, "something was under way when it was stopped")
    }

    @Test func `a database killed under load loses and doubles nothing and costs no attempt`() async throws {
        try await underLoad {
            try await stack.run("database-kill")
            try await stack.run("database-start")
        }
    }

    @Test func `a revoked right shows in the status with its reason, and work goes on when it is given back`()
        async throws
    {
        let user = TestStack.uniqueName()
        try await stack.run("broker-ctl", "add_user", user, "geheim")
        try await stack.run("broker-ctl", "set_permissions", user, ".*", ".*", ".*")
        try await ToyHarness.with { harness in
            var configuration = harness.broker
            (configuration.user, configuration.password) = (user, "geheim")
            let subscriber = Subscriber(
                configuration: configuration,
                queue: harness.topology.workQueue(of: .toy),
                prefetch: 10,
                logger: .silent
            )
            let run = Task { await subscriber.run() }
            try await eventually("it is subscribed") { subscriber.status == .ready }
            try await stack.run("broker-ctl", "clear_permissions", user)
            try await stack.run("broker-ctl", "close_all_user_connections", user, "test")
            try await eventually("the refusal is in the status") {
                if case .connecting(let reason?) = subscriber.status {
                    reason.contains("403") || reason.contains("530")
                } else {
                    false
                }
            }
            try await stack.run("broker-ctl", "set_permissions", user, ".*", ".*", ".*")
            try await eventually("it is subscribed again") { subscriber.status == .ready }
            run.cancel()
            await run.value
        }
        try await stack.run("broker-ctl", "delete_user", user)
    }

    @Test func `an operator who may impersonate replays under the sender's account, and one who may not sends nothing`()
        async throws
    {
        let user = TestStack.uniqueName()
        try await stack.run("broker-ctl", "add_user", user, "geheim")
        try await stack.run("broker-ctl", "set_permissions", user, ".*", ".*", ".*")
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(1, behaviour: "refuse")
            let parked = harness.topology.parkedQueue(of: .toy)
            func comesBack() async throws {
                try await harness.running(harness.toy()) {
                    try await eventually("it is parked") { try await harness.count(parked) == 1 }
                }
            }
            try await comesBack()
            var operators = harness.broker
            (operators.user, operators.password) = (user, "geheim")
            let letters = DeadLetters(broker: operators, topology: harness.topology, service: .toy)
            await #expect(throws: BrokerError.self) { try await letters.replay() }
            try await eventually("it lies where it lay") { try await harness.count(parked) == 1 }
            try await stack.run("broker-ctl", "set_user_tags", user, "impersonator")
            #expect(try await letters.replay() == 1)
            try await comesBack()
            let again = try #require(try await letters.list().first)
            #expect(again.id == ids[0].description && again.reason == "refused-by-rule", "not as forged")
        }
        try await stack.run("broker-ctl", "delete_user", user)
    }

    @Test func `what cannot be set aside under an alarm comes back once, and takes its rungs when that is over`()
        async throws
    {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(1, behaviour: "throw")
            let toy = try harness.toy(holdLimit: .milliseconds(500))
            try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "0.00000001")
            do {
                try await harness.running(toy) {
                    let work = harness.topology.workQueue(of: .toy)
                    try await eventually("it has gone back") {
                        toy.subscriber.status != .ready ? try await harness.count(work) == 1 : false
                    }
                    let start = ContinuousClock.now
                    try await eventually("many limits pass") { start.duration(to: .now) > .seconds(5) }
                    let counts = try await BrokerAdministration.connected(harness.broker) {
                        try await $0.get(work, maximum: 1).map(\.deliveryCount)
                    }
                    #expect(counts.count == 1 && counts[0] <= 2)
                    try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "absolute", "2GB")
                    let parked = harness.topology.parkedQueue(of: .toy)
                    try await eventually("it is parked", within: .seconds(60)) { try await harness.count(parked) == 1 }
                    let letter = try #require(try await harness.take(1, from: parked).first)
                    #expect(letter.properties.messageID == ids[0].description)
                    #expect(letter.properties[header: Envelope.HeaderName.reason] == .string("attempts-spent"))
                }
            } catch {
                try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "absolute", "2GB")
                throw error
            }
        }
    }

    @Test func `under an alarm the service says so, goes on consuming, and catches up`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let ids = try await harness.knock(100)
            try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "0.00000001")
            do {
                try await harness.running(toy) {
                    // The alarm came before the service's first message: nobody has told its connection yet.
                    try await eventually("what was queued has taken effect", within: .seconds(30)) {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                    }
                    try await eventually("the publisher is blocked", within: .seconds(10)) {
                        if case .blocked = toy.publisher.status { true } else { false }
                    }
                    #expect(try await harness.number("SELECT count(*) FROM outbox") == ids.count)
                    try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "absolute", "2GB")
                    try await eventually("the publisher is free") { toy.publisher.status == .ready }
                    try await harness.hastenOutbox()
                    try await harness.conserved(ids)
                }
            } catch {
                try await stack.run("broker-ctl", "set_vm_memory_high_watermark", "absolute", "2GB")
                throw error
            }
        }
    }
}
