import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Logging
import Messaging
import PostgreSQL
import ServiceLifecycle

/// The read side of the one screen: figures and timelines.
@main struct Main: ServiceCommand {
    static let service = ServiceName.dashboard
    static let summary = "The read side of the one screen (一屏)."
    static let moreSubcommands: [any ParsableCommand.Type] = [RebuildCommand.self, SealsCommand.self]

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let consumption = engine.consumption(
            of: [KeepSeal(), KeepSigningKeys(), KeepHoldings(), ErasePerson()],
            follower: Project(),
            known: Catalog.names(of: [.directory]).union(Catalog.namesOfOthers),
            senderAccount: try await runtime.senderAccount()
        )
        let board = Board(
            database: engine.database,
            rates: configuration.rates,
            pause: configuration.renewal,
            hearing: { await consumption.hearing },
            logger: runtime.logger
        )
        let routes = Routes(board: board, database: engine.database)
        let checks: [ReadinessCheck] = [
            .database(engine), .topology(engine), .consumer(consumption),
            ReadinessCheck("figures") { if board.view == nil { throw ReadinessCheck.Unready("not read yet") } },
        ]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        var services: [any Service] = [
            EngineService(engine),
            ConsumptionService(consumption),
            RepeatingService { await board.run() },
        ]
        if let folder = configuration.headsFolder {
            let export = HeadsExport(database: engine.database, folder: folder, logger: runtime.logger)
            services.append(RepeatingService { await export.run() })
        } else {
            let key = runtime.own.name(of: "headsFolder")
            runtime.logger.notice("heads of acts are not exported", metadata: ["unset": "\(key)"])
        }
        services.append(
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                routes.add(to: GuardedRouter(router, tokens: tokens))
            }
        )
        return services
    }

    static let migrations = [
        Migration("V001_screen", PackageResources.V001_screen_sql),
        Migration("V013_exported_heads", PackageResources.V013_exported_heads_sql),
        Migration("V038_deputies", PackageResources.V038_deputies_sql),
        Migration("V047_timeline_details", PackageResources.V047_timeline_details_sql),
    ]

    static func migrate(in runtime: Runtime) async throws -> [String] { try await runtime.migrate(migrations) }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}
