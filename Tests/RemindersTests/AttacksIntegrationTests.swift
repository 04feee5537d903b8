import Bootstrap
import Contracts
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Reminders

/// What strangers try at Reminders' endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    private static func add(_ engine: Engine, to router: GuardedRouter) {
        Routes(database: engine.database, stages: RemindersWorld.stages).add(to: router)
        FeedRoutes(database: engine.database, desk: FeedDesk(outbox: engine.outbox)).add(to: router)
        ExcuseRoutes(desk: ExcuseDesk(outbox: engine.outbox)).add(to: router)
        PersonNoticeRoutes(database: engine.database).add(to: router)
        ActsRoutes(engine: engine).add(to: router)
    }

    @Test func `no forged token comes in anywhere`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { Self.add(engine, to: $0) },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("reminders"))
            #expect(outcome.breaches == [] && outcome.inputs > 40)
            await engine.database.close()
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await ServiceClient.with(
                document: Documents.openAPI(of: .reminders),
                logger: .silent,
                routes: { Self.add(engine, to: $0) },
                { client in
                    let outcome = try await RightsSweep.run({ Self.add(engine, to: $0) }, client)
                    #expect(outcome.breaches == [])
                    #expect(outcome.cells >= Role.allCases.count + 2)
                }
            )
            await engine.database.close()
        }
    }

    @Test func `whatever is asked for stays text`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let before = try await StoredTexts(of: engine.database)
            try await ServiceClient.with(
                document: Documents.openAPI(of: .reminders),
                logger: .silent,
                routes: { Self.add(engine, to: $0) },
                { client in
                    let sweep = try InjectionSweep(
                        document: Documents.openAPI(of: .reminders),
                        client: client,
                        callers: [.committee: "chengjian", .department: "chengguan"]
                    )
                    let outcome = try await sweep.run { operation in
                        guard operation.contains("/excuses") else { return [:] }
                        // A period that was missed, each time: of one alone only so much is said.
                        let leg = Leg(startedAt: Timestamp.now.days(-40), dueAt: Timestamp.now.days(-1))
                        try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
                        try await world.sweep(engine).sweep(judges: true)
                        return ["assignment": leg.assignment.description, "round": "1"]
                    }
                    print(outcome.line("reminders"))
                    #expect(outcome.breaches == [] && outcome.inputs > 200 && outcome.accepted > 10)
                    #expect(try await StoredTexts(of: engine.database).missing(outcome.kept) == [])
                }
            )
            #expect(try await StoredTexts(of: engine.database).losses(since: before) == [])
            await engine.database.close()
        }
    }

    @Test func `what concerns a unit is as if it were not there for all others, at every endpoint`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            try await ServiceClient.with(
                document: Documents.openAPI(of: .reminders),
                logger: .silent,
                routes: { Self.add(engine, to: $0) },
                { client in
                    let sweep = try OwnershipSweep(document: Documents.openAPI(of: .reminders), client: client)
                    let outcome = try await sweep.run(own: ["POST /v1/feeds", "DELETE /v1/feeds"]) { operation, _ in
                        // A feed is of whoever asks for it.
                        if operation.hasSuffix(" /v1/feeds") { return nil }
                        if operation.contains("/v1/units/") {
                            let reader = "account:chengguan"
                            try await engine.database.transaction { transaction in
                                let department = FeedStore.Extent.department(RemindersWorld.department)
                                _ = FeedStore.make(for: "\(reader)@chengguan", of: department, in: transaction)
                            }
                            let values = ["unit": "chengguan", "reader": reader]
                            return OwnershipSweep.Thing(owner: "chengguan", values: values, marks: [reader])
                        }
                        if operation == "GET /v1/inbox/people" {
                            let person = SuggestionID.make()
                            let locked = SignInLocked(
                                person: person,
                                until: .now,
                                registrars: [UnitCode(rawValue: "chengguan")]
                            )
                            try await world.hear([(.make(), locked)], on: engine)
                            return OwnershipSweep.Thing(owner: "chengguan", marks: [person.description])
                        }
                        let leg = Leg(startedAt: .now + .seconds(-864_000), dueAt: .now + .seconds(-60))
                        try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
                        _ = try await world.sweep(engine).sweep(judges: true)
                        let mark = operation == "GET /v1/notices" ? "noticedAt" : leg.assignment.description
                        return OwnershipSweep.Thing(
                            owner: "chengguan",
                            values: ["assignment": leg.assignment.description],
                            marks: operation == "GET /v1/clocks/{assignment}" ? ["startedAt"] : [mark]
                        )
                    }
                    print(outcome.line("reminders"))
                    #expect(outcome.breaches == [])
                    #expect(outcome.cells > 30)
                }
            )
            await engine.database.close()
        }
    }
}
