import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Rules
import Support
import Testing

@testable import Replies

/// What the pack forbids, by page and by queue: the same rule, number and ground.
@Suite(.timeLimit(.minutes(5)))
struct ProcedureIntegrationTests {
    private static var chongqing: LegalTerms {
        get throws {
            try RulePack(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/chongqing.json"))).terms
        }
    }

    @Test func `a late return is a conflict that names rule, number and ground`() async throws {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear()
            // Whatever days off lie in a month, it is longer than five working days.
            try await replies.engine.database.execute(
                "UPDATE assignments SET started_at = started_at - interval '30 days'"
            )
            let late = try await replies.act(legs[0], "return", #"{"reason":"不属于本单位"}"#)
            #expect(late.status == 409 && late.faults == [" return-term"])
            let words = try #require(late.json["errors"]?[0]?["message"]?.text)
            #expect(words.contains("退办期限5个工作日已于") && words.contains("参照信访工作条例（2022年）"))
            #expect(late.json["detail"]?.text == words)
            #expect(try await replies.stored() == 0)
            let answered = try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"已经解决"}"#)
            #expect(answered.status == 200, "the leg is as it was")
            let again = try await replies.act(legs[0], "reply", #"{"outcome":"A","text":"已经解决"}"#)
            #expect(again.status == 409 && again.faults == ["/assignment replied"], "every conflict names its rule")
        }
    }

    @Test func `a return, a letter and a verdict are judged by the pack of the installation`() async throws {
        try await RepliesWorld.with(terms: try Self.chongqing) { replies in
            let (suggestion, legs) = try await replies.hear()
            // Opinions want no unit there; the fourth outcome wants to be told what was put to whom.
            let text = #""text":"已向市交通局反映信号灯配时问题。""#
            let bare = try await replies.act(legs[0], "reply", "{\"outcome\":\"D\",\(text)}")
            #expect(bare.status == 422 && bare.faults == ["/reason required"])
            let full = "{\"outcome\":\"D\",\(text),\"reason\":\"已向市交通局反映\"}"
            #expect(try await replies.act(legs[0], "reply", full).json["state"]?.text == "answered")
            let awaiting = try await replies.get("/v1/suggestions?state=answered", as: Staff.deputy).json["items"]?[0]
            let due = try #require(awaiting?["verdictDueAt"]?.text.flatMap { Timestamp($0) })
            // Twenty working days are four weeks at least.
            #expect(due > .now + .seconds(27 * 86_400))
            // Without words, since the result is found good.
            let verdict = #"{"attitude":"dissatisfied","result":"accepted"}"#
            let closed = try await replies.judge(suggestion, verdict)
            #expect(closed.status == 200 && closed.json["state"]?.text == "closed")
            #expect(closed.json["replies"]?[0]?["outcome"]?.text == "D")
        }
    }

    @Test func `a letter by queue is refused with the same words`() async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.assign(startingAt: [.now + .seconds(-30 * 86_400)])[0]
            let queue = letters.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await letters.world.take(1, from: queue)
            try await letters.world.tell([letters.letter("return", #"{"assignment":"\#(leg)","reason":"r"}"#)])
            let late = try await letters.rejection().faults
            #expect(late.map { "\($0.pointer) \($0.rule)" } == [" return-term"])
            #expect(late[0].detail.contains("退办期限5个工作日已于") && late[0].detail.contains("信访工作条例"))
            let bare = #"{"assignment":"\#(leg)","outcome":"C","text":"因管线无法迁移，暂不能解决。"}"#
            try await letters.world.tell([letters.letter("reply", bare)])
            let faults = try await letters.rejection().faults
            #expect(faults.map { "\($0.pointer) \($0.rule)" } == ["/reason required"])
            #expect(faults[0].detail.contains("不能解决的原因") && faults[0].detail.contains("第十九条"))
            #expect(try await letters.number("SELECT count(*) FROM acts") == 0)
            let full = #"{"assignment":"\#(leg)","outcome":"C","text":"因管线无法迁移，暂不能解决。","reason":"因管线无法迁移"}"#
            try await letters.world.tell([letters.letter("reply", full)])
            try await eventually("it is answered") {
                try await letters.number("SELECT count(*) FROM replies WHERE outcome = 'C'") == 1
            }
        }
    }
}
