import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// A running Directory: its routes, its engine, its tables, and a first key.
struct DirectoryWorld: Sendable {
    static let lifetime: Duration = .seconds(600)
    static let seal = KeySeal(key: Array(repeating: 3, count: 32))

    let world: ServiceWorld
    let engine: Engine
    let routes: Routes
    let codes: CodeParts
    let client: ServiceClient
    let signIn: SignInDesk
    let clock: SteppedClock

    var desk: PeopleDesk { PeopleDesk(outbox: engine.outbox) }

    /// Every route of the service.
    func add(to router: GuardedRouter) { Self.add(routes, codes, engine, to: router) }

    private static func add(_ routes: Routes, _ codes: CodeParts, _ engine: Engine, to router: GuardedRouter) {
        routes.add(to: router)
        codes.add(to: router)
        UnitRoutes(database: engine.database).add(to: router)
        PeopleRoutes(desk: PeopleDesk(outbox: engine.outbox), database: engine.database, signIn: routes.signIn)
            .add(to: router)
        ActsRoutes(engine: engine).add(to: router)
    }

    /// Lends one.
    static func with(
        providers: [ProviderLink] = [],
        log: RecordedLog? = nil,
        _ body: @escaping @Sendable (Self) async throws -> Void
    ) async throws {
        try await ServiceWorld.with([.directory: DirectoryStore.migrations], queues: false) { world in
            let engine = try world.engine(.directory)
            let keys = KeyRing(database: engine.database, seal: seal, lifetime: lifetime)
            let clock = SteppedClock()
            let signIn = SignInDesk(
                outbox: engine.outbox,
                // A thousandth of the cost: what is tried here is not how long it takes.
                work: PasswordWork(cost: .init(rounds: 1 << 6), dictionary: "/usr/sbin/cracklib-check"),
                secrets: PersonSecrets(master: seal),
                terms: Session.Terms(),
                clock: { clock.now }
            )
            let routes = Routes(
                database: engine.database,
                keys: keys,
                signIn: signIn,
                voters: VoterDesk(signIn: signIn, secrets: PhoneSecrets(master: seal)),
                providers: providers
            )
            let codes = try CodeParts(engine)
            _ = try await engine.outbox.transaction { try await rotate(unlessAny: true, in: $0) }
            try await ServiceClient.with(
                document: Documents.openAPI(of: .directory),
                logger: log?.logger() ?? .silent,
                tokens: EitherTokens(first: Staff(), second: AccessTokens(database: engine.database, logger: .silent)),
                routes: { add(routes, codes, engine, to: $0) },
                { client in
                    try await body(
                        Self(
                            world: world,
                            engine: engine,
                            routes: routes,
                            codes: codes,
                            client: client,
                            signIn: signIn,
                            clock: clock
                        )
                    )
                }
            )
            await engine.database.close()
        }
    }

    /// Makes a key.
    static func rotate(unlessAny: Bool = false, in transaction: EventTransaction) async throws -> String? {
        try await KeyRing.rotate(
            unlessAny: unlessAny,
            seal: seal,
            lifetime: lifetime,
            by: "operator:test",
            in: transaction
        )
    }

    /// Makes an account and gives its secret.
    func account(_ name: String, _ unit: String = "zhujian", _ role: Role = .department) async throws -> String {
        let secret = Account.makeSecret()
        try await engine.outbox.transaction {
            try Roster.put(name, unit: unit, role: role, secret: secret, over: nil, in: $0)
        }
        return secret
    }

    /// Asks for a token with a form.
    func token(_ form: String, headers: HTTPFields = [:]) async throws -> ServiceClient.Answer {
        var headers = headers
        headers[.contentType] = headers[.contentType] ?? "application/x-www-form-urlencoded"
        let answer = try await client.send(.post, "/v1/token", headers: headers, body: Array(form.utf8))
        #expect(answer.breaches == [], "\(form)")
        return answer
    }
}
