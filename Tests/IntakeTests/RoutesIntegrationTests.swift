import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import PostgreSQL
import Support
import Testing

@testable import Intake
@testable import Messaging

/// Handing in and asking after it, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct RoutesIntegrationTests {
    @Test func `the document names the routes that there are`() async throws {
        try await IntakeWorld.with { intake in
            let differences = try RouteContract.differences(document: Documents.openAPI(of: .intake)) { router in
                intake.add(to: router)
            }
            #expect(differences == [])
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await IntakeWorld.with { service in
            let outcome = try await RightsSweep.run(
                { router in service.add(to: router) },
                service.client
            )
            #expect(outcome.breaches == [])
            #expect(outcome.cells >= Role.allCases.count + 2)
        }
    }

    @Test func `an item shows at once, to whoever has its receipt and to nobody else`() async throws {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(IntakeWorld.opinion)
            #expect(receipt.status == 201)
            #expect(receipt.headers[.location] == receipt.json["status"]?.text)
            let status = try await intake.status(receipt.json)
            #expect(status.status == 200)
            #expect(status.json["state"]?.text == "received" && status.json["title"]?.text == "公交站太远")
            let wrong = try await intake.status(receipt.json, secret: "000000000000")
            let none = try await intake.client.send(
                .get,
                "/v1/suggestions/BJ-0000000000",
                headers: [IntakeWorld.secret: "000000000000"]
            )
            #expect(wrong.status == 404 && none.status == 404)
            #expect(wrong.json["detail"] == none.json["detail"], "nobody learns which numbers exist")
            let open = try await intake.client.send(.get, receipt.json["status"]?.text ?? "")
            #expect(open.status == 401 && open.breaches == [])
        }
    }

    @Test func `a formal suggestion with every field, and one whose client escapes each character, are taken`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let long = String(repeating: "\u{1F600}", count: 10_000)
            let escaped = String(repeating: #"\ud83d\ude00"#, count: 10_000)
            func body(_ text: String) -> String {
                """
                {"kind":"formal","submitter":"deputy","station":"ST-X01","title":"题","text":"\(text)","analysis":"\(text)",
                 "proposal":"\(text)","contact":{"name":"王某","phone":"+86 138-0000-1234"},"later":{"unknown":[1]}}
                """
            }
            for text in ["文", long, escaped] {
                let answer = try await intake.submitFormal(body(text))
                #expect(answer.status == 201)
            }
        }
    }

    @Test func `a formal suggestion is a deputy's, who is known by a token and stands in the act`() async throws {
        try await IntakeWorld.with { intake in
            let formal =
                #"{"kind":"formal","station":"ST-X01","title":"题","text":"文","analysis":"析","proposal":"议"}"#
            let open = try await intake.submit(formal)
            #expect(open.status == 422 && open.faults == ["/kind deputies-only"])
            let saying = try await intake.submit(formal.replacing("}", with: #","submitter":"deputy"}"#))
            #expect(saying.faults.contains("/kind deputies-only"))
            for caller in [
                "ST-X01/liaison", "chengjian/committee", "nobody/voter", "grid-7/observer", "zhujian/signer",
            ] {
                #expect(try await intake.submitFormal(formal, as: caller).status == 403, "\(caller)")
            }
            #expect(try await intake.submitFormal(formal, as: nil).status == 401)
            let wrong = try await intake.submitFormal(IntakeWorld.opinion)
            #expect(wrong.faults == ["/kind formal-only"])
            let voter = try await intake.submitFormal(formal.replacing("}", with: #","submitter":"voter"}"#))
            #expect(voter.faults == ["/submitter signed-in-only"])
            #expect(try await intake.stored() == 0)
            #expect(try await intake.submitFormal(formal).status == 201)
            let told = try #require(try await intake.told().last)
            #expect(told["submitter"]?.text == "deputy" && told["kind"]?.text == "formal")
            let act = try await intake.engine.database.query("SELECT actor, authority FROM acts")[0]
            #expect(try act["actor", as: String.self] == "account:deputy@deputy")
            #expect(try act["authority", as: String.self] == "suggestion.hand-in-formal")
            #expect(told["deputy"] == nil, "a system is nobody's deputy")
            #expect(try await intake.submitFormal(formal, as: Staff.deputy).status == 201)
            let own = try #require(try await intake.told().last)
            #expect(own["deputy"]?.text == Staff.deputyID, "it is told whose it is")
        }
    }

    @Test func `what an observer brings is for the deputies fixed to them, as Directory has told it last`() async throws
    {
        try await IntakeWorld.with { intake in
            let observer = try #require(PersonID(String(Staff.observer.dropFirst("person:".count))))
            func tell(_ deputies: [PersonID], _ state: PersonChanged.Holding.State, version: Int) async throws {
                let holding = PersonChanged.Holding(
                    holding: HoldingID(rawValue: observer.rawValue),
                    role: .observer,
                    unit: UnitCode(rawValue: "ST-X01"),
                    state: state,
                    from: "2026-01-01",
                    deputies: deputies
                )
                let body = PersonChanged(
                    person: observer,
                    state: .active,
                    publicName: nil,
                    holdings: [holding],
                    changedAt: .now
                )
                let metadata = EventMetadata(
                    id: .make(),
                    name: PersonChanged.name,
                    owner: .directory,
                    aggregate: SuggestionID(rawValue: observer.rawValue),
                    version: version,
                    time: .now
                )
                try await intake.engine.outbox.transaction {
                    try await KeepHoldings().handle([try Received(metadata: metadata, body: body)], in: $0)
                }
            }
            func named(_ path: String = "report", _ body: String = IntakeWorld.opinion) async throws -> [String]? {
                let headers: HTTPFields = [IntakeWorld.key: UUID().uuidString]
                let caller = "\(Staff.observer)/observer"
                let answer = try await intake.client.post(
                    "/v1/suggestions/\(path)",
                    body,
                    as: caller,
                    headers: headers
                )
                #expect(answer.status == 201 && answer.breaches == [])
                return try await intake.told().last?["deputies"]?.elements.compactMap(\.text)
            }
            #expect(try await named() == nil, "of whom nothing is known")
            let (first, second) = (PersonID.make(), PersonID.make())
            try await tell([first, second], .confirmed, version: 1)
            #expect(try await Set(named() ?? []) == [first.description, second.description])
            let spoken = IntakeWorld.opinion.replacing("}", with: #","onBehalf":{"manner":"spoken"}}"#)
            #expect(try await named("on-behalf", spoken)?.count == 2, "for somebody else too")
            try await tell([first], .confirmed, version: 3)
            try await tell([second], .confirmed, version: 2)
            #expect(try await named() == [first.description], "the newest telling counts")
            let rows = try await intake.world.number(
                "SELECT count(*) FROM suggestions WHERE deputies = ARRAY[\(first.rawValue)]",
                of: .intake
            )
            #expect(rows == 1)
            try await tell([first], .ended, version: 4)
            #expect(try await named() == nil)
        }
    }

    @Test func `an observer reports as one, and nobody else does`() async throws {
        try await IntakeWorld.with { intake in
            func report(_ body: String, as caller: String?) async throws -> ServiceClient.Answer {
                let headers: HTTPFields = [IntakeWorld.key: UUID().uuidString]
                let answer = try await intake.client.post("/v1/suggestions/report", body, as: caller, headers: headers)
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await report(IntakeWorld.opinion, as: nil).status == 401)
            #expect(try await report(IntakeWorld.opinion, as: "ST-X01/liaison").status == 403)
            #expect(try await report(IntakeWorld.opinion, as: "grid-7/observer").status == 201)
            let reported = try await intake.told().last
            #expect(reported?["submitter"]?.text == "observer")
            #expect(try await intake.submit(IntakeWorld.opinion).status == 201)
            let handedIn = try await intake.told().last
            #expect(handedIn?["submitter"]?.text == "voter")
        }
    }

    @Test func `a repeated key has the first receipt, with another body it is refused`() async throws {
        try await IntakeWorld.with { intake in
            let first = try await intake.submit(IntakeWorld.opinion, key: "the-same-key")
            let rows = try await intake.stored()
            let spaced = IntakeWorld.opinion.replacing(",", with: " ,\n")
            for body in [IntakeWorld.opinion, spaced] {
                let again = try await intake.submit(body, key: "the-same-key")
                #expect(again.status == 201 && again.json == first.json)
            }
            let other = try await intake.submit(IntakeWorld.opinion.replacing("太远", with: "太近"), key: "the-same-key")
            #expect(other.status == 422 && other.json["type"]?.text == "/problems/idempotency-key-reused")
            #expect(try await intake.stored() == rows)
        }
    }

    @Test func `a bad one among those that arrive together fails alone`() async throws {
        try await IntakeWorld.with { intake in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<60 {
                    let body = index % 3 == 0 ? #"{"kind":"opinion","station":"nowhere"}"# : IntakeWorld.opinion
                    group.addTask { try await intake.submit(body).status }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [201: 40, 422: 20])
            #expect(try await intake.stored() == 40 * 4)
        }
    }

    @Test func `what is told of an item appears to its author, and the export of acts is for operators`() async throws {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(IntakeWorld.opinion).json
            var act: JSON?
            // An export ends before the oldest transaction that runs anywhere on the server, other tests' included.
            try await eventually("the act is in the export") {
                let acts = try await intake.client.send(.get, "/v1/acts", as: "operator/operator")
                #expect(acts.status == 200 && acts.breaches == [])
                act = acts.json["acts"]?[0]
                return act != nil
            }
            #expect(act?["name"]?.text == "suggestion.received")
            let id = try #require(act?["aggregate"]?.text.flatMap { SuggestionID($0) })
            let refused = SuggestionRefused(
                number: "x",
                reason: "r",
                explanation: "说明",
                basis: "条",
                whereToGo: "他处",
                refusedAt: .now
            )
            try await intake.engine.outbox.transaction { transaction in
                let metadata = EventMetadata(
                    id: .make(),
                    name: SuggestionRefused.name,
                    owner: .routing,
                    aggregate: id,
                    version: 1,
                    time: .now
                )
                try await RecordProgress<SuggestionRefused>()
                    .handle([try Received(metadata: metadata, body: refused)], in: transaction)
            }
            let status = try await intake.status(receipt).json
            #expect(status["state"]?.text == "refused" && status["refusal"]?["whereToGo"]?.text == "他处")
            for caller in [nil, "screen/screen", "chengjian/committee"] {
                let answer = try await intake.client.send(.get, "/v1/acts", as: caller)
                #expect(answer.status == (caller == nil ? 401 : 403) && answer.breaches == [])
            }
        }
    }
}
