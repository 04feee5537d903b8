import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 42 and 25 at the database: its disk is full, its clock jumps.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FrailDatabaseTests {
    private let stack = StackControl()

    /// Starts the server whose disk and clock can be disturbed, and takes it away afterwards.
    private func withFrailServer(_ body: (TestStack) async throws -> Void) async throws {
        try await stack.undoing {
            try await stack.run("database-reset", "--server", "frail")
        } after: {
            try await stack.run("database-start", "--server", "frail")
            try await body(try TestStack.frail())
        }
    }

    @Test func `a full disk fails closed: writes are refused, nothing is acknowledged, until there is room`()
        async throws
    {
        try await withFrailServer { server in
            try await ToyHarness.with(stack: server) { harness in
                let toy = try harness.toy()
                try await harness.running(toy) {
                    var ids = try await harness.knock(200)
                    try await eventually("they have taken effect") {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                    }
                    try await stack.run("disk-fill")
                    // As an intake would: what is refused was told so, and what was accepted is there.
                    var accepted = 0
                    try await eventually("a write is refused for want of room", every: .milliseconds(1)) {
                        do {
                            try await accept(by: toy)
                            accepted += 1
                            return false
                        } catch let error as DatabaseError where error.state == "53100" {
                            #expect(error.isInfrastructure)
                            return true
                        }
                    }
                    // More than can find room in pages that are there already.
                    ids += try await harness.knock(1_500)
                    let work = harness.topology.workQueue(of: .toy)
                    try await eventually("the service sits the outage out", every: .milliseconds(100)) {
                        // Nothing has left the queue that has had no effect. The broker's count is seconds old.
                        let effects = try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects")
                        let left = try await self.unsettled(work)
                        return left > 0 && left + effects >= ids.count
                    }
                    await #expect(throws: DatabaseError.self) { try await accept(by: toy) }
                    try await stack.run("disk-free")
                    try await eventually("all has taken effect", within: .seconds(60), every: .milliseconds(200)) {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                    }
                    try await accept(by: toy)
                    try await harness.hastenOutbox()
                    #expect(try await harness.number("SELECT count(*) FROM acts") == accepted + 1)
                    try await harness.conserved(ids, within: .seconds(60))
                }
            }
        }
    }

    /// One act of 200,000 bytes, which no page has room for.
    private func accept(by toy: Toy) async throws {
        var generator = SeededGenerator(seed: 1)
        // Not to be compressed away.
        let letters = (0..<200_000).map { _ in UInt8.random(in: 65...90, using: &generator) }
        let filler = String(decoding: letters, as: UTF8.self)
        try await toy.outbox.transaction { transaction in
            try transaction.publish(
                Ponged(sentAt: .now, filler: filler),
                about: .make(),
                version: 1,
                act: Act(actor: "unit:toy", authority: "代表法 §51")
            )
        }
    }

    /// The messages of a queue, in consumers' hands or not.
    private func unsettled(_ queue: String) async throws -> Int {
        let lines = try await stack.run("broker-ctl", "list_queues", "--quiet", "name", "messages").split(
            separator: "\n"
        )
        let line = try #require(lines.first { $0.hasPrefix("\(queue)\t") })
        return try #require(Int(line.split(separator: "\t")[1]))
    }

    @Test func `leases of a clock that is put back hold nothing up, and a clock put forward repeats nothing`()
        async throws
    {
        try await withFrailServer { server in
            try await ToyHarness.with(stack: server) { harness in
                let proxy = TCPProxy(to: harness.broker.addresses[0].port)
                defer { proxy.close() }
                var ids = try await harness.knock(100)
                let toy = try harness.toy(brokerPort: proxy.port)
                try await harness.running(toy) {
                    try await eventually("they have taken effect") {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                    }
                    try await stack.run("clock-set", "+2d")
                    ids += try await harness.knock(100)
                    try await eventually("two days on, the next have taken effect too") {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                    }
                    // Committed by the wrong clock and not to be published: their rows stay behind.
                    try await eventually("the outbox is empty") {
                        try await harness.number("SELECT count(*) FROM outbox") == 0
                    }
                    proxy.refuse()
                    try await eventually("the publisher has lost the broker") {
                        if case .connecting = toy.publisher.status { true } else { false }
                    }
                    for _ in 0..<50 {
                        try await toy.outbox.transaction { transaction in
                            try transaction.publish(
                                Ponged(sentAt: .now, filler: ""),
                                about: .make(),
                                version: 1,
                                act: nil,
                                following: .event(metadata())
                            )
                        }
                    }
                    #expect(try await harness.number("SELECT count(*) FROM outbox") == 50)
                    try await stack.run("clock-set", "+0")
                    proxy.resume()
                    try await eventually("the relay takes them although their time is two days off") {
                        try await harness.number("SELECT count(*) FROM outbox") == 0
                    }
                    let sink = harness.topology.workQueue(of: .sink)
                    let told = try await harness.take(try await harness.count(sink), from: sink)
                    let causes = Set(told.compactMap { $0.properties[header: Envelope.HeaderName.cause] })
                    #expect(causes.count == ids.count + 50)
                    #expect(try await harness.number("SELECT count(*) FROM inbox") == ids.count)
                }
            }
        }
    }

    private func metadata() -> EventMetadata {
        EventMetadata(id: .make(), name: Pinged.name, owner: .source, aggregate: .make(), version: 1, time: .now)
    }
}
