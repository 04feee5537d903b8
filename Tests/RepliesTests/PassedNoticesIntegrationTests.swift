import Contracts
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Replies

/// What Reminders tells reaches a department's queue once: by itself, or with the digest that collects it.
@Suite(.timeLimit(.minutes(5)))
struct PassedNoticesIntegrationTests {
    private static let department = DepartmentCode(rawValue: "chengguan")

    private func received<Body: Event>(_ body: Body) throws -> Received<Body> {
        try Received(
            metadata: EventMetadata(
                id: .make(),
                name: Body.name,
                owner: Body.owner,
                aggregate: .make(),
                version: 1,
                time: .now
            ),
            body: body
        )
    }

    @Test func `a stage and an end that a digest collects are not passed on by themselves, the digest is`() async throws
    {
        try await ServiceWorld.with([.replies: RepliesStore.migrations], queues: false) { world in
            let engine = try world.engine(.replies)
            let notices = Notices(queued: [Self.department], topology: world.topology)
            let digest = SuggestionID.make()
            let stages = try [nil, digest].map { digest in
                try received(
                    ReminderDue(
                        assignment: .make(),
                        department: Self.department,
                        stage: "after-5wd",
                        dueAt: .now,
                        remindedAt: .now,
                        tells: [.department, .director],
                        digest: digest
                    )
                )
            }
            let ends = try [nil, digest].map { digest in
                try received(
                    DeadlineMissed(
                        assignment: .make(),
                        department: Self.department,
                        dueAt: .now,
                        missedAt: .now,
                        digest: digest
                    )
                )
            }
            let due = try received(
                DigestDue(
                    digest: digest,
                    department: Self.department,
                    count: 2,
                    notices: [],
                    openedAt: .now,
                    closedAt: .now
                )
            )
            try await engine.outbox.transaction { transaction in
                try await PassReminder(notices: notices).handle(stages, in: transaction)
                try await PassBreach(notices: notices).handle(ends, in: transaction)
                try await PassDigest(notices: notices).handle([due], in: transaction)
            }
            let names = try await engine.database.query("SELECT name FROM outbox ORDER BY 1")
                .map { try $0["name", as: String.self] }
            #expect(names == ["assignment.digest", "assignment.reminded", "assignment.reminded"])
            await engine.database.close()
        }
    }

    @Test func `legs of an older edition are found by their index, and what was counted is not looked at again`()
        async throws
    {
        try await ServiceWorld.with([.replies: RepliesStore.migrations], queues: false) { world in
            let engine = try world.engine(.replies)
            try await engine.database.runScript(
                """
                INSERT INTO assignments (id, suggestion, department, role, state, started_at, term, due_at, basis, calendar)
                SELECT gen_random_uuid(), gen_random_uuid(), 'chengguan', 'single',
                       (ARRAY['issued', 'received', 'replied'])[index % 3 + 1], now(), 'P3M', now(), 'x', 1 + index % 50 / 49
                FROM generate_series(1, 100000) AS index;
                ANALYZE assignments;
                """
            )
            let pack = Clock.Pack(name: "zhejiang-hangzhou", version: 5)
            let plan = try await engine.database.query(
                RepliesStore.countedBefore(2, pack, limit: Recount.limit, prefix: "EXPLAIN")
            ).map { try $0.value(at: 0, as: String.self) }.joined(separator: "\n")
            #expect(plan.contains("assignments_counting") && !plan.contains("Seq Scan"), "\(plan)")
            // All but some are counted, and the next look reads those alone.
            try await engine.database.runScript(
                """
                UPDATE assignments SET calendar = 2, pack = 'zhejiang-hangzhou', pack_version = 5
                WHERE id NOT IN (SELECT id FROM assignments WHERE state <> 'replied' AND calendar = 1 LIMIT 3);
                """
            )
            try await engine.database.runScript("VACUUM ANALYZE assignments")
            // A session of its own, whose counters begin at zero.
            let fresh = try world.engine(.replies)
            let (found, fetched) = try await fresh.database.transaction { transaction in
                let found = try await RepliesStore.countedBefore(2, pack, limit: Recount.limit, in: transaction)
                let row = try await transaction.query(
                    """
                    SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int8 AS fetched
                    FROM pg_stat_xact_user_tables WHERE relname = 'assignments'
                    """
                )[0]
                return (found.count, try row["fetched", as: Int.self])
            }
            #expect(found == 3)
            #expect(fetched < 20)
            await fresh.database.close()
            await engine.database.close()
        }
    }
}
