import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Threads

/// Measures the services as they are deployed: a process each, with broker and database on the same machine.
struct ServicesBench: Sendable {
    /// What can be measured by itself.
    enum Part: String, CaseIterable {
        /// How soon a service is ready, and what it holds at rest.
        case start
        /// Whole lives with empty tables.
        case lifecycle
        /// Whole lives and bursts with finished items in the tables.
        case million
        /// Intake with every other service stopped.
        case intake
        /// The screen, polled.
        case polls
        /// A department beside one that floods and does not read.
        case neighbours
        /// The end of a period, computed and explained.
        case periods
        /// Stages told beside few and many open clocks.
        case sweep
        /// Matters that are alike, looked for beside a million.
        case twins
    }

    /// How much of everything.
    struct Size: Sendable {
        let rounds: Int
        let lives: Int
        let finished: Int
        let burstStep: Duration
        let seconds: Int

        static let full = Self(rounds: 3, lives: 5_000, finished: 1_000_000, burstStep: .seconds(20), seconds: 15)
        /// Ratios and orders of magnitude within ten minutes, the hop's included.
        static let quick = Self(rounds: 1, lives: 2_000, finished: 50_000, burstStep: .seconds(5), seconds: 5)
    }

    let size: Size

    /// Runs all parts, or those that are named.
    static func run(_ words: [String]) async throws {
        say(Figure.hardware)
        let bench = ServicesBench(size: words.contains("quick") ? .quick : .full)
        let named = words.compactMap(Part.init(rawValue:))
        let parts = named.isEmpty ? Part.allCases : named
        var figures: [Figure] = []
        for part in parts {
            say("\(part.rawValue):")
            let measured = try await bench.measure(part)
            for figure in measured { say(figure.line) }
            figures += measured
            // Kept at once: what has been measured is not lost with a part that fails.
            try Figure.keep(measured)
        }
        figures += bench.ratios(figures)
        Comparison.print(figures, items: bench.size.finished)
        try Figure.keep(figures)
    }

    private func measure(_ part: Part) async throws -> [Figure] {
        switch part {
        case .start: try await start()
        case .lifecycle: try await lifecycle()
        case .million: try await million()
        case .intake: try await intake()
        case .polls: try await polls()
        case .neighbours: try await neighbours()
        case .periods: PeriodBench.run()
        case .sweep: try await sweep()
        case .twins: try await twins()
        }
    }

    /// How much of the rate with empty tables is left with full ones.
    private func ratios(_ figures: [Figure]) -> [Figure] {
        guard let empty = figures.first(where: { $0.name == "lifecycle.rate.empty" }),
            let full = figures.first(where: { $0.name == "lifecycle.rate.million" })
        else { return [] }
        let figure = Figure(full.name, full.value, full.unit, baseline: empty.value, ratio: full.value / empty.value)
        say(figure.line)
        return [figure]
    }

    private func start() async throws -> [Figure] {
        var times: [ServiceName: [Double]] = [:]
        var memory: [Figure] = []
        try await Fleet.with { fleet in
            let processes = try Processes(fleet)
            for service in ServiceName.all {
                let member = Fleet.Member(service: service, replica: 0)
                for _ in 0..<3 {
                    await fleet.stop(member)
                    let begin = MonotonicTime.now
                    try fleet.start(member)
                    try await eventually("\(service) is ready", every: .milliseconds(5)) {
                        await FleetClient.answers(fleet.address(of: member) + "/health/ready")
                    }
                    times[service, default: []].append((MonotonicTime.now - begin).inSeconds * 1_000)
                }
                memory.append(Figure("rss.\(service).rest", processes.memory(of: service) ?? .nan, "MiB"))
            }
        }
        return ServiceName.all.map { Figure("start.\($0)", Figure.median(times[$0] ?? []), "ms") } + memory
    }

    private func lifecycle() async throws -> [Figure] {
        var outcomes: [LifecycleBench.Outcome] = []
        for round in 1...size.rounds {
            try await withPlayers { fleet, client, samples in
                let bench = LifecycleBench(
                    fleet: fleet,
                    client: client,
                    samples: samples,
                    processes: try Processes(fleet)
                )
                // The first lives warm caches, prepared statements and connections.
                _ = try await bench.run(count: 300, window: 100)
                outcomes.append(try await bench.run(count: size.lives, window: Self.window))
                outcomes.last.map { say("  round \(round): \($0.line)") }
            }
        }
        return figures(of: outcomes, rate: "lifecycle.rate.empty")
            + ServiceName.all.map { service in
                Figure("rss.\(service)", Figure.median(outcomes.compactMap { $0.memory[service] }), "MiB")
            }
    }

