import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Support
import Testing

@testable import Routing

/// A decision that cannot be read gets a problem that names the field and the rule, and decides nothing.
@Suite(.timeLimit(.minutes(5)))
struct BadInputIntegrationTests {
    private static let many = Array(repeating: "\"x\"", count: 5_000).joined(separator: ",")
    private static let long = String(repeating: "字", count: 501)

    private static let cases: [(decision: String, body: String, status: Int, faults: [String])] = [
        ("acceptance", "", 400, [" required"]), ("acceptance", "{", 400, [" json"]),
        ("acceptance", "{}", 422, ["/category required", "/lead required", "/reason required"]),
        (
            "acceptance", #"{"category":1,"lead":[],"reason":{}}"#, 422,
            ["/category type", "/lead type", "/reason type"]
        ),
        (
            "acceptance", #"{"category":"no","lead":"nobody","assisting":["zhujian","x"],"reason":" "}"#, 422,
            ["/category unknown", "/lead unknown", "/assisting/1 unknown", "/reason length"]
        ),
        (
            "acceptance", #"{"category":"CATEGORY","lead":"chengguan","assisting":["chengguan"],"reason":"r"}"#, 422,
            ["/assisting twice"]
        ),
        (
            "acceptance", #"{"category":"CATEGORY","lead":"chengguan","assisting":[\#(many)],"reason":"r"}"#, 422,
            ["/assisting length"]
        ),
        ("acceptance", #"{"category":"CATEGORY","lead":"chengguan","reason":"\#(long)"}"#, 422, ["/reason length"]),
        ("acceptance", #"{"category":"CATEGORY","lead":"chengguan","reason":"a\u0000"}"#, 422, ["/reason characters"]),
        (
            "acceptance", #"{"category":"\u0000","lead":"\u0000","reason":"r"}"#, 422,
            ["/category unknown", "/lead unknown"]
        ),
        ("refusal", #"{"reason":"because","explanation":"x"}"#, 422, ["/reason not-listed"]),
        ("refusal", "{}", 422, ["/reason required", "/explanation required"]),
        ("reassignment", "{}", 422, ["/withdraw required", "/reason required"]),
        ("reassignment", #"{"withdraw":["x"],"reason":"r"}"#, 422, ["/withdraw/0 value"]),
        ("reassignment", #"{"withdraw":[],"reason":"r"}"#, 422, [" empty"]),
        ("reassignment", #"{"withdraw":[],"lead":"nobody","reason":"r"}"#, 422, ["/lead unknown"]),
    ]

    @Test func `every bad decision is refused by field and rule, and nothing is decided`() async throws {
        try await RoutingWorld.with { routing in
            let id = try await routing.hear()[0]
            try await routing.place(id, with: "chengjian")
            let category = try #require(routing.routes.table.categories.first?.code)
            for bad in Self.cases {
                let answer = try await routing.decide(id, bad.decision, bad.body.replacing("CATEGORY", with: category))
                #expect(
                    answer.status == bad.status && Set(answer.faults) == Set(bad.faults),
                    "\(bad.decision) \(bad.body.prefix(60)): \(answer.status) \(answer.faults)"
                )
            }
            #expect(try await routing.stored() == 0)
            #expect(try await routing.get("/v1/suggestions/\(id)").json["state"]?.text == "waiting")
        }
    }

    @Test func `what is asked for wrongly is refused, and what is not there is not there`() async throws {
        try await RoutingWorld.with { routing in
            for query in ["state=closed", "state=", "state=%00", "after=x", "after=%00~%00", "unplaced=maybe"] {
                #expect(try await routing.get("/v1/suggestions?\(query)").status == 400, "\(query)")
            }
            for id in ["x", "%00", "'", SuggestionID.make().description] {
                let path = "/v1/suggestions/\(id)"
                #expect(try await routing.client.send(.get, path, as: "chengjian/committee").status == 404, "\(id)")
                let body = #"{"reason":"r","explanation":"x"}"#
                let answer = try await routing.client.post("\(path)/refusal", body, as: "chengjian/committee")
                #expect([404, 422].contains(answer.status), "\(id)")
            }
            let typed: HTTPFields = [.contentType: "text/plain"]
            let id = try await routing.hear()[0]
            let text = try await routing.client.post(
                "/v1/suggestions/\(id)/acceptance",
                "{}",
                as: "chengjian/committee",
                headers: typed
            )
            #expect(text.status == 415 && text.breaches == [])
            let large = String(repeating: " ", count: 70_000) + "{}"
            let answer = try await routing.decide(id, "acceptance", large)
            #expect(answer.status == 413)
            #expect(try await routing.stored() == 0)
        }
    }
}
