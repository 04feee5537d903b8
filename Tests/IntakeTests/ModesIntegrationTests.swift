import Contracts
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// Named, confidential, anonymous; and what is handed in for somebody else.
@Suite(.timeLimit(.minutes(5)))
struct ModesIntegrationTests {
    private static let contact = #","contact":{"name":"王某","phone":"13800001234"}"#

    private static func body(_ members: String, contact: Bool = false) -> String {
        IntakeWorld.opinion.dropLast() + (contact ? Self.contact : "") + (members.isEmpty ? "" : "," + members) + "}"
    }

    @Test func `who is told nothing else is named with a contact and anonymous without`() async throws {
        try await IntakeWorld.with { intake in
            let cases: [(String, Bool, String)] = [
                ("", true, "named"), ("", false, "anonymous"), (#""mode":null"#, false, "anonymous"),
                (#""mode":"confidential""#, true, "confidential"), (#""mode":"named""#, true, "named"),
                (#""mode":"anonymous""#, false, "anonymous"),
            ]
            for (members, hasContact, mode) in cases {
                let receipt = try await intake.submit(Self.body(members, contact: hasContact))
                #expect(receipt.status == 201)
                #expect(try await intake.status(receipt.json).json["mode"]?.text == mode)
                let told = try #require(try await intake.told().last)
                #expect(told["mode"]?.text == mode && told["onBehalf"] == nil && told["attachments"] == nil)
            }
            let formal =
                #"{"kind":"formal","station":"ST-X01","title":"题","text":"文","analysis":"析","proposal":"议"}"#
            let deputy = try await intake.submitFormal(formal)
            #expect(try await intake.status(deputy.json).json["mode"]?.text == "named", "a deputy answers by name")
            let bad: [(String, Bool, [String])] = [
                (#""mode":"anonymous""#, true, ["/contact/name anonymous", "/contact/phone anonymous"]),
                (#""mode":"named""#, false, ["/contact required"]),
                (#""mode":"confidential""#, false, ["/contact required"]),
                (#""mode":"secret""#, false, ["/mode value"]),
                (#""onBehalf":{"manner":"paper"}"#, false, ["/onBehalf officers-only"]),
            ]
            for (members, hasContact, faults) in bad {
                let answer = try await intake.submit(Self.body(members, contact: hasContact))
                #expect(answer.status == 422 && answer.faults == faults, "\(members)")
            }
            let nameless = try await intake.submitFormal(formal.dropLast() + #","mode":"anonymous"}"#)
            #expect(nameless.faults == ["/mode named-only"])
        }
    }

    @Test func `a confidential author is shown to the committee that says it knows, and the act says so`() async throws
    {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(Self.body(#""mode":"confidential""#, contact: true)).json
            try await intake.accept(receipt)
            let path = "/v1/suggestions/\(try #require(receipt["number"]?.text))/contact"
            let (plain, knowing) = (#"{"reason":"核实"}"#, #"{"reason":"核实","confidential":true}"#)
            let refused = try await intake.client.post(path, plain, as: "chengjian/committee")
            #expect(refused.status == 422 && refused.faults == ["/confidential confidential"])
            #expect(!String(decoding: refused.body, as: UTF8.self).contains("1234"))
            for caller in ["fazhi/committee", "deputy/deputy"] {
                #expect(try await intake.client.post(path, knowing, as: caller).status == 403, "\(caller)")
            }
            let told = try #require(try await intake.told().first)
            #expect(told["contact"] == nil, "nobody behind the committee may ask")
            try await intake.assign(receipt, to: "zhujian")
            let visit = #"{"reason":"核实","purpose":"visit","confidential":true}"#
            #expect(try await intake.client.post(path, visit, as: "zhujian/department").status == 404)
            let seen = try await intake.client.post(path, knowing, as: "chengjian/committee")
            #expect(seen.status == 200 && seen.json["phone"]?.text == "13800001234")
            let acts = try await intake.engine.database.query("SELECT authority FROM acts ORDER BY xid")
            #expect(acts.count == 2, "a refused look is none")
            #expect(try acts[1]["authority", as: String.self] == "contact.reveal (confidential): 核实")
        }
    }

    @Test func `a department that has an item in hands asks for a named author, says what for, and no other does`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(Self.body("", contact: true)).json
            let nobody = try await intake.submit(Self.body("")).json
            let told = try await intake.told()
            let reference = try #require(told[0]["contact"]?.text, "what departments' messages carry")
            #expect(told[1]["contact"] == nil && !reference.contains("1380"))
            #expect(reference == "/v1/suggestions/\(try #require(receipt["number"]?.text))/contact")
            let visit = #"{"reason":"上门核实，另有13911112222","purpose":"visit"}"#
            func ask(_ caller: String, _ body: String = visit) async throws -> ServiceClient.Answer {
                let answer = try await intake.client.post(reference, body, as: caller)
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await ask("zhujian/department").status == 404, "it has not got it yet")
            let leg = try await intake.assign(receipt, to: "zhujian")
            for role in ["department", "clerk", "signer"] {
                let seen = try await ask("zhujian/\(role)")
                #expect(seen.status == 200 && seen.json["phone"]?.text == "13800001234", "\(role)")
            }
            #expect(try await ask("gongan/department").status == 404, "another's is as if it were not there")
            #expect(try await ask("zhujian/reviewer").status == 403)
            #expect(try await ask("zhujian/department", #"{"reason":"看看"}"#).faults == ["/purpose value"])
            #expect(
                try await ask("zhujian/department", #"{"reason":"看看","purpose":"sell"}"#).faults == ["/purpose value"]
            )
            let acts = try await intake.engine.database.query(
                "SELECT actor, authority FROM acts WHERE name = 'contact.revealed' ORDER BY version"
            )
            #expect(acts.count == 3, "a refused look is none")
            #expect(try acts[0]["authority", as: String.self] == "contact.reveal (visit): 上门核实，另有＊＊＊＊＊＊＊＊＊＊＊")
            #expect(try acts[0]["actor", as: String.self] == "account:zhujian@zhujian")
            try await intake.giveBack(receipt, leg)
            #expect(try await ask("zhujian/department").status == 404, "it has given it back")
            // Signed for, and taken back: the other has it now.
            let third = try await intake.submit(Self.body("", contact: true)).json
            let taken = try await intake.assign(third, to: "zhujian")
            try await intake.receive(third, taken)
            try await intake.assign(third, to: "gongan", withdrawing: [taken], version: 3)
            let thirds = "/v1/suggestions/\(try #require(third["number"]?.text))/contact"
            #expect(try await intake.client.post(thirds, visit, as: "zhujian/department").status == 404)
            #expect(try await intake.client.post(thirds, visit, as: "gongan/department").status == 200)
            let path = "/v1/suggestions/\(try #require(nobody["number"]?.text))/contact"
            try await intake.assign(nobody, to: "zhujian")
            #expect(try await intake.client.post(path, visit, as: "zhujian/department").status == 404, "anonymous")
        }
    }

    @Test func `files of an author who is not named are the committee's, until it releases each`() async throws {
        try await IntakeWorld.with { intake in
            for (mode, hasContact) in [("confidential", true), ("anonymous", false), ("named", true)] {
                var files: [JSON] = []
                for _ in 0..<2 {
                    let headers: HTTPFields = [.contentType: "application/pdf"]
                    let pdf = Array("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n".utf8)
                    files.append(
                        try await intake.client.send(.post, "/v1/attachments", headers: headers, body: pdf).json
                    )
                }
                let claims = try files.map {
                    #"{"id":"\#(try #require($0["id"]?.text))","secret":"\#(try #require($0["secret"]?.text))"}"#
                }.joined(separator: ",")
                let members = #""mode":"\#(mode)","attachments":[\#(claims)]"#
                let receipt = try await intake.submit(Self.body(members, contact: hasContact)).json
                let isNamed = mode == "named"
                let told = try #require(try await intake.told().last)
                #expect((told["attachments"] != nil) == isNamed, "\(mode): no name of a file leaves before it may")
                try await intake.accept(receipt)
                try await intake.assign(receipt, to: "zhujian")
                let paths = try files.map { "/v1/attachments/\(try #require($0["id"]?.text))" }
                func ask(_ path: String, _ caller: String) async throws -> Int {
                    let answer = try await intake.client.send(.get, path, as: caller)
                    #expect(answer.breaches == [])
                    return answer.status
                }
                for path in paths {
                    #expect(try await ask(path, "chengjian/committee") == 200)
                    for role in ["department", "clerk", "reviewer", "signer"] {
                        #expect(try await ask(path, "zhujian/\(role)") == (isNamed ? 200 : 404), "\(mode) \(role)")
                    }
                }
                let list = "\(try #require(receipt["status"]?.text))/attachments"
                func listed(_ caller: String) async throws -> [Bool] {
                    let answer = try await intake.client.send(.get, list, as: caller)
                    #expect(answer.breaches == [])
                    return (answer.json["items"]?.elements ?? []).map { $0["released"] == .boolean(true) }
                }
                #expect(try await listed("chengjian/committee") == [false, false])
                #expect(try await ask(list, "fazhi/committee") == 403)
                #expect(try await ask(list, "gongan/department") == 404)
                #expect(try await ask(list, "zhujian/clerk") == (isNamed ? 200 : 404))
                func release(_ caller: String) async throws -> Int {
                    try await intake.client.post("\(paths[0])/release", "", as: caller).status
                }
                for caller in ["fazhi/committee", "zhujian/clerk", "zhujian/department", "operator/operator"] {
                    #expect(try await release(caller) == 403, "\(caller)")
                }
                for _ in 0..<2 { #expect(try await release("chengjian/committee") == 204) }
                #expect(try await ask(paths[0], "zhujian/department") == 200)
                #expect(try await ask(paths[1], "zhujian/department") == (isNamed ? 200 : 404), "each by itself")
                #expect(try await listed("zhujian/clerk") == (isNamed ? [true, false] : [true]))
                #expect(try await ask(paths[0], "gongan/department") == 404)
            }
            let acts = try await intake.world.number(
                "SELECT count(*) FROM acts WHERE name = 'attachment.released' AND authority = 'attachment.release'",
                of: .intake
            )
            #expect(acts == 3, "once a file")
        }
    }

    @Test func `an officer's act says from which network, an author's says nothing, and both are sealed so`()
        async throws
    {
        try await IntakeWorld.with(isLive: true) { intake in
            let from: HTTPFields = [IntakeWorld.key: "from-somewhere-1", IntakeWorld.forwardedFor: "203.0.113.77"]
            #expect(try await intake.submit(Array(IntakeWorld.opinion.utf8), headers: from).status == 201)
            let paper = Self.body(#""onBehalf":{"manner":"paper"}"#, contact: true)
            var headers = from
            headers[IntakeWorld.key] = "from-somewhere-2"
            let path = "/v1/suggestions/on-behalf"
            #expect(try await intake.client.post(path, paper, as: "ST-X01/liaison", headers: headers).status == 201)
            let rows = try await intake.engine.database.query("SELECT actor, origin FROM acts ORDER BY xid")
            #expect(try rows[0]["origin", as: String?.self] == nil)
            #expect(try rows[1]["origin", as: String?.self] == "203.0.113.0/24")
            let page = try await intake.client.send(.get, "/v1/acts", as: "operator/operator")
            #expect(page.breaches == [])
        }
    }

    @Test func `officers hand in for others, marked so, at their own station`() async throws {
        try await IntakeWorld.with { intake in
            let path = "/v1/suggestions/on-behalf"
            func hand(_ members: String, as caller: String?, station: String = "ST-X01") async throws
                -> ServiceClient.Answer
            {
                let text = Self.body(members, contact: true).replacing("ST-X01", with: station)
                let headers: HTTPFields = [IntakeWorld.key: "key-\(EventID.make())"]
                let answer = try await intake.client.post(path, text, as: caller, headers: headers)
                #expect(answer.breaches == [])
                return answer
            }
            let paper = #""onBehalf":{"manner":"paper"}"#
            let receipt = try await hand(paper, as: "ST-X01/liaison")
            #expect(receipt.status == 201)
            #expect(try await intake.status(receipt.json).json["onBehalf"]?["manner"]?.text == "paper")
            let told = try #require(try await intake.told().last)
            #expect(told["onBehalf"]?["manner"]?.text == "paper" && told["mode"]?.text == "named")
            let act = try await intake.engine.database.query("SELECT actor, authority FROM acts")[0]
            #expect(try act["actor", as: String.self] == "account:ST-X01@ST-X01")
            #expect(try act["authority", as: String.self] == "suggestion.hand-in-for-another")
            #expect(try await hand(paper, as: "ST-X02/liaison").status == 403, "another station's")
            #expect(try await hand(paper, as: "grid-7/observer", station: "ST-X02").status == 201, "anywhere")
            #expect(try await hand("", as: "ST-X01/liaison").faults == ["/onBehalf required"])
            #expect(try await hand(#""onBehalf":{"manner":"dreamt"}"#, as: "ST-X01/liaison").status == 422)
            #expect(try await hand(paper, as: nil).status == 401)
            for caller in ["deputy/deputy", "chengjian/committee", "zhujian/department", "operator/operator"] {
                #expect(try await hand(paper, as: caller).status == 403, "\(caller)")
            }
        }
    }
}
