import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Synchronization
import Threads

/// Whole lives: handed in over HTTP, placed by the rules, signed for and answered over AMQP by every department concerned,
/// judged over HTTP, closed, looked at by the author, and shown as closed on the screen.
struct LifecycleBench: Sendable {
    /// What a run has shown.
    struct Outcome: Sendable {
        let count: Int
        let rate: Double
        /// From the handing in to the author's knowledge that it is closed.
        let lives: Latencies
        let submits: Latencies
        let legs: Double
        /// Processor microseconds a life, by part.
        let cost: [String: Double]
        let memory: [ServiceName: Double]
    }

    let fleet: Fleet
    let client: FleetClient
    let samples: [Sample]
    let processes: Processes

    /// Plays `count` lives, at most `window` of them at a time.
    func run(count: Int, window: Int) async throws -> Outcome {
        let closings = Closings()
        let deputy = try await DeputyPlayer(fleet, client) { closings.note($0) }
        let players = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await DepartmentPlayers(fleet).run() }
                group.addTask { await deputy.run() }
            }
        }
        // What was handed in before must be through, or it would be counted.
        let before = try await quiet()
        let (start, used) = (MonotonicTime.now, processes.used())
        let turn = Turn(count)
        let times = try await withThrowingTaskGroup(of: [(submit: Double, life: Double)].self) { group in
            for _ in 0..<window { group.addTask { try await author(turn, closings) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try await eventually("\(count) more are shown as closed", within: .seconds(120), every: .milliseconds(10)) {
            try await client.overview().states["closed"] ?? 0 >= before + count
        }
        let seconds = (MonotonicTime.now - start).inSeconds
        let after = processes.used()
        let memory = ServiceName.all.reduce(into: [:]) { $0[$1] = processes.memory(of: $1) }
        players.cancel()
        await players.value
        try await deputy.leave()
        return Outcome(
            count: count,
            rate: Double(count) / seconds,
            lives: Latencies(times.map(\.life)),
            submits: Latencies(times.map(\.submit)),
            legs: try await legs(),
            cost: after.reduce(into: [:]) { cost, part in
                cost[part.key] = (part.value - (used[part.key] ?? 0)) / Double(count) * 1e6
            },
            memory: memory
        )
    }

    private func author(_ turn: Turn, _ closings: Closings) async throws -> [(submit: Double, life: Double)] {
        var times: [(Double, Double)] = []
        while let number = turn.next() {
            let start = MonotonicTime.now
            let receipt = try await client.submit(samples[number % samples.count], key: "life-\(UUID().uuidString)")
            let submitted = MonotonicTime.now
            await closings.closing(of: receipt.number)
            _ = try await client.status(receipt)
            times.append(((submitted - start).inSeconds * 1_000, (MonotonicTime.now - start).inSeconds * 1_000))
        }
        return times
    }

    /// Waits until every open item is closed; gives their number.
    private func quiet() async throws -> Int {
        var closed = 0
        try await eventually("nothing is open", within: .seconds(120)) {
            let states = try await client.overview().states
            closed = states["closed"] ?? 0
            return states.allSatisfy { $0.value == 0 || ["closed", "received"].contains($0.key) }
        }
        return closed
    }

    private func legs() async throws -> Double {
        let legs = try await fleet.number(
            "SELECT count(*) FROM (SELECT 1 FROM assignments LIMIT 5000) AS sampled",
            of: .replies
        )
        let items = try await fleet.number(
            "SELECT count(DISTINCT suggestion) FROM (SELECT suggestion FROM assignments LIMIT 5000) AS sampled",
            of: .replies
        )
        return Double(legs) / Double(max(1, items))
    }
}

/// Whose turn it is.
final class Turn: Sendable {
    private let taken = Mutex(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    /// The next number from 0; nil when all are taken.
    func next() -> Int? {
        taken.withLock { taken in
            guard taken < count else { return nil }
            defer { taken += 1 }
            return taken
        }
    }
}

/// Who waits for which closing, and which were heard of before anybody waited.
final class Closings: Sendable {
    private struct State {
        var heard: Set<String> = []
        var waiting: [String: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// A matter is closed.
    func note(_ number: String) {
        let waiter = state.withLock { state in
            if let waiter = state.waiting.removeValue(forKey: number) {
                return waiter as CheckedContinuation<Void, Never>?
            }
            state.heard.insert(number)
            return nil
        }
        waiter?.resume()
    }

    /// Returns when the matter is closed.
    func closing(of number: String) async {
        await withCheckedContinuation { continuation in
            let isHeard = state.withLock { state in
                if state.heard.remove(number) != nil { return true }
                state.waiting[number] = continuation
                return false
            }
            if isHeard { continuation.resume() }
        }
    }
}