    /// Lives under way at a time: enough that no stage ever waits for another's.
    private static let window = 400

    private func million() async throws -> [Figure] {
        var outcomes: [LifecycleBench.Outcome] = []
        var burst: [Figure] = []
        try await withPlayers { fleet, client, samples in
            let bench = LifecycleBench(fleet: fleet, client: client, samples: samples, processes: try Processes(fleet))
            _ = try await bench.run(count: 1_000, window: Self.window)
            let begin = MonotonicTime.now
            let count = try await Finished(fleet: fleet).load(size.finished)
            say("  \(count) finished items in the tables, loaded in \(Int((MonotonicTime.now - begin).inSeconds)) s")
            _ = try await bench.run(count: 300, window: 100)
            for round in 1...size.rounds {
                outcomes.append(try await bench.run(count: size.lives, window: Self.window))
                outcomes.last.map { say("  round \(round): \($0.line)") }
            }
            burst = try await self.burst(LoadBench(fleet: fleet, client: client, samples: samples), beside: count)
        }
        return figures(of: outcomes, rate: "lifecycle.rate.million").filter { $0.name == "lifecycle.rate.million" }
            + burst
    }

    /// The steps of the comparable system's published burst, times 20 (see ``Comparison``).
    private static let burstRates = [1, 15, 1, 25, 2, 35, 10, 0].map { $0 * 20 }

    private func burst(_ bench: LoadBench, beside finished: Int) async throws -> [Figure] {
        let before = try await bench.shown()
        let sent = Self.burstRates.dropLast().reduce(0) { $0 + Int(Double($1) * size.burstStep.inSeconds) }
        let outcome = await bench.open(
            Self.burstRates.dropLast(),
            each: size.burstStep,
            charging: try Processes(bench.fleet)
        ) { steps in
            for step in steps { say("  burst, \(step.line)") }
        }
        let backlog = sent - (try await bench.shown() - before)
        let begin = MonotonicTime.now
        try await eventually("the burst is shown as assigned", within: .seconds(300), every: .milliseconds(20)) {
            try await bench.shown() - before >= sent - outcome.errors
        }
        let drained = (MonotonicTime.now - begin).inSeconds
        say(
            "  burst: \(outcome.sent) sent in \(Int(outcome.seconds)) s, \(outcome.errors) errors, p50 "
                + "\(String(format: "%.1f", outcome.latencies.percentile(0.5))) ms, backlog \(backlog) at the end, "
                + "drained in \(String(format: "%.2f", drained)) s, allowed \(max(10, backlog / 500)) s"
        )
        return [
            Figure("lifecycle.finished", Double(finished), "items"),
            Figure("burst.errors", Double(outcome.errors), "requests"),
            Figure("burst.p95", outcome.latencies.percentile(0.95), "ms"),
            Figure("burst.drain_seconds", drained, "s"),
        ]
    }

    private func intake() async throws -> [Figure] {
        var figures: [Figure] = []
        try await Fleet.with { fleet in
            try await FleetClient.with(fleet) { client in
                // Deputies' tokens are Directory's, which does nothing else here.
                try await fleet.startAll([.intake, .directory])
                let bench = LoadBench(fleet: fleet, client: client, samples: try Sample.all().filter { !$0.isRefused })
                _ = try await bench.closed(count: 1_000, window: 64)
                var rates: [Double] = []
                for _ in 0..<size.rounds {
                    let outcome = try await bench.closed(count: size.seconds * 2_000, window: 64)
                    rates.append(Double(outcome.sent) / outcome.seconds)
                    try await bench.outboxEmpty()
                }
                let rate = Figure.median(rates)
                let half = Int(min(rate, 2_000) / 2)
                let outcome = await bench.open([half], each: .seconds(size.seconds))
                try await bench.outboxEmpty()
                say(
                    "  \(half)/s for \(size.seconds) s: \(outcome.errors) errors, outbox confirmed and empty at the end"
                )
                figures = [
                    Figure("intake.rate", rate, "1/s"), Figure("intake.p99", outcome.latencies.percentile(0.99), "ms"),
                ]
            }
        }
        return figures
    }

