import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL
import ServiceLifecycle

/// The department's desk: receipt, return, reply, and the verdict on it, by page and by queue.
@main struct Main: ServiceCommand {
    static let service = ServiceName.replies
    static let summary = "The department's desk: receipt, return, reply, evaluation (承办, 答复, 评价)."
    static let yields = true

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.settings, own: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let notices = Notices(queued: configuration.queued, topology: engine.topology)
        let calendar = KnownCalendar()
        let consumption = engine.consumption(
            of: [
                OpenLegs(notices: notices, terms: configuration.terms, calendar: calendar),
                PassReminder(notices: notices), PassBreach(notices: notices), PassDigest(notices: notices),
                EraseTexts(notices: notices),
                KeepSigningKeys(), KeepCalendar(), KeepHoldings(), KeepWords(), ErasePerson(),
            ],
            known: Catalog.names(of: [.routing, .reminders, .directory]),
            singles: [SuggestionErased.name],
            senderAccount: try await runtime.senderAccount()
        )
        let letters = TakeLetters(
            terms: configuration.terms,
            calendar: calendar,
            notices: notices,
            sharedAccount: try await runtime.sharedAccount()
        )
        // Without a department that has a queue there is nothing to listen to.
        let correspondence =
            configuration.queued.isEmpty
            ? nil : engine.correspondence(with: configuration.queued.sorted(), handler: letters)
        let desk = Desk(
            outbox: engine.outbox,
            terms: configuration.terms,
            calendar: calendar,
            notices: notices
        )
        let recount = Recount(
            outbox: engine.outbox,
            terms: configuration.terms,
            calendar: calendar,
            notices: notices,
            logger: runtime.logger
        )
        let routes = Routes(desk: desk, database: engine.database)
        let checks: [ReadinessCheck] =
            [.database(engine), .publisher(engine), .topology(engine), .consumer(consumption)]
            + (correspondence.map { [.consumer($0, name: "departments")] } ?? [])
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        return [EngineService(engine), ConsumptionService(consumption), RepeatingService { await recount.run() }]
            + (correspondence.map { [ConsumptionService($0)] } ?? [])
            + [
                HTTPService(configuration: http, logger: runtime.logger) { router in
                    health.add(to: router)
                    let guarded = GuardedRouter(router, tokens: tokens)
                    routes.add(to: guarded)
                    ActsRoutes(engine: engine).add(to: guarded)
                }
            ]
    }

    static func migrate(in runtime: Runtime) async throws -> [String] {
        let queued = try await Configuration.queued(runtime.settings)
        return try await runtime.migrate(RepliesStore.migrations) {
            for department in queued.sorted() { try await $0.declareDepartment(department, on: $1) }
        }
    }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}
