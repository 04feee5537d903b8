import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// The committee's desk over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct RoutesIntegrationTests {
    private static let acceptance =
        #"{"category":"CATEGORY","lead":"chengguan","assisting":["zhujian"],"reason":"属市容管理"}"#

    private func acceptance(_ routing: RoutingWorld) throws -> String {
        let category = try #require(routing.routes.table.categories.first?.code)
        return Self.acceptance.replacing("CATEGORY", with: category)
    }

    @Test func `the document names the routes that there are`() async throws {
        try await RoutingWorld.with { routing in
            let differences = try RouteContract.differences(document: Documents.openAPI(of: .routing)) { router in
                routing.routes.add(to: router)
                ActsRoutes(engine: routing.engine).add(to: router)
            }
            #expect(differences == [])
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await RoutingWorld.with { service in
            let outcome = try await RightsSweep.run(
                { router in
                    service.routes.add(to: router)
                    ActsRoutes(engine: service.engine).add(to: router)
                },
                service.client
            )
            #expect(outcome.breaches == [])
            #expect(outcome.cells >= Role.allCases.count + 2)
        }
    }

    @Test func `a desk comes page by page, oldest first, each matter once, and another's not at all`() async throws {
        try await RoutingWorld.with { routing in
            let ids = try await routing.hear(count: 230)
            for id in ids.prefix(220) { try await routing.place(id, with: "chengjian") }
            try await routing.place(ids[220], with: "fazhi")
            for id in ids.suffix(9) { try await routing.place(id, with: nil) }
            var listed: [String] = []
            var path: String? = "/v1/suggestions"
            while let now = path {
                let page = try await routing.get(now).json
                listed += page["items"]?.elements.compactMap { $0["id"]?.text } ?? []
                path = page["next"]?.text.map { "/v1/suggestions?after=\($0)" }
            }
            #expect(listed == ids.prefix(220).map(\.description))
            let unplaced = try await routing.get("/v1/suggestions?unplaced=true").json["items"]?.elements
            #expect(unplaced?.compactMap { $0["id"]?.text } == ids.suffix(9).map(\.description))
            let other = try await routing.get("/v1/suggestions", as: "fazhi/committee").json["items"]?.elements
            #expect(other?.count == 1)
        }
    }

    @Test func `accepted, returned and given to another, with each step told in order`() async throws {
        try await RoutingWorld.with { routing in
            let id = try await routing.hear()[0]
            try await routing.place(id, with: "chengjian")
            let accepted = try await routing.decide(id, "acceptance", acceptance(routing))
            #expect(accepted.status == 200 && accepted.json["state"]?.text == "assigned")
            let legs = accepted.json["legs"]?.elements ?? []
            #expect(legs.map { $0["leg"]?["role"]?.text } == ["lead", "assisting"])
            let lead = try #require(legs.first?["leg"]?["assignment"]?.text.flatMap { AssignmentID($0) })
            let returned = AssignmentReturned(
                assignment: lead,
                department: DepartmentCode(rawValue: "chengguan"),
                reason: "不属职责",
                proposedDepartment: nil,
                returnedAt: .now
            )
            try await routing.engine.outbox.transaction { transaction in
                let metadata = EventMetadata(
                    id: .make(),
                    name: AssignmentReturned.name,
                    owner: .replies,
                    aggregate: id,
                    version: 1,
                    time: .now
                )
                try await NoteReturn().handle([try Received(metadata: metadata, body: returned)], in: transaction)
            }
            let desk = try await routing.get("/v1/suggestions?state=returned").json["items"]?.elements ?? []
            #expect(desk.first?["legs"]?.elements.count == 2, "the officer sees which leg came back")
            let given = try await routing.decide(
                id,
                "reassignment",
                #"{"withdraw":["\#(lead)"],"lead":"jiaoyu","reason":"改派"}"#
            )
            #expect(given.status == 200 && given.json["state"]?.text == "assigned")
            let told = try await routing.engine.database.query("SELECT version, name FROM acts ORDER BY version")
            #expect(
                try told.map { try $0["name", as: String.self] } == [
                    "suggestion.accepted", "suggestion.assigned", "suggestion.assigned",
                ]
            )
            #expect(try await routing.decide(id, "acceptance", acceptance(routing)).status == 409, "decided once")
        }
    }

    @Test func `a refusal carries the article and where to go`() async throws {
        try await RoutingWorld.with { routing in
            let id = try await routing.hear()[0]
            try await routing.place(id, with: "chengjian")
            let rule = try #require(routing.routes.table.refusals.first)
            let answer = try await routing.decide(
                id,
                "refusal",
                #"{"reason":"\#(rule.reason)","explanation":"依法不予受理"}"#
            )
            #expect(answer.status == 200 && answer.json["state"]?.text == "refused")
            let event = try await routing.engine.database.query("SELECT body FROM acts")[0]
            let body = try EventCoding.decode(SuggestionRefused.self, from: event["body", as: [UInt8].self])
            #expect(body.whereToGo == rule.whereToGo.zh && !body.basis.isEmpty)
        }
    }

    @Test func `what officers write about people is masked before it is kept or told`() async throws {
        try await RoutingWorld.with { routing in
            let ids = try await routing.hear(count: 2)
            for id in ids { try await routing.place(id, with: "chengjian") }
            let rule = try #require(routing.routes.table.refusals.first)
            let refusal = #"{"reason":"\#(rule.reason)","explanation":"请致电13800001234，王某"}"#
            #expect(try await routing.decide(ids[0], "refusal", refusal).status == 200)
            let accepted = try acceptance(routing).replacing("属市容管理", with: "住户电话13800001234")
            let legs = try await routing.decide(ids[1], "acceptance", accepted).json["legs"]?.elements ?? []
            let lead = try #require(legs.first?["leg"]?["assignment"]?.text)
            let given = #"{"withdraw":["\#(lead)"],"lead":"jiaoyu","reason":"改派，车牌浙A12345，电话13800001234"}"#
            #expect(try await routing.decide(ids[1], "reassignment", given).status == 200)
            let told = try await routing.engine.database.query(
                "SELECT body FROM acts UNION ALL SELECT body FROM outbox WHERE body IS NOT NULL"
            )
            .map { String(decoding: try $0["body", as: [UInt8].self], as: UTF8.self) }.joined()
            #expect(told.contains("请致电＊＊＊＊＊＊＊＊＊＊＊，王某") && told.contains("改派，车牌＊"))
            #expect(!told.contains("13800001234") && !told.contains("浙A12345"))
        }
    }

    @Test func `somebody is always left to answer`() async throws {
        try await RoutingWorld.with { routing in
            let id = try await routing.hear()[0]
            try await routing.place(id, with: "chengjian")
            let legs = try await routing.decide(id, "acceptance", acceptance(routing)).json["legs"]?.elements ?? []
            let ids = legs.compactMap { $0["leg"]?["assignment"]?.text }
            let rows = try await routing.stored()
            let lead = #"{"withdraw":["\#(ids[0])"],"reason":"收回"}"#
            let all = #"{"withdraw":["\#(ids[0])","\#(ids[1])"],"assisting":["jiaoyu"],"reason":"收回"}"#
            for body in [lead, all] {
                let answer = try await routing.decide(id, "reassignment", body)
                #expect(answer.status == 422 && answer.faults == ["/lead required"])
            }
            #expect(try await routing.stored() == rows)
            let next = #"{"withdraw":["\#(ids[0])"],"lead":"jiaoyu","reason":"改派"}"#
            #expect(try await routing.decide(id, "reassignment", next).status == 200)
        }
    }

    @Test func `each sees and decides its own`() async throws {
        try await RoutingWorld.with { routing in
            let id = try await routing.hear()[0]
            try await routing.place(id, with: "chengjian")
            let body = try acceptance(routing)
            let (none, foreign) = (try await routing.stored(), "fazhi/committee")
            for caller in [nil, "chengguan/department", "deputy/deputy", "screen/screen", "operator/operator", foreign]
            {
                let status = caller == nil ? 401 : 403
                #expect(try await routing.get("/v1/suggestions/\(id)", as: caller).status == status, "\(caller ?? "")")
                for decision in ["acceptance", "refusal", "reassignment"] {
                    let answer = try await routing.decide(id, decision, body, as: caller)
                    // A committee's body is read before it is known whose matter it is.
                    #expect(answer.status == status || caller == foreign && answer.status == 422)
                    #expect(!String(decoding: answer.body, as: UTF8.self).contains("路灯"))
                }
            }
            #expect(try await routing.decide(id, "acceptance", body, as: foreign).status == 403)
            #expect(try await routing.get("/v1/suggestions", as: foreign).json["items"]?.elements == [])
            #expect(try await routing.stored() == none)
            try await routing.place(id, with: nil)
            #expect(try await routing.decide(id, "acceptance", body, as: foreign).status == 200, "whoever takes it up")
        }
    }

    @Test func `departments are told where a matter was handed in, and whose it is by name`() async throws {
        try await RoutingWorld.with { routing in
            let (first, second) = (PersonID.make(), PersonID.make())
            let named = try await routing.hear(deputy: first, deputies: [second])[0]
            let fixed = try await routing.hear(station: "ST-C01", deputies: [first, second])[0]
            let open = try await routing.hear()[0]
            for id in [named, fixed, open] {
                #expect(try await routing.decide(id, "acceptance", acceptance(routing)).status == 200)
            }
            let rows = try await routing.engine.database.query(
                "SELECT aggregate, body FROM acts WHERE name = 'suggestion.assigned'"
            )
            let told = try Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let id: SuggestionID = SuggestionID(rawValue: try row["aggregate", as: UUID.self])
                    return (
                        id, try EventCoding.decode(SuggestionAssigned.self, from: try row["body", as: [UInt8].self])
                    )
                }
            )
            #expect(told[named]?.deputies == [first], "a deputy's code says whom it is for")
            #expect(told[fixed]?.deputies == [first, second] && told[fixed]?.station?.rawValue == "ST-C01")
            #expect(told[open]?.deputies == nil && told[open]?.station?.rawValue == "ST-X01")
        }
    }
}
