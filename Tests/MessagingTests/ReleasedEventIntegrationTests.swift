import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// An event that waited for its turn and cannot be handled when it comes hurts itself alone.
@Suite(.timeLimit(.minutes(5)))
struct ReleasedEventIntegrationTests {
    /// A world where version 2 waits for 1.
    private func withWaiting(
        _ behaviour: String,
        _ body: (_ harness: ToyHarness, _ ids: [EventID], _ first: OutgoingMessage) async throws -> Void
    ) async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
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
                try await harness.send([knock(2, behaviour), knock(3, nil)])
                try await eventually("2 and 3 wait for 1") {
                    try await harness.number("SELECT count(*) FROM waiting") == 2
                }
            }
            try await body(harness, ids, try knock(1, nil))
        }
    }

    /// Version 1 is applied once, 2 lies in the parked queue under its own id, and 3 goes on waiting.
    private func settled(_ harness: ToyHarness, _ ids: [EventID], reason: String, copies: Int = 1) async throws {
        let queue = harness.topology.parkedQueue(of: .toy)
        try await eventually("what cannot be handled is parked") { try await harness.count(queue) == copies }
        #expect(try await harness.number("SELECT version FROM positions") == 1)
        #expect(try await harness.number("SELECT count FROM effects") == 1)
        try await eventually("its row is gone") { try await harness.number("SELECT count(*) FROM waiting") == 1 }
        #expect(try await harness.number("SELECT version FROM waiting") == 3)
        let parked = try await harness.take(copies, from: queue)
        #expect(parked.allSatisfy { $0.properties.messageID == ids[1].description })
        #expect(parked.allSatisfy { $0.properties[header: Envelope.HeaderName.reason] == .string(reason) })
    }

    @Test(arguments: [("refuse", "refused-by-rule"), ("throw", "attempts-spent")])
    func `what waited and fails leaves the one before it alone`(behaviour: String, reason: String) async throws {
        try await withWaiting(behaviour) { harness, ids, first in
            try await harness.running(harness.toy()) {
                try await harness.send([first])
                try await settled(harness, ids, reason: reason)
            }
        }
    }

    @Test func `what waited and succeeds the second time is applied in its turn, and so is what waits behind it`()
        async throws
    {
        try await withWaiting("twice") { harness, ids, first in
            try await harness.running(harness.toy()) {
                try await harness.send([first])
                try await harness.conserved(ids)
            }
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
        }
    }

    @Test func `a process killed while it lets such an event go loses and doubles nothing`() async throws {
        try await withWaiting("refuse") { harness, ids, first in
            try await harness.send([first])
            // In the work queue again, and its row still there.
            let doomed = try harness.process(killAt: .afterSetAside)
            await doomed.ended()
            #expect(doomed.terminationReason == .uncaughtSignal)
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 2)
            try await harness.hastenOutbox()
            let successor = try harness.process()
            defer { successor.terminate() }
            // Both copies are refused: the one let go then, and the one let go now.
            try await settled(harness, ids, reason: "refused-by-rule", copies: 2)
        }
    }

    @Test func `what waited and kills the process is convicted itself`() async throws {
        try await withWaiting("crash") { harness, ids, first in
            try await harness.send([first])
            let queue = harness.topology.parkedQueue(of: .toy)
            var deaths = 0
            while try await harness.count(queue) == 0 {
                let process = try harness.process()
                try await eventually("it dies or parks", every: .milliseconds(50)) {
                    if !process.isRunning { return true }
                    return try await harness.count(queue) > 0
                }
                if process.isRunning {
                    process.terminate()
                } else {
                    deaths += 1
                }
                await process.ended()
                try #require(deaths < 20, "it goes on killing")
            }
            let successor = try harness.process()
            defer { successor.terminate() }
            try await settled(harness, ids, reason: "crashed-process")
        }
    }
}
