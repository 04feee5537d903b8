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

    /// What one pace of a run has shown.
    struct Step: Sendable {
        let rate: Int
        let latencies: Latencies
        /// Processors busy meanwhile, by part.
        let busy: Processes.Seconds

        /// The step in one line.
        var line: String {
            func text(_ value: Double) -> String { String(format: "%.2f", value) }
            let parts = busy.sorted { $0.value > $1.value }.prefix(6).map { "\($0.key) \(text($0.value))" }
            return "\(rate)/s: p50 \(text(latencies.percentile(0.5))) p95 \(text(latencies.percentile(0.95))) ms, "
                + "\(text(busy.values.reduce(0, +))) processors busy (\(parts.joined(separator: ", ")))"
        }
    }

    let fleet: Fleet
    let client: FleetClient
    let samples: [Sample]

    /// Sends at steps of so many a second, each for a while.
    ///
    /// - Parameters:
    ///   - processes: whose processor time each step is charged with; nil for none.
    ///   - report: gets each step when all of it is answered.
    func open(
        _ rates: [Int],
        each step: Duration,
        charging processes: Processes? = nil,
        report: ([Step]) -> Void = { _ in }
    ) async -> Outcome {
        let start = ContinuousClock.now
        let tallies = rates.map { _ in Tally() }
        var used = processes?.used() ?? [:]
        var busy: [Processes.Seconds] = []
        await withDiscardingTaskGroup { group in
            var begin = start
            for (rate, tally) in zip(rates, tallies) {
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
                let now = processes?.used() ?? [:]
                busy.append(now.merging(used) { ($0 - $1) / step.inSeconds })
                used = now
            }
        }
        let sums = tallies.map(\.sum)
        report(
            zip(zip(rates, sums), busy)
                .map { Step(rate: $0.0, latencies: Latencies($0.1.times), busy: $1) }
        )
        let times = sums.flatMap(\.times)
        return Outcome(
            sent: times.count,
            errors: sums.map(\.errors).reduce(0, +),
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
