import ArgumentParser
import AsyncHTTPClient
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
    static let migrations = [
        Migration("V001_clocks", PackageResources.V001_clocks_sql),
        Migration("V014_recounting", PackageResources.V014_recounting_sql),
        Migration("V015_inbox", PackageResources.V015_inbox_sql),
        Migration("V016_webhooks", PackageResources.V016_webhooks_sql),
        Migration("V017_feeds", PackageResources.V017_feeds_sql),
        Migration("V018_clock_facts", PackageResources.V018_clock_facts_sql),
        Migration("V020_paused_stages", PackageResources.V020_paused_stages_sql),
        Migration("V021_turns", PackageResources.V021_turns_sql),
        Migration("V022_lanes", PackageResources.V022_lanes_sql),
        Migration("V023_replanning", PackageResources.V023_replanning_sql),
        Migration("V024_feeds", PackageResources.V024_feeds_sql),
        Migration("V041_person_notices", PackageResources.V041_person_notices_sql),
        Migration("V043_feed_readers", PackageResources.V043_feed_readers_sql),
    ]
    static let moreSubcommands: [any ParsableCommand.Type] = [CalendarsCommand.self, WebhooksCommand.self]

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let calendar = KnownCalendar()
        let timetable = Timetable(configuration.stages, calendar: calendar)
        let consumption = engine.consumption(
            of: handlers,
            follower: FollowClocks(timetable: timetable, webhooks: configuration.webhooks),
            mode: .byID,
            senderAccount: try await runtime.senderAccount()
        )
        let quiet = configuration.keepsQuiet ? timetable.quietHours : .none
        let sweep = Sweep(
            outbox: engine.outbox,
            timetable: timetable,
            hearing: Hearing { try await engine.workQueueLength() },
            rule: configuration.rule,
            webhooks: configuration.webhooks,
            quiet: quiet,
            logger: runtime.logger
        )
        let replanning = Replanning(database: engine.database, calendar: calendar, logger: runtime.logger)
        let routes = Routes(
            database: engine.database,
            stages: configuration.stages,
            rule: configuration.rule,
            packs: configuration.packs,
            calendar: calendar
        )
        let sweeping = ReadinessCheck("sweep") {
            if let reason = sweep.lastFailure { throw ReadinessCheck.Unready(reason) }
        }
        let checks: [ReadinessCheck] = [
            .database(engine), .publisher(engine), .topology(engine), .consumer(consumption), sweeping,
        ]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        return [
            EngineService(engine),
            ConsumptionService(consumption),
            RepeatingService { await sweep.run() },
            RepeatingService { await replanning.run() },
            RepeatingService {
                let client = Courier.client()
                await Courier(
                    database: engine.database,
                    webhooks: configuration.webhooks,
                    endurance: configuration.endurance,
                    quiet: quiet,
                    client: client,
                    logger: runtime.logger
                ).run()
                // What was in hand has been noted; a connection that lingers holds nobody up.
                try? await client.shutdown()
            },
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                let guarded = GuardedRouter(router, tokens: tokens)
                routes.add(to: guarded)
                FeedRoutes(database: engine.database, desk: FeedDesk(outbox: engine.outbox)).add(to: guarded)
                ExcuseRoutes(desk: ExcuseDesk(outbox: engine.outbox)).add(to: guarded)
                PersonNoticeRoutes(database: engine.database).add(to: guarded)
                ActsRoutes(engine: engine).add(to: guarded)
            },
        ]
    }

    /// What is done with what moves no clock; ``FollowClocks`` takes what does.
    static let handlers: [any Handler] = [
        EraseRecord(), ErasePerson(), NoteLock(), KeepSigningKeys(), KeepPersonReaders(), KeepAccountReaders(),
    ]

    static func migrate(in runtime: Runtime) async throws -> [String] { try await runtime.migrate(migrations) }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}
