import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// Schedules 26 and 27: a handler that is slow, and one that is slower than the broker's patience.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct SlowConsumerTests {
    private let stack = StackControl()

    @Test func `a slow handler holds its prefetch, its queue up to its bound, and the source the rest`()
        async throws
    {
        // The broker counts a queue's bound in steps of what is in flight; the prefetch lies beyond it.
        let (bound, sent) = (1_000, 4_000)
        try await ToyHarness.with(workQueueLimit: bound) { harness in
            let gate = Gate(0)
            let toy = try harness.toy(observe: { step in
                guard step == .beforeCommit else { return }
                try? await gate.enter()
                gate.leave()
            })
            try await harness.running(toy) {
                // Each look at the queue takes seconds where processors are short.
                async let knocked = harness.knock(sent, within: .seconds(60))
                let work = harness.topology.workQueue(of: .toy)
                try await eventually("the queue is full", every: .milliseconds(200)) {
                    let (ready, held) = try await lengths(of: work)
                    #expect(held <= Consumer.prefetch)
                    return ready + held >= bound
                }
                #expect(try await harness.number("SELECT count(*) FROM inbox") == 0)
                let (ready, held) = try await lengths(of: work)
                #expect(ready + held < sent, "the source keeps what the queue has refused")
                gate.leave()
                let ids = try await knocked
                let sink = harness.topology.workQueue(of: .sink)
                // The next queue has the same bound: what it refuses waits in the outbox until there is room.
                var causes: Set<HeaderValue> = []
                try await eventually("all is told", within: .seconds(60), every: .milliseconds(100)) {
                    let told = try await harness.take(try await harness.count(sink), from: sink)
                    causes.formUnion(told.compactMap { $0.properties[header: Envelope.HeaderName.cause] })
                    try await harness.hastenOutbox()
                    return causes.count == ids.count
                }
                #expect(try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count)
                #expect(try await harness.number("SELECT count(*) FROM inbox") == ids.count)
            }
        }
    }

    private func lengths(of queue: String) async throws -> (ready: Int, held: Int) {
        let lines = try await stack.run(
            "broker-ctl",
            "list_queues",
            "--quiet",
            "name",
            "messages_ready",
            "messages_unacknowledged"
        ).split(separator: "\n")
        let fields = try #require(lines.first { $0.hasPrefix("\(queue)\t") }).split(separator: "\t")
        return (try #require(Int(fields[1])), try #require(Int(fields[2])))
    }

    @Test func `a handler that outlasts the broker's patience is delivered to again, and its effect is one`()
        async throws
    {
        try await ConsumerTimeout.outlasted(seconds: 3, tick: 1)
    }
}
