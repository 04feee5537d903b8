import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL
import ServiceLifecycle

/// Watches every clock, and tells whom it concerns in time.
@main struct Main: ServiceCommand {
    static let service = ServiceName.reminders
    static let summary = "Watches every clock and tells what is due and what is missed (催办)."
    static let yields = true
    static let migrations = [Migration("V001_clocks", PackageResources.V001_clocks_sql)]

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let stages = configuration.stages
        let consumption = engine.consumption(
            of: handlers(stages),
            mode: .byID,
            senderAccount: try await runtime.senderAccount()
        )
        let sweep = Sweep(
            outbox: engine.outbox,
            stages: stages,
            hearing: Hearing { try await engine.workQueueLength() },
            logger: runtime.logger
        )
        let routes = Routes(database: engine.database, stages: stages)
        let sweeping = ReadinessCheck("sweep") {
            if let reason = sweep.lastFailure { throw ReadinessCheck.Unready(reason) }
        }
        let checks: [ReadinessCheck] = [.database(engine), .publisher(engine), .consumer(consumption), sweeping]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        return [
            EngineService(engine),
            ConsumptionService(consumption),
            RepeatingService { await sweep.run() },
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                let guarded = GuardedRouter(router, tokens: tokens)
                routes.add(to: guarded)
                ActsRoutes(engine: engine).add(to: guarded)
            },
        ]
    }

    /// What is done with each event that moves a clock.
    static func handlers(_ stages: Stages) -> [any Handler] {
        [
            StartClocks(stages: stages), EndReturned(stages: stages), EndAnswered(stages: stages),
            StartNextRound(stages: stages), EndClosed(stages: stages), EraseRecord(), KeepSigningKeys(),
        ]
    }

    static func migrate(in runtime: Runtime) async throws -> [String] { try await runtime.migrate(migrations) }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}
