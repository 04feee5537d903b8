import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Synchronization
import Testing

@testable import Reminders

@Suite(.timeLimit(.minutes(5)))
struct SweepIntegrationTests {
    private typealias World = RemindersWorld

    @Test func `four sweeps side by side tell of each notice once`() async throws {
        try await World.with { world in
            let first = world.replica()
            let now = Timestamp.now
            // 300 suggestions with three legs each: one is over, one has reached its last stage, one has time.
            // Each has its own department, so that none gets more at once than one by one.
            let assigned = (0..<300).map { index in
                let department = DepartmentCode(rawValue: "department-\(index)")
                let legs = [now.days(-1), now + .seconds(3_600), now.days(90)].map {
                    Leg(startedAt: now.days(-40), dueAt: $0, department: department)
                }
                return (SuggestionID.make(), SuggestionAssigned(legs))
            }
            try await world.hear(assigned, on: first)
            let replicas = [first] + (0..<3).map { _ in world.replica() }
            let told = try await withThrowingTaskGroup(of: Int.self) { group in
                for replica in replicas {
                    group.addTask {
                        let sweep = world.sweep(replica)
                        var total = 0
                        // Until everything is told, by whomever: what others hold is skipped, not gone.
                        while try await world.number(
                            "SELECT count(*) FROM clocks WHERE next_at <= now()",
                            on: replica
                        ) > 0 {
                            total += try await sweep.sweep(judges: true).told
                        }
                        return total
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(told == 600)
            let counts = """
                SELECT count(*) FROM notices WHERE outcome = 'fired' AND stage IN ('P1D', 'overdue')
                """ as SQL
            #expect(try await world.number(counts, on: first) == 600)
            #expect(
                try await world.number("SELECT count(*) FROM notices WHERE outcome = 'skipped'", on: first) == 1_500
            )
            #expect(try await world.number("SELECT count(*) FROM outbox", on: first) == 600)
            #expect(
                try await world.number(
                    """
                    SELECT count(*) FROM (
                        SELECT aggregate FROM acts GROUP BY aggregate
                        HAVING count(*) = 2 AND min(version) = 1 AND max(version) = 2
                           AND count(*) FILTER (WHERE name = 'deadline.missed') = 1
                    ) AS whole
                    """,
                    on: first
                ) == 300
            )
            #expect(try await world.number("SELECT sum(version)::int8 FROM suggestions", on: first) == 600)
            for replica in replicas { await replica.database.close() }
        }
    }

    @Test func `after a downtime over several stages one is told and the rest recorded`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-28), dueAt: now.days(2))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true) == Sweep.Swept(told: 1, isFull: false))
            #expect(try await world.ledger(leg.assignment, on: engine) == ["P10D skipped", "P3D fired"])
            // A second look finds nothing: the next stage lies ahead.
            #expect(try await sweep.sweep(judges: true).told == 0)
            #expect(try await world.told(about: suggestion, on: engine) == ["1 reminder.due"])
            let act = try await engine.database.query(
                "SELECT actor, authority, convert_from(body, 'UTF8') AS body FROM acts"
            )[0]
            #expect(try act["actor", as: String.self] == "rule:P3D")
            #expect(try act["authority", as: String.self] == World.stages["P3D"]?.authority)
            let body = try EventCoding.decode(ReminderDue.self, from: Array(act["body", as: String.self].utf8))
            #expect(body.assignment == leg.assignment && body.department == World.department)
            #expect(body.stage == "P3D" && body.dueAt == leg.clock.dueAt && body.remindedAt >= now)
            await engine.database.close()
        }
    }

    @Test func `a missed end says why it was where it was, and nothing when what is known leads elsewhere`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let start = try #require(Timestamp("2026-02-10T02:00:00Z"))
            var leg = Leg(startedAt: start, dueAt: try #require(Timestamp("2026-02-24T15:59:59.999999Z")))
            leg.clock.term = "5wd"
            var other = Leg(startedAt: start, dueAt: try #require(Timestamp("2026-02-25T15:59:59.999999Z")))
            other.clock.term = "5wd"
            try await world.hear([(.make(), SuggestionAssigned([leg, other]))], on: engine)
            #expect(try await world.sweep(engine).sweep(judges: true).told == 2)
            let rows = try await engine.database.query(
                "SELECT convert_from(body, 'UTF8') AS body FROM acts WHERE name = 'deadline.missed'"
            )
            let told = try rows.map {
                try EventCoding.decode(DeadlineMissed.self, from: Array($0["body", as: String.self].utf8))
            }
            let explained = try #require(told.first { $0.assignment == leg.assignment }?.explanation)
            #expect(explained.term == "5wd" && explained.calendar == 1 && explained.startedAt == start)
            #expect(
                explained.zh.hasSuffix(
                    "；2026-02-15/2026-02-23 春节放假，不计（https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm）；2026-02-24 第5个工作日"
                )
            )
            #expect(explained.en.hasSuffix("; 2026-02-24 working day 5"))
            #expect(told.contains { $0.assignment == other.assignment && $0.explanation == nil })
            await engine.database.close()
        }
    }

    @Test func `what the ledger has is not told again, whatever became of the clock`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-28), dueAt: now.days(-1))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true).told == 1)
            try await engine.database.execute(
                "UPDATE clocks SET next_stage = 'P3D', next_at = due_at - interval '3 days', missed = false"
            )
            #expect(try await sweep.sweep(judges: true).told == 0)
            #expect(try await world.told(about: suggestion, on: engine) == ["1 deadline.missed"])
            #expect(try await world.number("SELECT version FROM suggestions", on: engine) == 1)
            await engine.database.close()
        }
    }

    @Test func `the next round of a leg has stages of its own`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-28), dueAt: now.days(-10))
            let again = Leg(leg.assignment, startedAt: now.days(-8), dueAt: now.days(-1))
            let suggestion = SuggestionID.make()
            let sweep = world.sweep(engine)
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            #expect(try await sweep.sweep(judges: true).told == 1)
            try await world.hear(
                [(suggestion, ReplyIssued(leg.assignment, at: now.days(-9), dueAt: leg.clock.dueAt))],
                on: engine
            )
            try await world.hear(
                [
                    (
                        suggestion,
                        ReplyEvaluated(
                            round: 1,
                            attitude: .accepted,
                            result: .dissatisfied,
                            comment: "没有解决",
                            reopened: [again],
                            evaluatedAt: now.days(-8)
                        )
                    )
                ],
                on: engine
            )
            #expect(try await sweep.sweep(judges: true).told == 1)
            #expect(
                try await world.told(about: suggestion, on: engine) == ["1 deadline.missed", "2 deadline.missed"]
            )
            #expect(
                try await world.number("SELECT count(*) FROM notices WHERE round = 2 AND outcome = 'fired'", on: engine)
                    == 1
            )
            await engine.database.close()
        }
    }

    @Test func `a reply that is being stored keeps the sweep away, and then nothing is told`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-20), dueAt: now.days(-1))
            let other = Leg(startedAt: now.days(-20), dueAt: now.days(-1))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            try await world.hear([(.make(), SuggestionAssigned([other]))], on: engine)
            let sweep = world.sweep(engine)
            let replier = world.replica { step in
                guard step == .beforeCommit else { return }
                // The reply is written and not committed. The sweep neither waits for it nor tells of its leg.
                let swept = try? await sweep.sweep(judges: true)
                #expect(swept == Sweep.Swept(told: 1, isFull: false))
            }
            try await world.hear(
                [(suggestion, ReplyIssued(leg.assignment, at: now.days(-2), dueAt: leg.clock.dueAt))],
                on: replier
            )
            #expect(try await sweep.sweep(judges: true).told == 0)
            #expect(try await world.ledger(leg.assignment, on: engine) == [])
            #expect(try await world.ledger(other.assignment, on: engine).contains("overdue fired"))
            for engine in [engine, replier] { await engine.database.close() }
        }
    }

    @Test func `a reply that comes between claim and commit waits, and ends the clock behind the notice`() async throws
    {
        try await World.with { world in
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-20), dueAt: now.days(2))
            let suggestion = SuggestionID.make()
            let reply = ReplyIssued(leg.assignment, at: now, dueAt: leg.clock.dueAt)
            let replier = world.replica()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: replier)
            let heard = Mutex<Task<Void, any Error>?>(nil)
            let sweeper = world.replica { step in
                guard step == .beforeCommit else { return }
                let task = Task { try await world.hear([(suggestion, reply)], on: replier) }
                heard.withLock { $0 = task }
                // Until the reply's transaction waits for the sweep's lock.
                try? await eventually("the reply waits") {
                    try await world.number(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """,
                        on: replier
                    ) == 1
                }
            }
            #expect(try await world.sweep(sweeper).sweep(judges: true).told == 1)
            try await heard.withLock { $0 }?.value
            let row = try await replier.database.query("SELECT next_at IS NULL AND NOT missed AS done FROM clocks")[0]
            #expect(try row["done", as: Bool.self])
            #expect(try await world.told(about: suggestion, on: replier) == ["1 reminder.due"])
            for engine in [sweeper, replier] { await engine.database.close() }
        }
    }

    @Test func `a hundred thousand clocks with time left cost a look and a sweep nothing`() async throws {
        try await World.with { world in
            let engine = world.replica()
            try await engine.database.runScript(
                """
                INSERT INTO suggestions (id) SELECT gen_random_uuid() FROM generate_series(1, 100000);
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at)
                SELECT gen_random_uuid(), 1, id, 'chengguan', now(), now() + interval '90 days', 'P10D',
                       now() + interval '80 days' + random() * interval '1 day'
                FROM suggestions;
                ANALYZE suggestions, clocks;
                """
            )
            let now = Timestamp.now
            let due = (0..<3).map { _ in
                (SuggestionID.make(), SuggestionAssigned([Leg(startedAt: now.days(-20), dueAt: now.days(-1))]))
            }
            try await world.hear(due, on: engine)
            await engine.database.close()
            // A session of its own, whose counters begin at zero: what its transaction really has read.
            let fresh = world.replica()
            let (claimed, reads) = try await fresh.database.transaction { transaction in
                _ = try await RemindersStore.edge(end: "overdue", in: transaction)
                let claim = try await RemindersStore.claim(limit: Sweep.limit, except: nil, in: transaction)
                let row = try await transaction.query(
                    """
                    SELECT sum(seq_tup_read)::int8 AS scanned, sum(idx_tup_fetch)::int8 AS fetched
                    FROM pg_stat_xact_user_tables WHERE relname IN ('clocks', 'suggestions', 'ends')
                    """
                )[0]
                return (
                    claim?.watches.count, (try row["scanned", as: Int.self], try row["fetched", as: Int.self])
                )
            }
            #expect(claimed == 3)
            #expect(reads.0 == 0)
            #expect(reads.1 < 50)
            for end in [nil, "overdue"] {
                let plan = try await plan(
                    RemindersStore.claim(limit: Sweep.limit, except: end, prefix: "EXPLAIN"),
                    on: fresh
                )
                #expect(plan.contains("clocks_next") && !plan.contains("Seq Scan"), "\(plan)")
            }
            await fresh.database.close()
        }
    }

    /// A plan as the database writes it.
    private func plan(_ sql: SQL, on engine: Engine) async throws -> String {
        try await engine.database.query(sql).map { try $0.value(at: 0, as: String.self) }.joined(separator: "\n")
    }

    @Test func `inboxes, feeds, deliveries and digests are read by their indexes, however much lies beside`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            try await engine.database.runScript(
                """
                INSERT INTO suggestions (id, number, committee)
                SELECT gen_random_uuid(), 'BJ-1', 'committee-' || index % 20 FROM generate_series(1, 20000) AS index;
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at)
                SELECT gen_random_uuid(), 1, id, 'department-' || row_number() OVER () % 40, now(),
                       now() + (random() - 0.5) * interval '90 days'
                FROM suggestions;
                INSERT INTO desk_notices (id, audience, unit, assignment, round, stage, noticed_at)
                SELECT gen_random_uuid(), 'department', department, assignment, 1, 'P3D', now() - random() * interval '90 days'
                FROM clocks, generate_series(1, 3);
                INSERT INTO deliveries (id, target, kind, body, next_at)
                SELECT gen_random_uuid(), 'hole', 'reminder.due', '{}', now() - random() * interval '1 day'
                FROM generate_series(1, 50000);
                INSERT INTO digests (id, department, opened_at, closes_at, told_at)
                SELECT gen_random_uuid(), 'department-' || index % 40, now(), now(), now() FROM generate_series(1, 20000) AS index;
                INSERT INTO digests (id, department, opened_at, closes_at)
                SELECT gen_random_uuid(), 'department-' || index, now(), now() + interval '1 hour' FROM generate_series(1, 40) AS index;
                INSERT INTO paces (department, since, told)
                SELECT 'department-' || index, now(), 20 FROM generate_series(1, 2000) AS index;
                INSERT INTO notices (assignment, round, stage, noticed_at, outcome, digest)
                SELECT assignment, 1, 'P3D', now(), 'digest', (SELECT id FROM digests LIMIT 1) FROM clocks LIMIT 100;
                INSERT INTO notices (assignment, round, stage, noticed_at, outcome)
                SELECT assignment, 1, 'P1D', now(), 'fired' FROM clocks;
                ANALYZE suggestions, clocks, desk_notices, deliveries, digests, paces, notices;
                """
            )
            let reader = try #require(NoticeStore.Reader(.clerk, of: "department-7"))
            let statements: [(sql: SQL, index: String, table: String)] = [
                (
                    NoticeStore.page(of: reader, after: nil, limit: 100, prefix: "EXPLAIN"), "desk_notices_reader",
                    "desk_notices"
                ),
                (FeedStore.clocks(of: .everybody, areDue: false, prefix: "EXPLAIN"), "clocks_open", "clocks"),
                (FeedStore.clocks(of: .everybody, areDue: true, prefix: "EXPLAIN"), "clocks_open", "clocks"),
                (
                    FeedStore.clocks(
                        of: .department(DepartmentCode(rawValue: "department-7")),
                        areDue: true,
                        prefix: "EXPLAIN"
                    ), "clocks_open_department", "clocks"
                ),
                (DeliveryStore.lease(to: "sms", limit: 8, prefix: "EXPLAIN"), "deliveries_lane", "deliveries"),
                (DigestStore.lines(of: UUID(), prefix: "EXPLAIN"), "notices_digest", "notices"),
                (DigestStore.closing(limit: 50, prefix: "EXPLAIN"), "digests_closing", "digests"),
                (
                    DigestStore.close(of: (0..<40).map { "department-\($0)" }, prefix: "EXPLAIN"), "digests_closing",
                    "digests"
                ),
            ]
            for statement in statements {
                let plan = try await plan(statement.sql, on: engine)
                #expect(plan.contains(statement.index), "\(plan)")
                #expect(!plan.contains("Seq Scan on \(statement.table)"), "\(plan)")
            }
            await engine.database.close()
        }
    }
}
