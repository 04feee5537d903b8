import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL
import ServiceLifecycle

/// The committee's desk: proposes and decides who handles a matter.
@main struct Main: ServiceCommand {
    static let service = ServiceName.routing
    static let summary = "Proposes and decides who handles a matter (受理, 交办)."
    static let yields = true

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let calendar = KnownCalendar()
        let stations = KnownStations(configuration.stations)
        let propose = ProposeRouting(
            classifier: configuration.classifier,
            stations: stations,
            terms: configuration.terms,
            calendar: calendar,
            applied: configuration.applied
        )
        let consumption = engine.consumption(
            of: [
                propose, NoteReturn(), NoteClosing(), FollowClock(), EraseTexts(), KeepSigningKeys(), KeepCalendar(),
                KeepUnits(),
            ],
            mode: .byID,
            senderAccount: try await runtime.senderAccount()
        )
        let desk = Desk(outbox: engine.outbox, terms: configuration.terms, calendar: calendar)
        let routes = Routes(desk: desk, database: engine.database, table: configuration.classifier.table)
        let checks: [ReadinessCheck] = [
            .database(engine), .publisher(engine), .topology(engine), .consumer(consumption),
        ]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        return [
            EngineService(engine),
            ConsumptionService(consumption),
            RepeatingService { await calendar.follow(engine.database, logger: runtime.logger) },
            RepeatingService { await stations.follow(engine.database, logger: runtime.logger) },
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                let guarded = GuardedRouter(router, tokens: tokens)
                routes.add(to: guarded)
                ActsRoutes(engine: engine).add(to: guarded)
            },
        ]
    }

    static func migrate(in runtime: Runtime) async throws -> [String] {
        let lines = try await runtime.migrate(RoutingStore.migrations)
        let database = try await runtime.engine().database
        var count = 0
        while case let read = try await database.transaction({ try await FingerprintStore.readDue(in: $0) }), read > 0 {
            count += read
        }
        await database.close()
        return lines + (count == 0 ? [] : ["\(service): read the words of \(count) matters from before"])
    }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}
