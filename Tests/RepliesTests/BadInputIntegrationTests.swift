import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Support
import Testing

@testable import Replies

/// What a department or a deputy writes wrongly gets a problem that names the field and the rule, and changes nothing.
@Suite(.timeLimit(.minutes(5)))
struct BadInputIntegrationTests {
    private static let long = String(repeating: "字", count: 20_001)
    private static let reason = String(repeating: "字", count: 2_001)

    private static let actions: [(action: String, body: String, status: Int, faults: [String])] = [
        ("reply", "", 400, [" required"]), ("reply", "{", 400, [" json"]), ("reply", "[]", 422, [" type"]),
        ("reply", "{}", 422, ["/outcome required", "/text required"]),
        ("reply", #"{"outcome":"E","text":"x"}"#, 422, ["/outcome value"]),
        ("reply", #"{"outcome":"D","text":"x"}"#, 422, ["/outcome letter"]),
        ("reply", #"{"outcome":"C","text":"x"}"#, 422, ["/reason required"]),
        ("reply", #"{"outcome":"C","text":"x","reason":7}"#, 422, ["/reason type"]),
        ("reply", #"{"outcome":"C","text":"x","reason":"y\u0000"}"#, 422, ["/reason characters"]),
        ("reply", #"{"outcome":"\u0000","text":"x"}"#, 422, ["/outcome value"]),
        ("reply", #"{"outcome":1,"text":2}"#, 422, ["/outcome type", "/text type"]),
        ("reply", #"{"outcome":"A","text":" \n"}"#, 422, ["/text length"]),
        ("reply", #"{"outcome":"A","text":"a\u0000b"}"#, 422, ["/text characters"]),
        ("reply", #"{"outcome":"A","text":"a\u0007b"}"#, 422, ["/text characters"]),
        ("reply", #"{"outcome":"A","text":"\#(long)"}"#, 422, ["/text length"]),
        ("reply", #"{"outcome":"B","text":"x"}"#, 422, ["/commitmentDueAt required"]),
        ("reply", #"{"outcome":"B","text":"x","commitmentDueAt":"soon"}"#, 422, ["/commitmentDueAt value"]),
        (
            "reply", #"{"outcome":"B","text":"x","commitmentDueAt":"2020-01-01T00:00:00Z"}"#, 422,
            ["/commitmentDueAt future"]
        ),
        (
            "reply", #"{"outcome":"A","text":"x","commitmentDueAt":"2099-01-01T00:00:00Z"}"#, 422,
            ["/commitmentDueAt only-with-B"]
        ),
        ("return", "{}", 422, ["/reason required"]), ("return", #"{"reason":""}"#, 422, ["/reason length"]),
        ("return", #"{"reason":"\#(reason)"}"#, 422, ["/reason length"]),
        ("return", #"{"reason":"r","proposedDepartment":"城管"}"#, 422, ["/proposedDepartment value"]),
    ]

    @Test func `a department's mistake is refused by field and rule`() async throws {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear()
            for bad in Self.actions {
                let answer = try await replies.act(legs[0], bad.action, bad.body)
                #expect(
                    answer.status == bad.status && Set(answer.faults) == Set(bad.faults),
                    "\(bad.action) \(bad.body.prefix(60)): \(answer.status) \(answer.faults)"
                )
            }
            #expect(try await replies.stored() == 0)
            #expect(try await replies.act(legs[0], "receipt").status == 200, "the leg is as it was")
        }
    }

    private static let verdicts: [(body: String, status: Int, faults: [String])] = [
        ("{}", 422, ["/attitude required", "/result required"]),
        (#"{"attitude":"good","result":"bad"}"#, 422, ["/attitude value", "/result value"]),
        (#"{"attitude":"satisfied","result":"dissatisfied"}"#, 422, ["/comment required"]),
        (#"{"attitude":"satisfied","result":"dissatisfied","comment":""}"#, 422, ["/comment length"]),
        (#"{"attitude":"satisfied","result":"dissatisfied","comment":"\#(reason)"}"#, 422, ["/comment length"]),
        (#"{"attitude":"satisfied","result":"satisfied","comment":"\u0000"}"#, 422, ["/comment characters"]),
    ]

    @Test func `a deputy's mistake is refused by field and rule`() async throws {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear()
            _ = try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"x"}"#)
            let rows = try await replies.stored()
            for bad in Self.verdicts {
                let answer = try await replies.judge(suggestion, bad.body)
                #expect(
                    answer.status == bad.status && Set(answer.faults) == Set(bad.faults),
                    "\(bad.body.prefix(60)): \(answer.status) \(answer.faults)"
                )
            }
            #expect(try await replies.stored() == rows)
        }
    }

    @Test func `what is asked for wrongly, too large or of another type is refused`() async throws {
        try await RepliesWorld.with { replies in
            let department = "chengguan/department"
            for query in ["after=x", "after=%00", "after=2026-01-01T00:00:00Z~x"] {
                #expect(try await replies.get("/v1/assignments?\(query)", as: department).status == 400, "\(query)")
            }
            for id in ["x", "%00", "'"] {
                for action in ["receipt", "return", "reply"] {
                    let answer = try await replies.client.post("/v1/assignments/\(id)/\(action)", "{}", as: department)
                    #expect(answer.status == 404, "\(id)")
                }
                let matter = try await replies.client.send(.get, "/v1/suggestions/\(id)", as: department)
                #expect(matter.status == 404, "\(id)")
            }
            let (_, legs) = try await replies.hear()
            let large = String(repeating: " ", count: Routes.replyBodyLimit) + "{}"
            #expect(try await replies.act(legs[0], "reply", large).status == 413)
            let headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            let path = "/v1/assignments/\(legs[0])/reply"
            let form = try await replies.client.post(path, "outcome=A", as: department, headers: headers)
            #expect(form.status == 415 && form.breaches == [])
            let method = try await replies.client.send(.delete, path, as: department)
            #expect(method.status == 405)
            #expect(try await replies.stored() == 0)
        }
    }

    @Test func `a reply of the greatest length, each character escaped, is taken`() async throws {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear()
            let text = String(repeating: #"\ud83d\ude00"#, count: Fields.replyLimit)
            #expect(try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"\#(text)"}"#).status == 200)
        }
    }
}