    private func polls() async throws -> [Figure] {
        var figures: [Figure] = []
        try await Fleet.with { fleet in
            try await fleet.startAll([.dashboard, .directory])
            let bench = PollBench(fleet: fleet)
            let seconds = size.seconds
            _ = try await bench.run(seconds: 1)
            let rest = try await bench.run(seconds: seconds)
            let folding = Task { try await bench.fold(eventsPerSecond: 1_000) }
            let before = try await fleet.number("SELECT count(*) FROM facts", of: .dashboard)
            let busy = try await bench.run(seconds: seconds)
            let folded = try await fleet.number("SELECT count(*) FROM facts", of: .dashboard) - before
            folding.cancel()
            try await folding.value
            guard rest.errors + busy.errors == 0 else {
                throw PollBench.Failure(description: "\(rest.errors) and \(busy.errors) polls failed")
            }
            // Far fewer than were sent, and the polls were not measured beside what they were to be.
            guard folded >= seconds * 900 else {
                throw PollBench.Failure(description: "\(folded) events folded in \(seconds) s, of 1,000 a second")
            }
            say(
                "  \(folded) events folded in \(seconds) s; errors \(rest.errors) and \(busy.errors); "
                    + "p99 \(String(format: "%.2f", rest.p99)) ms at rest"
            )
            figures = [
                Figure("polls.rate", rest.rate, "1/s"), Figure("polls.rate.folding", busy.rate, "1/s"),
                Figure("polls.p99", busy.p99, "ms"),
            ]
        }
        return figures
    }

    private func neighbours() async throws -> [Figure] {
        let codes = try FleetUnits.everyDepartment().sorted().prefix(2)
        var outcomes: [NeighbourBench.Outcome] = []
        for round in 1...size.rounds {
            try await Fleet.with(departments: Array(codes)) { fleet in
                try await fleet.startAll([.replies])
                let bench = NeighbourBench(fleet: fleet, quiet: codes[0], loud: codes[1])
                let outcome = try await bench.run(seconds: size.seconds)
                say("  round \(round): \(outcome.line)")
                outcomes.append(outcome)
            }
        }
        func median(_ name: String, _ times: (NeighbourBench.Outcome) -> Latencies, beside baseline: Double?) -> Figure
        {
            let value = Figure.median(outcomes.map { times($0).percentile(0.99) })
            return Figure(name, value, "ms", baseline: baseline, ratio: baseline.map { value / $0 })
        }
        let quiet = median("neighbour.p99.quiet", \.quiet, beside: nil)
        return [
            quiet, median("neighbour.p99.flooded", \.flooded, beside: quiet.value),
            median("neighbour.p99.held", \.held, beside: quiet.value),
        ]
    }

    private func withPlayers(_ body: (Fleet, FleetClient, [Sample]) async throws -> Void) async throws {
        try await Fleet.with(departments: try FleetUnits.everyDepartment()) { fleet in
            try await FleetClient.with(fleet) { client in
                try await fleet.startAll()
                // Those that the rules place, so that no life waits for a person.
                let samples = try Sample.placed(with: fleet.departments)
                try await body(fleet, client, samples)
            }
        }
    }

    private func figures(of outcomes: [LifecycleBench.Outcome], rate: String) -> [Figure] {
        let parts = Set(outcomes.flatMap { $0.cost.keys }).sorted()
        return [Figure(rate, Figure.median(outcomes.map(\.rate)), "1/s")]
            + parts.map { part in
                Figure("lifecycle.cpu.\(part)", Figure.median(outcomes.compactMap { $0.cost[part] }), "µs")
            }
    }
}

extension LifecycleBench.Outcome {
    /// A round in one line.
    var line: String {
        func text(_ value: Double) -> String { String(format: "%.0f", value) }
        let parts = cost.sorted { $0.value > $1.value }.map { "\($0.key) \(text($0.value))" }.joined(separator: ", ")
        return
            "\(text(rate))/s; life p50 \(text(lives.percentile(0.5))) p95 \(text(lives.percentile(0.95))) ms; submit p95 "
            + "\(text(submits.percentile(0.95))) ms; \(String(format: "%.2f", legs)) legs a life; CPU µs a life: \(parts), "
            + "together \(text(cost.values.reduce(0, +)))"
    }
}

extension NeighbourBench.Outcome {
    /// A round in one line.
    var line: String {
        func text(_ times: Latencies) -> String {
            String(format: "p50 %.1f p99 %.1f ms", times.percentile(0.5), times.percentile(0.99))
        }
        return
            "beside a quiet one \(text(quiet)); beside a flood (\(flood.taken) taken, \(flood.refused) refused) \(text(flooded)); "
            + "beside one that does not read (\(heldCount) held) \(text(held))"
    }
}
