import Bootstrap
import Contracts
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Dashboard

/// What strangers try at Dashboard's endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    @Test func `no forged token comes in anywhere`() async throws {
        try await DashboardWorld.with { dashboard in
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { router in
                    Routes(board: dashboard.board, database: dashboard.engine.database).add(to: router)
                },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("dashboard"))
            #expect(outcome.breaches == [] && outcome.inputs > 100)
        }
    }

    @Test func `whatever is asked for stays text`() async throws {
        try await DashboardWorld.with { dashboard in
            try await dashboard.board.renew()
            let before = try await StoredTexts(of: dashboard.engine.database)
            let sweep = try InjectionSweep(
                document: Documents.openAPI(of: .dashboard),
                client: dashboard.client,
                callers: [.screen: "screen"]
            )
            let outcome = try await sweep.run()
            print(outcome.line("dashboard"))
            #expect(outcome.breaches == [] && outcome.inputs > 200)
            #expect(try await StoredTexts(of: dashboard.engine.database).losses(since: before) == [])
        }
    }
}
