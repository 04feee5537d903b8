import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL
import ServiceLifecycle

/// Who there is, and what vouches for them: accounts, keys, tokens.
@main struct Main: ServiceCommand {
    static let service = ServiceName.directory
    static let summary = "Who there is, and what vouches for them (人员与登录)."
    static let moreSubcommands: [any ParsableCommand.Type] = [
        AccountsCommand.self, DepartmentsCommand.self, KeysCommand.self, SeedCommand.self, UnitsCommand.self,
        PeopleCommand.self, CodesCommand.self, PersonalDataCommand.self,
    ]

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let engine = try await runtime.engine()
        let keys = KeyRing(database: engine.database, seal: configuration.seal, lifetime: configuration.tokenLifetime)
        let signIn = SignInDesk(
            outbox: engine.outbox,
            work: PasswordWork(dictionary: configuration.dictionary),
            secrets: PersonSecrets(master: configuration.seal),
            terms: configuration.terms,
            clock: { .now }
        )
        let voters = VoterDesk(signIn: signIn, secrets: PhoneSecrets(master: configuration.seal))
        let routes = Routes(
            database: engine.database,
            keys: keys,
            signIn: signIn,
            voters: voters,
            providers: configuration.providers
        )
        let (units, people) = (
            UnitRoutes(database: engine.database),
            PeopleRoutes(desk: PeopleDesk(outbox: engine.outbox), database: engine.database, signIn: signIn)
        )
        let codes = CodeDesk(mint: configuration.mint)
        let scans = ScanCounter(database: engine.database, logger: runtime.logger)
        let codeRoutes = CodeRoutes(
            outbox: engine.outbox,
            database: engine.database,
            desk: codes,
            address: configuration.codeAddress,
            scans: scans,
            district: configuration.districtStation
        )
        let printer = SheetPrinter(desk: codes, address: configuration.codeAddress, typesetter: Typesetter())
        let sheetRoutes = SheetRoutes(database: engine.database, printer: printer)
        let tokens = AccessTokens(database: engine.database, logger: runtime.logger)
        let checks: [ReadinessCheck] = [
            .database(engine), .publisher(engine), .topology(engine),
            ReadinessCheck("keys") { if try await keys.good().isEmpty { throw KeyRing.Empty() } },
        ]
        let health = HealthRoutes(checks: checks, metrics: runtime.metrics, exposure: .full)
        return [
            EngineService(engine),
            // Nothing waits for it: an hour's leftovers are few.
            RepeatingService { await signIn.sweep(every: .seconds(3_600)) },
            // A number is not to lie there sealed for longer than its code is good.
            RepeatingService { await voters.sweep(every: .seconds(60)) },
            RepeatingService { await scans.run() },
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                let guarded = GuardedRouter(router, tokens: tokens)
                routes.add(to: guarded)
                units.add(to: guarded)
                people.add(to: guarded)
                codeRoutes.add(to: guarded)
                sheetRoutes.add(to: guarded)
                ActsRoutes(engine: engine).add(to: guarded)
            },
        ]
    }

    /// The first key is made with the tables: without one nobody could sign in; codes of deputies that have no bounds get them, and
    /// units and people that were told before anybody kept them are told once more.
    static func migrate(in runtime: Runtime) async throws -> [String] {
        let lines = try await runtime.migrate(DirectoryStore.migrations)
        let (made, bounded, told, people) = try await Operation.perform(runtime) { configuration, transaction in
            let made = try await KeyRing.rotate(
                unlessAny: true,
                seal: configuration.seal,
                lifetime: configuration.tokenLifetime,
                by: "operator:migrate",
                in: transaction
            )
            let act = Act(actor: "operator:migrate", authority: "code.bound")
            let bounded = try await CodeDesk.settle(act, in: transaction)
            let telling = Act(actor: "operator:migrate", authority: "units.tell")
            let told = try await UnitsDesk.settle(telling, in: transaction)
            let introducing = Act(actor: "operator:migrate", authority: "people.tell")
            return (made, bounded, told, try await MandateDesk.settle(introducing, in: transaction))
        }
        var more: [String] = []
        if let made { more.append("directory: signing key \(made) made") }
        if bounded > 0 { more.append("directory: \(bounded) codes of deputies end with their terms") }
        if told > 0 { more.append("directory: \(told) units told anew") }
        if people > 0 { more.append("directory: \(people) deputies and observers told anew") }
        return lines + more
    }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        [.database(try await runtime.engine())]
    }
}

/// Something that an operator does from the command line, in one transaction, with what the service is configured with.
enum Operation {
    static func perform<Value: Sendable>(
        _ runtime: Runtime,
        _ work: (Configuration, EventTransaction) async throws -> Value
    ) async throws -> Value {
        let configuration = try await Configuration(settings: runtime.own)
        return try await runtime.operate { try await work(configuration, $0) }
    }
}
