import Contracts
import Fleet
import Foundation
import PostgreSQL
import RabbitMQ
import Support

/// What the sweep of Reminders costs with few and with many open clocks: what is due should cost, and what has time left should not.
struct SweepBench {
    /// What one round showed.
    struct Outcome {
        /// Stages told a second, first transaction to last by the database's clock.
        let rate: Double
        /// Processor microseconds of database and Reminders a stage.
        let processor: Double
        /// Processor milliseconds of both a second while nothing is due.
        let rest: Double

        var line: String {
            "\(Int(rate)) stages/s, \(Int(processor)) µs of processor a stage, "
                + "\(String(format: "%.2f", rest)) ms a second with nothing due"
        }
    }

    /// Stages of a round: some hundred transactions.
    private static let stages = 20_000
    /// Several of the sweep's own pauses.
    private static let rest = 15.0

    /// Removes matters without a clock.
    ///
    /// Not by `NOT IN`, which compares each with each when a million do not fit into the statement's memory.
    private static let forsaken: SQL =
        "DELETE FROM suggestions WHERE NOT EXISTS (SELECT FROM clocks WHERE clocks.suggestion = suggestions.id)"

    let fleet: Fleet
    let processes: Processes

    /// Adds clocks that have months left.
    func open(_ count: Int) async throws {
        try await insert(count, department: "open", due: "now() + interval '90 days' + random() * interval '1 day'")
        try await fleet.look(.reminders, atMuch: true) { try await $0.runScript("VACUUM ANALYZE clocks, suggestions") }
    }

    /// Leaves so many clocks that have months left.
    func leave(_ count: Int) async throws {
        try await fleet.look(.reminders, atMuch: true) {
            _ = try await $0.execute(
                """
                DELETE FROM clocks WHERE department = 'open' AND assignment NOT IN (
                    SELECT assignment FROM clocks WHERE department = 'open' LIMIT \(count)
                )
                """
            )
            _ = try await $0.execute(Self.forsaken)
            try await $0.runScript("VACUUM (FULL, ANALYZE) clocks, suggestions")
        }
    }

    /// Lets clocks run out, and waits until each has been told of.
    ///
    /// Leaves nothing behind: ledger, inboxes, acts and queues grow with what is told and not with what is open, and a round that found
    /// more of them than the one before would show that.
    func round() async throws -> Outcome {
        let idle = spent()
        try await Task.sleep(for: .seconds(Self.rest))
        let rest = (spent() - idle) / Self.rest
        let begin = try await fleet.number("SELECT (extract(epoch FROM now()) * 1e6)::int8", of: .reminders)
        try await insert(Self.stages, department: "due", due: "now() - interval '1 hour'")
        let work = spent()
        try await eventually("the stages are told", within: .seconds(300), every: .milliseconds(100)) {
            try await fleet.number("SELECT count(*) FROM notices", of: .reminders) >= Self.stages
        }
        let processor = spent() - work
        let span = try await fleet.number(
            """
            SELECT (extract(epoch FROM max(noticed_at) - min(noticed_at)) * 1e6)::int8
            FROM notices WHERE noticed_at >= to_timestamp(\(Double(begin) / 1e6))
            """,
            of: .reminders
        )
        try await clear()
        return Outcome(
            rate: Double(Self.stages) / (Double(span) / 1e6),
            processor: processor * 1e6 / Double(Self.stages),
            rest: rest * 1e3
        )
    }

    /// Takes away what was told, when all of it has left.
    private func clear() async throws {
        try await eventually("the events have left", within: .seconds(300), every: .milliseconds(100)) {
            try await fleet.number("SELECT count(*) FROM outbox", of: .reminders) == 0
        }
        try await fleet.look(.reminders, atMuch: true) {
            _ = try await $0.execute("DELETE FROM clocks WHERE department = 'due'")
            _ = try await $0.execute(Self.forsaken)
            // Row by row nobody may remove these.
            try await $0.runScript("TRUNCATE notices, desk_notices, digests, paces, acts")
            try await $0.runScript("VACUUM ANALYZE clocks, suggestions, notices, desk_notices")
        }
        // Nobody consumes them here.
        let queues = Subscription.all.map { fleet.topology.workQueue(of: $0.service) }
        try await BrokerAdministration.connected(fleet.broker) { broker in
            for queue in queues { try await broker.purge(queue) }
        }
    }

    private func spent() -> Double {
        let used = processes.used()
        return (used["database"] ?? 0) + (used[ServiceName.reminders.rawValue] ?? 0)
    }

    private func insert(_ count: Int, department: String, due: String) async throws {
        try await fleet.look(.reminders, atMuch: true) {
            _ = try await $0.execute(
                """
                WITH made AS (
                    SELECT gen_random_uuid() AS suggestion, gen_random_uuid() AS assignment, \(unsafe: due) AS due_at
                    FROM generate_series(1, \(count))
                ), stored AS (
                    INSERT INTO suggestions (id) SELECT suggestion FROM made
                )
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at, term,
                                    basis)
                SELECT assignment, 1, suggestion, \(department), now() - interval '40 days', due_at, 'overdue',
                       due_at + interval '1 microsecond', 'P30D', '试'
                FROM made
                """
            )
        }
    }
}

extension ServicesBench {
    /// The sweep beside a thousand open clocks, beside a million, and beside a thousand again.
    func sweep() async throws -> [Figure] {
        var few: [SweepBench.Outcome] = []
        var many: [SweepBench.Outcome] = []
        // No time is left to replies that are on their way: none is.
        try await Fleet.with(adding: ["EBINDA_REMINDERS_SETTLING": "0"]) { fleet in
            try await fleet.startAll([.reminders])
            let bench = SweepBench(fleet: fleet, processes: try Processes(fleet))
            func rounds() async throws -> [SweepBench.Outcome] {
                var outcomes: [SweepBench.Outcome] = []
                for round in 1...size.rounds {
                    let outcome = try await bench.round()
                    let open = try await fleet.number("SELECT count(*) FROM clocks", of: .reminders)
                    say("  round \(round), \(open) open clocks: \(outcome.line)")
                    outcomes.append(outcome)
                }
                return outcomes
            }
            try await bench.open(1_000)
            _ = try await bench.round()
            few = try await rounds()
            try await bench.open(size.finished - 1_000)
            many = try await rounds()
            // Few again behind the many, so that the order in which they were measured says nothing.
            try await bench.leave(1_000)
            few += try await rounds()
        }
        func pair(_ name: String, _ unit: String, _ value: (SweepBench.Outcome) -> Double) -> [Figure] {
            let (first, second) = (Figure.median(few.map(value)), Figure.median(many.map(value)))
            return [
                Figure("sweep.\(name).thousand", first, unit),
                Figure("sweep.\(name).million", second, unit, baseline: first, ratio: second / first),
            ]
        }
        return pair("rate", "1/s", \.rate) + pair("cpu", "µs", \.processor) + pair("rest", "ms/s", \.rest)
    }
}
