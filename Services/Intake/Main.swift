import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Logging
import Messaging
import PostgreSQL
import ServiceLifecycle

/// Takes in what people hand in, and shows its author what becomes of it.
@main struct Main: ServiceCommand {
    static let service = ServiceName.intake
    static let summary = "Takes in what people hand in (收件)."
    static let moreSubcommands: [any ParsableCommand.Type] = [ContactsCommand.self, PrivacyCommand.self]

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let consumption = engine.consumption(
            of: handlers,
            known: Catalog.names(of: [.routing, .replies, .directory]).union([CalendarPublished.name]),
            senderAccount: try await runtime.senderAccount()
        )
        let desk = Desk(outbox: engine.outbox, receipts: configuration.receipts, seal: configuration.contacts)
        let limiter = Limiter(configuration.limits, names: configuration.floods)
        let files = AttachmentDesk(
            database: engine.database,
            workshop: await ImageWorkshop.open(),
            capacity: configuration.uploadCapacity
        )
        let attachments = AttachmentRoutes(
            desk: files,
            releasing: ReleaseDesk(outbox: engine.outbox),
            database: engine.database,
            limiter: limiter
        )
        let quarantine = QuarantineRoutes(desk: QuarantineDesk(outbox: engine.outbox))
        let sweep = SweepUploads(database: engine.database, logger: runtime.logger)
        let watch = QuarantineWatch(database: engine.database, logger: runtime.logger)
        runtime.metrics.gauge("ebinda_intake_quarantine_items") { watch.waiting }
        runtime.metrics.gauge("ebinda_intake_quarantine_oldest_seconds") { watch.oldestSeconds }
        let stations = KnownStations(configuration.stations)
        let calendar = KnownCalendar()
        let routes = Routes(
            desk: desk,
            revealing: RevealDesk(outbox: engine.outbox, seal: configuration.contacts),
            database: engine.database,
            stations: stations,
            codes: CodeBook(database: engine.database),
            limiter: limiter,
            digests: configuration.digests,
            rule: configuration.rule,
            calendar: calendar
        )
        let copies = CopyRoutes(database: engine.database, seal: configuration.contacts, limiter: limiter)
        let erasure = ErasureRoutes(desk: EraseDesk(outbox: engine.outbox), limiter: limiter)
        let checks: [ReadinessCheck] = [
            .database(engine), .publisher(engine), .topology(engine), .consumer(consumption),
        ]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        runtime.metrics.counter("ebinda_intake_machines_refused_total") { Double(limiter.refused) }
        let refusals = RefusalStore(database: engine.database, limiter: limiter, logger: runtime.logger)
        var timers: [any Service] = []
        if let (rules, hour) = configuration.retention {
            let desk = RetentionDesk(outbox: engine.outbox, rules: rules)
            timers.append(RepeatingService { await desk.run(from: hour, logger: runtime.logger) })
        } else {
            let key = runtime.own.name(of: "retentionFile")
            runtime.logger.notice("nothing is removed by itself", metadata: ["unset": "\(key)"])
        }
        return timers + [
            EngineService(engine),
            ConsumptionService(consumption),
            RepeatingService { await refusals.run() },
            RepeatingService { await stations.follow(engine.database, logger: runtime.logger) },
            RepeatingService { await calendar.follow(engine.database, logger: runtime.logger) },
            RepeatingService { await sweep.run() },
            RepeatingService { await watch.run() },
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                let guarded = GuardedRouter(router, tokens: tokens)
                routes.add(to: guarded)
                attachments.add(to: guarded)
                quarantine.add(to: guarded)
                erasure.add(to: guarded)
                copies.add(to: guarded)
                ActsRoutes(engine: engine).add(to: guarded)
            },
        ]
    }

    /// What Intake hears.
    static let handlers: [any Handler] = [
        RecordProgress<SuggestionAccepted>(), RecordProgress<SuggestionRefused>(), RecordProgress<SuggestionAssigned>(),
        RecordProgress<AssignmentReceived>(), RecordProgress<AssignmentReturned>(), RecordProgress<ContactRecorded>(),
        RecordProgress<ReplyIssued>(),
        RecordProgress<ReplyEvaluated>(), RecordProgress<ClockChanged>(), RecordProgress<SuggestionClosed>(),
        KeepSigningKeys(), KeepCalendar(), KeepUnits(), KeepHoldings(), KeepIssuedCode(), KeepRevokedCode(),
        ErasePerson(),
    ]

    static func migrate(in runtime: Runtime) async throws -> [String] {
        try await runtime.migrate(IntakeStore.migrations)
    }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        let engine = try await runtime.engine()
        return [.database(engine)]
    }
}
