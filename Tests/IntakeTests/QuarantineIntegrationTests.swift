import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// What is held back as a flood: taken, told to nobody, and decided by the station's officer.
@Suite(.timeLimit(.minutes(5)))
struct QuarantineIntegrationTests {
    private static let narrow: Allowance.Measures = {
        var measures = Allowance.Measures()
        (measures.pair, measures.account) = (2, 1)
        return measures
    }()

    /// Hands in from wherever the edge says.
    private func submit(
        _ intake: IntakeWorld,
        from address: String = "203.0.113.7",
        station: String = "ST-X01",
        text: String = "希望增设公交站，电话13800001234。"
    ) async throws -> ServiceClient.Answer {
        let body = #"{"kind":"opinion","station":"\#(station)","title":"公交站太远13800001234","text":"\#(text)"}"#
        let headers: HTTPFields = [IntakeWorld.key: "key-\(EventID.make())", IntakeWorld.forwardedFor: address]
        return try await intake.submit(Array(body.utf8), headers: headers)
    }

    private func decide(
        _ intake: IntakeWorld,
        _ what: String,
        _ body: String,
        as caller: String = "ST-X01/liaison"
    ) async throws -> ServiceClient.Answer {
        let answer = try await intake.client.post("/v1/quarantine/\(what)", body, as: caller)
        #expect(answer.breaches == [])
        return answer
    }

    private func floods(_ intake: IntakeWorld, as caller: String = "ST-X01/liaison") async throws -> JSON {
        let answer = try await intake.client.send(.get, "/v1/quarantine", as: caller)
        #expect(answer.status == 200 && answer.breaches == [])
        return answer.json
    }

    @Test func `what is held has its receipt and says so; nobody is told, until the officer lets it go`() async throws {
        try await IntakeWorld.with(measures: Self.narrow, isLive: true) { intake in
            var receipts: [JSON] = []
            for _ in 0..<5 {
                let answer = try await submit(intake)
                #expect(answer.status == 201)
                receipts.append(answer.json)
            }
            #expect(try await submit(intake, from: "203.0.113.8").status == 201)
            #expect(try await submit(intake, station: "ST-X02").status == 201)
            #expect(try await intake.told().count == 4, "two, and those of another address and another station")
            let status = try await intake.status(receipts[4])
            #expect(status.json["state"]?.text == "quarantined")
            #expect(status.json["notice"]?.text?.contains("正在核查") == true)
            #expect(try await intake.status(receipts[1]).json["state"]?.text == "received")
            // The officer's view.
            let list = try await floods(intake)
            #expect(list["waiting"]?.whole == 3 && list["floods"]?.elements.count == 1)
            let flood = try #require(list["floods"]?[0])
            #expect(flood["reason"]?.text == "pair" && flood["samples"]?.elements.count == 3)
            let shown = String(decoding: try JSONEncoder().encode(flood["samples"]?[0]?["text"]?.text), as: UTF8.self)
            #expect(!shown.contains("13800001234") && flood["samples"]?[0]?["title"]?.text == "公交站太远＊＊＊＊＊＊＊＊＊＊＊")
            let id = try #require(flood["flood"]?.text)
            #expect(try await floods(intake, as: "ST-X02/liaison")["waiting"]?.whole == 0, "not theirs")
            #expect(try await floods(intake, as: "operator/operator")["waiting"]?.whole == 3)
            let page = try await intake.client.send(.get, "/v1/quarantine/\(id)", as: "ST-X01/liaison")
            #expect(page.breaches == [] && page.json["items"]?.elements.count == 3 && page.json["next"] == .null)
            let foreign = try await intake.client.send(.get, "/v1/quarantine/\(id)", as: "ST-X02/liaison")
            #expect(foreign.json["items"]?.elements.count == 0)
            // Not theirs to decide; then one by its id, then the rest.
            #expect(
                try await decide(intake, "release", #"{"flood":"\#(id)"}"#, as: "ST-X02/liaison").json["count"]?.whole
                    == 0
            )
            let first = try #require(page.json["items"]?[0]?["id"]?.text)
            #expect(try await decide(intake, "release", #"{"items":["\#(first)"]}"#).json["count"]?.whole == 1)
            #expect(try await decide(intake, "release", #"{"flood":"\#(id)"}"#).json["count"]?.whole == 2)
            #expect(try await decide(intake, "release", #"{"flood":"\#(id)"}"#).json["count"]?.whole == 0, "once")
            #expect(try await intake.told().count == 7)
            let acts = try await intake.engine.database.query(
                "SELECT DISTINCT version, actor FROM acts WHERE authority = 'quarantine.decide: release'"
            )
            #expect(acts.count == 1)
            #expect(try acts[0]["actor", as: String.self] == "account:ST-X01@ST-X01")
            #expect(try acts[0]["version", as: Int.self] == 1)
            let after = try await intake.status(receipts[4])
            #expect(after.json["state"]?.text == "received" && after.json["notice"] == nil)
            let told = try #require(try await intake.told().last)
            #expect(told["text"]?.text == "希望增设公交站，电话＊＊＊＊＊＊＊＊＊＊＊。" && told["mode"]?.text == "anonymous")
        }
    }

