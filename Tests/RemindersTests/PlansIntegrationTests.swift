import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// The server keeps a statement's plan from the sixth time on: one that was made before a storm is the one by which the storm is told.
@Suite(.timeLimit(.minutes(5)))
struct PlansIntegrationTests {
    @Test func `what is due is claimed in order and not sorted for each batch, though planned while nothing was due`()
        async throws
    {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await engine.database.runScript(
                """
                INSERT INTO suggestions (id) SELECT gen_random_uuid() FROM generate_series(1, 20000);
                INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at)
                SELECT gen_random_uuid(), 1, id, 'chengguan', now(), now() + interval '90 days', 'overdue',
                       now() + interval '90 days' + random() * interval '1 day'
                FROM suggestions;
                ANALYZE suggestions, clocks;
                """
            )
            for end in [nil, "overdue"] {
                let plan = try await plan(
                    RemindersStore.claim(limit: Sweep.limit, except: end, prefix: "EXPLAIN"),
                    on: engine
                )
                #expect(plan.contains("Index Scan using clocks_next") && !plan.contains("Sort"), "\(plan)")
            }
            await engine.database.close()
        }
    }

    @Test func `the ledger is asked by its key for each stage, though it was empty when that was planned`() async throws
    {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await engine.database.runScript("VACUUM ANALYZE notices")
            let leg = Leg(startedAt: .now, dueAt: .now)
            try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
            let entries = try await engine.database.transaction { transaction in
                let claim = try await RemindersStore.claim(limit: 1, except: nil, in: transaction)
                var watch = try #require(claim?.watches.first)
                return watch.advance(to: .now, stages: RemindersWorld.stages, judges: true)
                    .map { LedgerStore.Entry($0, of: watch.suggestion, watch.matter) }
            }
            #expect(entries.count == 1)
            let plan = try await plan(LedgerStore.known(entries, prefix: "EXPLAIN"), on: engine)
            #expect(plan.contains("Index Cond") && !plan.contains("Join Filter"), "\(plan)")
            await engine.database.close()
        }
    }

    private func plan(_ sql: SQL, on engine: Engine) async throws -> String {
        let rows = try await engine.database.transaction { transaction in
            RemindersStore.readInOrder(in: transaction)
            return try await transaction.query(sql)
        }
        return try rows.map { try $0.value(at: 0, as: String.self) }.joined(separator: "\n")
    }
}
