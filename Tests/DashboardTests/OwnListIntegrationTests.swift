import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Dashboard

/// A deputy's own list among everybody's items: its indexes, and how little of the table is read for it.
@Suite(.timeLimit(.minutes(5)))
struct OwnListIntegrationTests {
    private static let me = PersonID(rawValue: UUID(hyphenated: Staff.deputyID) ?? UUID())
    /// Items of everybody; a station has every 72nd, and I am named in every 2,000th.
    private static let count = 60_000

    private func fill(_ engine: Engine) async throws {
        try await engine.database.runScript(
            """
            INSERT INTO facts (suggestion, fact, number, state, committee, category, station, received_at, deputies)
            SELECT gen_random_uuid(), '{}', 'BJ-' || index, (ARRAY['closed', 'closed', 'closed', 'assigned'])[index % 4 + 1],
                   'chengjian', 'transport', 'ST-' || index % 72, now() - index * interval '1 minute',
                   CASE WHEN index % 2000 = 0 THEN ARRAY['\(Staff.deputyID)'::uuid] END
            FROM generate_series(1, \(Self.count)) AS index;
            """
        )
        try await engine.database.runScript("VACUUM ANALYZE facts")
    }

    @Test(arguments: [(DashboardStore.Filter.state, "closed"), (.state, "assigned"), (.committee, "chengjian")])
    func `a page of it is read by two indexes, whatever it is asked for`(
        filter: DashboardStore.Filter,
        wanted: String
    ) async throws {
        try await DashboardWorld.with { dashboard in
            let engine = dashboard.engine
            try await dashboard.sit(Self.me, at: ["ST-3", "ST-17"])
            try await fill(engine)
            let start = (Timestamp(microseconds: 0), SuggestionID(rawValue: .least))
            let statement = DashboardStore.own(Self.me, (filter, wanted), after: start, 100, prefix: "EXPLAIN")
            let plan = try await engine.database.query(statement).map { try $0.value(at: 0, as: String.self) }
                .joined(separator: "\n")
            #expect(plan.contains("facts_deputies") && plan.contains("facts_station"), "\(plan)")
            #expect(!plan.contains("Seq Scan on facts"), "\(plan)")
            // A session of its own, whose counters begin at zero.
            let fresh = try dashboard.world.engine(.dashboard)
            let (page, read) = try await fresh.database.transaction { transaction in
                let page = try await DashboardStore.list(
                    (filter, wanted),
                    ownOf: Self.me,
                    after: nil,
                    limit: 100,
                    in: transaction
                )
                let row = try await transaction.query(
                    """
                    SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int8 AS read
                    FROM pg_stat_xact_user_tables WHERE relname = 'facts'
                    """
                )[0]
                return (page.entries, try row["read", as: Int.self])
            }
            await fresh.database.close()
            #expect(page.count == 100)
            // Of two stations no more than they have, and those that name me: a thirtieth of all.
            let own = Self.count / 72 * 2 + Self.count / 2_000
            #expect(read <= own + 2, "\(read) rows of \(Self.count) were read for 100")
        }
    }
}