    @Test func `what is refused says why to its author, and is told as that`() async throws {
        try await IntakeWorld.with(measures: Self.narrow, isLive: true) { intake in
            var last = JSON.null
            for _ in 0..<4 { last = try await submit(intake).json }
            let id = try #require(try await floods(intake)["floods"]?[0]?["flood"]?.text)
            #expect(try await decide(intake, "refuse", #"{"flood":"\#(id)"}"#).faults == ["/reason required"])
            let blank = try await decide(intake, "refuse", #"{"flood":"\#(id)","reason":" "}"#)
            #expect(blank.faults == ["/reason length"])
            #expect(try await decide(intake, "refuse", #"{"reason":"x"}"#).faults == [" one-of"])
            #expect(try await decide(intake, "release", #"{"items":[]}"#).faults == ["/items count"])
            #expect(try await decide(intake, "release", #"{"flood":"x"}"#).status == 422)
            let both = #"{"flood":"\#(id)","items":["\#(id)"],"reason":"重复"}"#
            #expect(try await decide(intake, "refuse", both).faults == [" one-of"])
            let refused = try await decide(intake, "refuse", #"{"flood":"\#(id)","reason":"同一内容重复提交13800001234"}"#)
            #expect(refused.json["count"]?.whole == 2)
            let status = try await intake.status(last)
            #expect(status.json["state"]?.text == "refused")
            #expect(status.json["refusal"]?["explanation"]?.text == "同一内容重复提交＊＊＊＊＊＊＊＊＊＊＊")
            #expect(try await floods(intake)["waiting"]?.whole == 0)
            #expect(try await decide(intake, "release", #"{"flood":"\#(id)"}"#).json["count"]?.whole == 0, "decided")
            let names = try await intake.engine.database.query("SELECT name FROM acts ORDER BY xid, id")
                .map { try $0["name", as: String.self] }
            #expect(
                names.sorted() == Array(repeating: "suggestion.dismissed", count: 2)
                    + Array(repeating: "suggestion.received", count: 2)
            )
        }
    }

    @Test func `what its author erases while it is held waits for nobody, and holds up no release`() async throws {
        try await IntakeWorld.with(measures: Self.narrow, isLive: true) { intake in
            var receipts: [JSON] = []
            for _ in 0..<5 { receipts.append(try await submit(intake).json) }
            let id = try #require(try await floods(intake)["floods"]?[0]?["flood"]?.text)
            let path = try #require(receipts[3]["status"]?.text) + "/erasure"
            let secret = try #require(receipts[3]["secret"]?.text)
            for _ in 0..<2 {
                let erased = try await intake.client.send(.post, path, headers: [IntakeWorld.secret: secret])
                #expect(erased.status == 204 && erased.breaches == [])
            }
            #expect(try await floods(intake)["waiting"]?.whole == 2)
            #expect(try await decide(intake, "release", #"{"flood":"\#(id)"}"#).json["count"]?.whole == 2)
            let acts = try await intake.engine.database.query(
                "SELECT name, version FROM acts WHERE actor LIKE 'receipt:%' AND name <> 'suggestion.received' ORDER BY version"
            )
            #expect(try acts.map { try $0["name", as: String.self] } == ["suggestion.dismissed", "suggestion.erased"])
            #expect(try acts.map { try $0["version", as: Int.self] } == [1, 2], "from 1, without a gap")
            let status = try await intake.status(receipts[3])
            #expect(status.json["state"]?.text == "refused" && status.json["title"]?.text == "〔已删除〕")
        }
    }

    @Test func `two officers at the same moment decide about each once`() async throws {
        try await IntakeWorld.with(measures: Self.narrow, isLive: true) { intake in
            for _ in 0..<30 { #expect(try await submit(intake).status == 201) }
            let id = try #require(try await floods(intake)["floods"]?[0]?["flood"]?.text)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<6 {
                    let (what, body) =
                        index.isMultiple(of: 2)
                        ? ("release", #"{"flood":"\#(id)"}"#) : ("refuse", #"{"flood":"\#(id)","reason":"重复"}"#)
                    group.addTask { try await decide(intake, what, body).json["count"]?.whole ?? -1 }
                }
                return try await group.reduce(0, +)
            }
            #expect(counts == 28)
            #expect(try await intake.told().count == 30)
        }
    }

    @Test func `a machine is told to wait, a person's account is held`() async throws {
        try await IntakeWorld.with(measures: Self.narrow) { intake in
            func hand() async throws -> ServiceClient.Answer {
                let body = IntakeWorld.opinion.dropLast() + #","onBehalf":{"manner":"spoken"}}"#
                let headers: HTTPFields = [IntakeWorld.key: "key-\(EventID.make())"]
                let path = "/v1/suggestions/on-behalf"
                let answer = try await intake.client.post(path, String(body), as: "ST-X01/liaison", headers: headers)
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await hand().status == 201)
            let second = try await hand()
            let wait = second.headers[.retryAfter].flatMap { Int($0) } ?? 0
            #expect(second.status == 429 && wait > 3_000)
            // Operators see which machine it was, and how often.
            #expect(intake.routes.limiter.refused == 1)
            let refusals = RefusalStore(
                database: intake.engine.database,
                limiter: intake.routes.limiter,
                logger: .silent
            )
            for _ in 0..<2 {
                await refusals.note()
                #expect(try await hand().status == 429)
            }
            await refusals.note()
            let noted = try await intake.engine.database.query("SELECT account, refused FROM machine_refusals")
            #expect(
                try noted.map { "\(try $0["account", as: String.self]) \(try $0["refused", as: Int.self])" } == [
                    "ST-X01 3"
                ]
            )
            let limiter = Limiter(Self.narrow, names: FloodNames(secret: Array(repeating: 5, count: 32)))
            let (person, station) = (
                Caller(unit: "ST-X01", role: .liaison, subject: "person:1"), StationCode(rawValue: "ST-X01")
            )
            #expect(try limiter.judge(station, by: person, at: .now) == nil)
            #expect(try limiter.judge(station, by: person, at: .now)?.reason == .account)
        }
    }
}
