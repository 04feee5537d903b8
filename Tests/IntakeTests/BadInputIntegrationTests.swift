import Foundation
import HTTPSupport
import HTTPTypes
import Support
import Testing

@testable import Intake

/// What cannot be taken in gets a problem that names the field and the rule, and leaves nothing behind.
@Suite(.timeLimit(.minutes(5)))
struct BadInputIntegrationTests {
    /// A body, the status, and what the problem must name.
    struct Case: Sendable {
        let name: String
        let body: [UInt8]
        let status: Int
        let faults: [String]

        init(_ name: String, _ body: String, _ status: Int = 422, _ faults: String...) {
            (self.name, self.body, self.status, self.faults) = (name, Array(body.utf8), status, faults)
        }

        init(_ name: String, bytes: [UInt8], _ status: Int, _ faults: String...) {
            (self.name, body, self.status, self.faults) = (name, bytes, status, faults)
        }
    }

    private static func opinion(_ member: String, _ value: String) -> String {
        let members = ["kind": "\"opinion\"", "station": "\"ST-X01\"", "title": "\"题\"", "text": "\"文\""]
            .merging([member: value]) { $1 }
        return "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }

    private static let formal = #"{"kind":"formal","station":"ST-X01","title":"题","text":"文","submitter":"voter"}"#

    static let cases: [Case] = [
        Case("nothing", "", 400, " required"), Case("no JSON", "{", 400, " json"),
        Case("a word", "suggestion", 400, " json"), Case("a list", "[]", 422, " type"),
        Case("a comma too many", #"{"kind":"opinion",}"#, 400, " json"),
        Case("a member twice", #"{"kind":"opinion","kind":"formal"}"#, 400, " duplicate"),
        Case("too deep", String(repeating: "[", count: 40), 400, " depth"),
        Case("no UTF-8", bytes: Array(#"{"title":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8), 400, " utf-8"),
        Case("UTF-16", bytes: [0xff, 0xfe, 0x7b, 0, 0x7d, 0], 400, " utf-8"),
        Case("a zero byte", bytes: Array("{}".utf8) + [0], 400, " json"),
        Case("empty", "{}", 422, "/kind required", "/station required", "/title required", "/text required"),
        Case("a number for a text", opinion("title", "5"), 422, "/title type"),
        Case("null for a text", opinion("text", "null"), 422, "/text type"),
        Case("an unknown kind", opinion("kind", "\"complaint\""), 422, "/kind value"),
        Case("an unknown submitter", opinion("submitter", "\"mayor\""), 422, "/submitter value"),
        Case("no station chosen", opinion("station", "\"\""), 422, "/station required"),
        Case("an unknown station", opinion("station", "\"ST-99\""), 422, "/station unknown"),
        Case("no code for a station", opinion("station", "\"城站\""), 422, "/station unknown"),
        Case("an empty title", opinion("title", "\" \""), 422, "/title length"),
        Case("a long title", opinion("title", "\"\(String(repeating: "题", count: 61))\""), 422, "/title length"),
        Case(
            "many marks on one character",
            opinion("title", "\"a\(String(repeating: "\u{301}", count: 60))\""),
            422,
            "/title length"
        ),
        Case("a long text", opinion("text", "\"\(String(repeating: "文", count: 10_001))\""), 422, "/text length"),
        Case("U+0000", opinion("text", #""a\u0000b""#), 422, "/text characters"),
        Case("an escape character", opinion("text", #""a\u001bb""#), 422, "/text characters"),
        Case("a line break in a title", opinion("title", #""a\nb""#), 422, "/title characters"),
        Case("half a character", opinion("text", #""\ud800""#), 400, " json"),
        Case("no telephone", opinion("contact", #"{"phone":"call me"}"#), 422, "/contact/phone phone"),
        Case("U+0000 in a name", opinion("contact", #"{"name":"a\u0000"}"#), 422, "/contact/name characters"),
        Case("a contact of another type", opinion("contact", "[]"), 422, "/contact type"),
        Case("a formal suggestion without a deputy", formal, 422, "/kind deputies-only"),
        Case("who says to be a deputy", opinion("submitter", "\"deputy\""), 422, "/submitter signed-in-only"),
        Case("who says to be an observer", opinion("submitter", "\"observer\""), 422, "/submitter signed-in-only"),
        Case("a large body", String(repeating: " ", count: Routes.bodyLimit) + "{}", 413),
    ]

    @Test func `every bad body is refused by field and rule, and nothing is stored`() async throws {
        try await IntakeWorld.with { intake in
            for bad in Self.cases {
                let answer = try await intake.submit(bad.body, headers: [IntakeWorld.key: "bad-input-key"])
                #expect(answer.status == bad.status, "\(bad.name)")
                #expect(Set(answer.faults) == Set(bad.faults), "\(bad.name)")
                #expect(answer.headers[.contentType] == "application/problem+json", "\(bad.name)")
            }
            #expect(try await intake.stored() == 0)
            // The key was not used up.
            let good = try await intake.submit(IntakeWorld.opinion, key: "bad-input-key")
            #expect(good.status == 201)
        }
    }

    @Test func `a wrong header is refused before anything is stored`() async throws {
        try await IntakeWorld.with { intake in
            let good = Array(IntakeWorld.opinion.utf8)
            for key in ["short", String(repeating: "k", count: 129), "with space in it", "mit-ümlaut-ä"] {
                #expect(try await intake.submit(good, headers: [IntakeWorld.key: key]).status == 400, "\(key)")
            }
            var twice: HTTPFields = [:]
            twice.append(HTTPField(name: IntakeWorld.key, value: "first-key"))
            twice.append(HTTPField(name: IntakeWorld.key, value: "second-key"))
            #expect(try await intake.submit(good, headers: twice).status == 400)
            #expect(try await intake.submit(good, headers: [:]).status == 400)
            for type in ["text/plain", "application/json; charset=gbk", "application/xml", ""] {
                let answer = try await intake.submit(
                    good,
                    headers: [IntakeWorld.key: "good-key-1", .contentType: type]
                )
                #expect(answer.status == 415, "\(type)")
            }
            let packed: HTTPFields = [IntakeWorld.key: "good-key-1", .contentEncoding: "gzip"]
            #expect(try await intake.submit(good, headers: packed).status == 415)
            #expect(try await intake.stored() == 0)
        }
    }

    @Test func `an address or a method that is not there is a problem too`() async throws {
        try await IntakeWorld.with { intake in
            for path in ["/", "/v1", "/v1/suggestion", "/v1/suggestions/BJ-1/x", "/v2/suggestions"] {
                let answer = try await intake.client.send(.get, path)
                #expect(answer.status == 404 && answer.headers[.contentType] == "application/problem+json", "\(path)")
            }
            let methods: [(HTTPRequest.Method, String)] = [
                (.get, "/v1/suggestions"), (.delete, "/v1/suggestions/BJ-1"), (.put, "/v1/suggestions"),
            ]
            for (method, path) in methods {
                let answer = try await intake.client.send(method, path)
                #expect(answer.status == 405 && answer.headers[.allow] != nil, "\(method) \(path)")
            }
            for number in ["%00", "BJ-%00", "..", "%F0%9F%98%80", String(repeating: "9", count: 300), "%ff", "'--"] {
                let answer = try await intake.client.send(
                    .get,
                    "/v1/suggestions/\(number)",
                    headers: [IntakeWorld.secret: "x"]
                )
                #expect(answer.status == 404, "\(number)")
            }
            for query in ["limit=0", "limit=x", "limit=1001", "after=x", "after=1.2", "after=%00", "limit=-1"] {
                let answer = try await intake.client.send(.get, "/v1/acts?\(query)", as: "operator/operator")
                #expect(answer.status == 400 && answer.breaches == [], "\(query)")
            }
        }
    }
}
