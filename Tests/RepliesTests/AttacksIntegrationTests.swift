import Bootstrap
import Contracts
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Replies

/// What strangers try at Replies' endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    @Test func `no forged token comes in anywhere`() async throws {
        try await RepliesWorld.with { replies in
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { router in
                    replies.routes.add(to: router)
                    ActsRoutes(engine: replies.engine).add(to: router)
                },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("replies"))
            #expect(outcome.breaches == [] && outcome.inputs > 100)
        }
    }

    @Test func `whatever is written into a field stays text`() async throws {
        try await RepliesWorld.with { replies in
            let before = try await StoredTexts(of: replies.engine.database)
            let sweep = try InjectionSweep(
                document: Documents.openAPI(of: .replies),
                client: replies.client,
                callers: [.committee: "chengjian", .department: "chengguan", .deputy: "person:\(Staff.deputyID)"],
                values: ["outcome": "A", "attitude": "satisfied", "result": "dissatisfied", "comment": "理由"]
            )
            let outcome = try await sweep.run { operation in
                guard operation.contains("{id}") else { return [:] }
                let (matter, legs) = try await replies.hear()
                guard operation.contains("/suggestions/") else { return ["id": legs[0].description] }
                _ = try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"已办"}"#)
                return ["id": matter.description]
            }
            print(outcome.line("replies"))
            #expect(outcome.breaches == [] && outcome.inputs > 400 && outcome.accepted > 30)
            let after = try await StoredTexts(of: replies.engine.database)
            #expect(after.losses(since: before) == [] && after.missing(outcome.kept) == [])
        }
    }

    @Test func `no department sees or does anything with another's leg`() async throws {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear(["chengguan", "zhujian"])
            let mine = try await replies.get("/v1/assignments", as: "zhujian/department").json["items"]?.elements ?? []
            #expect(mine.compactMap { $0["assignment"]?.text } == [legs[1].description], "its own alone")
            let stored = try await replies.stored()
            for (action, body) in [
                ("receipt", nil), ("return", #"{"reason":"不属于我们"}"#), ("reply", #"{"outcome":"A","text":"已办"}"#),
            ] as [(String, String?)] {
                let foreign = try await replies.act(legs[0], action, body, as: "zhujian/department")
                let none = try await replies.act(.make(), action, body, as: "zhujian/department")
                #expect(foreign.status == 404 && foreign.json["detail"] == none.json["detail"], "\(action)")
            }
            #expect(try await replies.stored() == stored)
        }
    }

    @Test func `what belongs to a unit is as if it were not there for all others, at every endpoint`() async throws {
        try await RepliesWorld.with { replies in
            let sweep = try OwnershipSweep(document: Documents.openAPI(of: .replies), client: replies.client)
            let outcome = try await sweep.run { operation, role in
                let (matter, legs) = try await replies.hear()
                let isAboutMatter = operation.contains("/v1/suggestions")
                if isAboutMatter { _ = try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"已办"}"#) }
                let id = isAboutMatter ? matter.description : legs[0].description
                return OwnershipSweep.Thing(
                    owner: role == .committee
                        ? "chengjian" : role == .deputy ? "person:\(Staff.deputyID)" : "chengguan",
                    values: [
                        "id": id, "outcome": "A", "attitude": "satisfied", "result": "satisfied",
                        "heldAt": "\(Timestamp.now)", "documentNumber": "文〔2026〕\(id.suffix(12))号",
                    ],
                    marks: [id]
                )
            }
            print(outcome.line("replies"))
            #expect(outcome.breaches == [] && outcome.cells > 30)
        }
    }
}
