import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Synchronization
import Threads

/// Hands in at a pace that does not wait for answers, as people do, and at the pace that the service sets.
struct LoadBench: Sendable {
    /// What a run has shown.
    struct Outcome: Sendable {
        let sent: Int
        let errors: Int
        /// From the moment at which each was to be sent, so that a service that stands still is seen to.
        let latencies: Latencies
        let seconds: Double
    }

    let fleet: Fleet
    let client: FleetClient
    let samples: [Sample]

    /// Sends at steps of so many a second, each for a while.
    func open(_ rates: [Int], each step: Duration) async -> Outcome {
        let start = ContinuousClock.now
        let tally = Tally()
        await withDiscardingTaskGroup { group in
            var begin = start
            for rate in rates {
                let count = Int((Double(rate) * step.inSeconds).rounded())
                for index in 0..<count {
                    let due = begin + step * (Double(index) / Double(count))
                    // Within a millisecond, several are sent without a pause between them.
                    if due > .now + .milliseconds(1) {
                        try? await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
                    }
                    let sample = samples[index % samples.count]
                    group.addTask {
                        let isGood = (try? await client.submit(sample, key: "open-\(UUID().uuidString)")) != nil
                        let time = (ContinuousClock.now - due).inSeconds * 1_000
                        tally.add(time, isGood: isGood)
                    }
                }
                begin += step
                try? await Task.sleep(until: begin, tolerance: .zero, clock: .continuous)
            }
        }
        let (times, errors) = tally.sum
        return Outcome(
            sent: times.count,
            errors: errors,
            latencies: Latencies(times),
            seconds: (ContinuousClock.now - start).inSeconds
        )
    }

    /// Sends `count` as fast as they are taken, with so many under way.
    func closed(count: Int, window: Int) async throws -> Outcome {
        let turn = Turn(count)
        let start = MonotonicTime.now
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<window {
                group.addTask {
                    var times: [Double] = []
                    while let number = turn.next() {
                        let begin = MonotonicTime.now
                        _ = try await client.submit(samples[number % samples.count], key: "closed-\(UUID().uuidString)")
                        times.append((MonotonicTime.now - begin).inSeconds * 1_000)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Outcome(
            sent: count,
            errors: 0,
            latencies: Latencies(times),
            seconds: (MonotonicTime.now - start).inSeconds
        )
    }

    /// Items that the screen shows as assigned, or further.
    func shown() async throws -> Int {
        let states = try await client.overview().states
        return states.filter { $0.key != "received" }.values.reduce(0, +)
    }

    /// Waits until Intake has nothing left to announce.
    func outboxEmpty() async throws {
        try await eventually("Intake's outbox is empty", within: .seconds(60), every: .milliseconds(50)) {
            try await fleet.number("SELECT count(*) FROM outbox", of: .intake) == 0
        }
    }
}

/// Gathers times from many tasks.
private final class Tally: Sendable {
    private let state = Mutex<(times: [Double], errors: Int)>(([], 0))

    func add(_ milliseconds: Double, isGood: Bool) {
        state.withLock {
            $0.times.append(milliseconds)
            $0.errors += isGood ? 0 : 1
        }
    }

    var sum: (times: [Double], errors: Int) { state.withLock { $0 } }
}
