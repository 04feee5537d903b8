import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 29 and 30: two of three nodes are away; leaders change under load.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct QuorumTests {
    private let stack = StackControl()
    private let nodes = ["1", "2", "3"]

    /// Starts whatever node is down, then waits until every queue has all its members again.
    private func heal() async throws {
        for node in nodes { try await stack.run("broker-start", "--node", node) }
    }

    @Test func `without a majority nothing is confirmed, rows stay and the service says so; healed, all is told once`()
        async throws
    {
        try await ToyHarness.with { harness in
            let toy = try harness.toy(changing: { $0.confirmTimeout = .seconds(3) })
            try await harness.running(toy) {
                var ids = try await harness.knock(100)
                try await eventually("they are told of") {
                    let effects = try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
                    return try await harness.number("SELECT count(*) FROM outbox") == 0 && effects == ids.count
                }
                let told = try await stack.undoing(heal) {
                    try await stack.run("broker-kill", "--node", "2")
                    try await stack.run("broker-kill", "--node", "3")
                    let told = (0..<50).map { _ in EventID.make() }
                    for cause in told { try await tell(following: cause, by: toy) }
                    try await eventually("the service says that nothing is confirmed", within: .seconds(30)) {
                        guard case .blocked(let reason) = toy.publisher.status else { return false }
                        return reason.contains("confirm")
                    }
                    // Neither in one attempt nor in the next ones.
                    let start = ContinuousClock.now
                    try await eventually("time passes") {
                        let waiting = try await harness.number("SELECT count(*) FROM outbox")
                        #expect(waiting == told.count)
                        return start.duration(to: .now) > .seconds(10)
                    }
                    if case .ready = toy.publisher.status { Issue.record("ready without a confirm") }
                    return told
                }
                try await eventually("what waited has left", within: .seconds(60)) {
                    try await harness.number("SELECT count(*) FROM outbox") == 0
                }
                try await eventually("the service says that it is well") { toy.publisher.status == .ready }
                let sink = harness.topology.workQueue(of: .sink)
                let deliveries = try await harness.take(try await harness.count(sink), from: sink)
                let causes = Set(deliveries.compactMap { $0.properties[header: Envelope.HeaderName.cause] })
                #expect(causes.count == ids.count + told.count)
                for cause in told { #expect(causes.contains(.string(cause.description))) }
                ids += try await harness.knock(100)
                try await eventually("and it goes on") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                }
                #expect(try await harness.number("SELECT count(*) FROM inbox") == ids.count)
                #expect(try await harness.count(harness.topology.parkedQueue(of: .toy)) == 0)
            }
        }
    }

    private func tell(following cause: EventID, by toy: Toy) async throws {
        let metadata = EventMetadata(
            id: cause,
            name: Pinged.name,
            owner: .source,
            aggregate: .make(),
            version: 1,
            time: .now
        )
        try await toy.outbox.transaction { transaction in
            try transaction.publish(
                Ponged(sentAt: .now, filler: ""),
                about: metadata.aggregate,
                version: 1,
                act: nil,
                following: .event(metadata)
            )
        }
    }

    @Test(arguments: [InboxMode.byID, .inOrder])
    func `leaders killed and moved under load lose and double nothing`(mode: InboxMode) async throws {
        let cluster = try TestStack().cluster()
        try await ToyHarness.with(mode: mode, broker: cluster) { harness in
            var ids = try await harness.knock(200)
            try await harness.running(harness.toy()) {
                // A confirm that went down with its leader is given up after half a minute, and its message sent again.
                let patience: Duration = .seconds(90)
                for node in nodes {
                    try await stack.undoing(heal) {
                        try await stack.run("broker-kill", "--node", node)
                        ids += try await harness.knock(200, within: patience)
                    }
                    try await stack.evaluate(#"rabbit_amqqueue:rebalance(all, ".*", ".*")."#)
                    ids += try await harness.knock(200, within: patience)
                }
                try await eventually("all has taken effect", within: .seconds(90), every: .milliseconds(200)) {
                    (try? await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")) == ids.count
                }
                try await harness.hastenOutbox()
                try await harness.conserved(ids, within: .seconds(90))
            }
        }
    }
}
