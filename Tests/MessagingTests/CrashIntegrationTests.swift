import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 1 to 6, 21, 33 and 44 of the engine's faults: a process dies by SIGKILL at a named step, and another goes on.
@Suite(.timeLimit(.minutes(5)))
struct CrashIntegrationTests {
    @Test(
        arguments: [
            Step.beforeCommit, .afterCommit, .afterPublish, .afterConfirm, .beforeAcknowledge, .afterAcknowledge,
        ],
        [InboxMode.byID, .inOrder]
    )
    func `a process killed at a step leaves nothing undone and nothing done twice`(step: Step, mode: InboxMode)
        async throws
    {
        try await ToyHarness.with(mode: mode) { harness in
            let ids = try await harness.knock(120)
            let doomed = try harness.process(killAt: step)
            await doomed.ended()
            #expect(doomed.terminationReason == .uncaughtSignal, "it was to die at \(step)")
            try await harness.hastenOutbox()
            let successor = try harness.process()
            defer { successor.terminate() }
            try await harness.conserved(ids)
        }
    }

    @Test(arguments: [Step.relayLeased, .relayConfirmed])
    func `a relay killed between lease and removal is followed by another`(step: Step) async throws {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(60)
            let first = try harness.process(killAt: .afterCommit)
            await first.ended()
            try await harness.hastenOutbox()
            let relay = try harness.process(killAt: step)
            await relay.ended()
            #expect(relay.terminationReason == .uncaughtSignal, "it was to die at \(step)")
            // Its lease runs out: told by the database's clock, which the test moves instead of waiting.
            try await harness.hastenOutbox()
            let successor = try harness.process()
            defer { successor.terminate() }
            try await harness.conserved(ids)
        }
    }

    @Test func `a process killed after setting a message aside parks it once more at most and loses nothing`()
        async throws
    {
        try await ToyHarness.with { harness in
            let good = try await harness.knock(10)
            let bad = try await harness.knock(1, behaviour: "refuse")
            let doomed = try harness.process(killAt: .afterSetAside)
            await doomed.ended()
            let successor = try harness.process()
            defer { successor.terminate() }
            let queue = harness.topology.parkedQueue(of: .toy)
            try await eventually("the original has been parked too") { try await harness.count(queue) == 2 }
            let parked = try await harness.take(2, from: queue)
            #expect(Set(parked.map(\.properties.messageID)) == [bad[0].description])
            try await harness.conserved(good)
        }
    }

    @Test func `a message that kills every process that touches it is parked and its neighbours are not`() async throws
    {
        try await ToyHarness.with { harness in
            let before = try await harness.knock(15)
            let bad = try await harness.knock(1, behaviour: "crash")
            let after = try await harness.knock(15)
            let queue = harness.topology.parkedQueue(of: .toy)
            var deaths = 0
            while try await harness.count(queue) == 0 {
                let process = try harness.process()
                while process.isRunning, try await harness.count(queue) == 0 {
                    try await eventually("it dies or parks", every: .milliseconds(50)) {
                        if !process.isRunning { return true }
                        return try await harness.count(queue) > 0
                    }
                }
                if process.isRunning {
                    process.terminate()
                    await process.ended()
                } else {
                    deaths += 1
                }
                try #require(deaths < 12, "the poison message goes on killing")
            }
            let parked = try #require(try await harness.take(1, from: queue).first)
            #expect(parked.properties.messageID == bad[0].description)
            #expect(parked.properties[header: Envelope.HeaderName.reason] == .string("crashed-process"))
            try await harness.hastenOutbox()
            let successor = try harness.process()
            defer { successor.terminate() }
            try await harness.conserved(before + after)
        }
    }

    @Test func `a process told to stop under load finishes what it holds and returns the rest untouched`() async throws
    {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(3_000)
            let first = try harness.process()
            try await eventually("it is at work", every: .milliseconds(2)) {
                try await harness.number("SELECT count(*) FROM inbox") > 200
            }
            first.terminate()
            await first.ended()
            #expect(first.terminationReason == .exit)
            #expect(first.terminationStatus == 0)
            #expect(
                try await harness.number("SELECT count(*) FROM outbox") == 0,
                "what it had confirmed it also tidied"
            )
            let successor = try harness.process()
            defer { successor.terminate() }
            try await harness.conserved(ids)
        }
    }
}
