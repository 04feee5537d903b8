import Bootstrap
import Contracts
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// What strangers try at Routing's endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    @Test func `no forged token comes in anywhere`() async throws {
        try await RoutingWorld.with { routing in
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { router in
                    routing.routes.add(to: router)
                    ActsRoutes(engine: routing.engine).add(to: router)
                },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("routing"))
            #expect(outcome.breaches == [] && outcome.inputs > 100)
        }
    }

    @Test func `whatever is written into a field stays text`() async throws {
        try await RoutingWorld.with { routing in
            let known = try await routing.hear(title: "' OR 1=1 --", text: "<script>{{x}}")[0]
            let before = try await StoredTexts(of: routing.engine.database)
            let category = try #require(routing.routes.table.categories.first?.code)
            let sweep = try InjectionSweep(
                document: Documents.openAPI(of: .routing),
                client: routing.client,
                callers: [.committee: "chengjian"],
                values: [
                    "category": category, "lead": "chengguan", "reason": "属市容管理",
                ]
            )
            let outcome = try await sweep.run { operation in
                guard operation.contains("{id}") else { return [:] }
                let id = try await routing.hear()[0]
                try await routing.place(id, with: "chengjian")
                // A lawful reason of the rules, not words.
                if operation.hasSuffix("refusal") { return ["id": id.description, "reason": "emergency"] }
                guard operation.hasSuffix("reassignment") else { return ["id": id.description] }
                let accepted = try await routing.decide(
                    id,
                    "acceptance",
                    #"{"category":"\#(category)","lead":"zhujian","reason":"属市容管理"}"#
                )
                let leg = accepted.json["legs"]?[0]?["leg"]?["assignment"]?.text
                return ["id": id.description, "withdraw": try #require(leg)]
            }
            print(outcome.line("routing"))
            #expect(outcome.breaches == [] && outcome.inputs > 500 && outcome.accepted > 10)
            let after = try await StoredTexts(of: routing.engine.database)
            #expect(after.losses(since: before) == [] && after.missing(outcome.kept) == [])
            try await routing.place(known, with: "chengjian")
            let matter = try await routing.get("/v1/suggestions/\(known)")
            #expect(matter.json["title"]?.text == "' OR 1=1 --" && matter.json["text"]?.text == "<script>{{x}}")
        }
    }

    @Test func `what belongs to a committee is as if it were not there for all others, at every endpoint`() async throws
    {
        try await RoutingWorld.with { routing in
            let category = try #require(routing.routes.table.categories.first?.code)
            let sweep = try OwnershipSweep(document: Documents.openAPI(of: .routing), client: routing.client)
            let outcome = try await sweep.run { operation, _ in
                let id = try await routing.hear()[0]
                try await routing.place(id, with: "chengjian")
                let reason = operation.hasSuffix("refusal") ? "emergency" : "属市容管理"
                return OwnershipSweep.Thing(
                    owner: "chengjian",
                    values: ["id": id.description, "category": category, "lead": "chengguan", "reason": reason],
                    marks: [id.description]
                )
            }
            print(outcome.line("routing"))
            #expect(outcome.breaches == [] && outcome.cells >= 10)
        }
    }
}
