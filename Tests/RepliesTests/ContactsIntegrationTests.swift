import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Replies

/// Contacts recorded by page and by queue: the same rules, kept once, shown and told.
@Suite(.timeLimit(.minutes(5)))
struct ContactsIntegrationTests {
    private static let solved = #"{"outcome":"A","text":"已办"}"#

    private static func contact(_ text: String = "听取了意见", at moment: Timestamp = .now) -> String {
        #"{"mode":"face-to-face","heldAt":"\#(moment)","officer":"李某","with":"author","text":"\#(text)"}"#
    }

    @Test func `a formal suggestion is answered once a contact is recorded, by page`() async throws {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear(kind: .formal)
            let desk = try await replies.get("/v1/assignments", as: "chengguan/department").json["items"]?[0]
            #expect(desk?["contactOwed"]?["required"] == .boolean(true))
            let refused = try await replies.act(legs[0], "reply", Self.solved)
            #expect(refused.status == 409 && refused.faults == [" contact-required"])
            #expect(refused.json["detail"]?.text?.contains("第五十一条") == true)
            #expect(try await replies.stored() == 0)
            let body = Self.contact("听取了王某13800001234的意见")
            let recorded = try await replies.act(legs[0], "contacts", body)
            #expect(recorded.status == 200)
            #expect(try await replies.act(legs[0], "contacts", body).status == 200, "again changes nothing")
            let shown = try await replies.get("/v1/suggestions/\(suggestion)", as: Staff.deputy).json
            #expect(shown["contacts"]?.elements.count == 1)
            #expect(shown["contacts"]?[0]?["officer"]?.text == "李某" && shown["contacts"]?[0]?["round"]?.whole == 1)
            let text = shown["contacts"]?[0]?["text"]?.text ?? ""
            #expect(text.hasPrefix("听取了王某") && !text.contains("13800001234"), "masked")
            #expect(shown["legs"]?[0]?["contactOwed"] == nil)
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
            let acts = try await replies.engine.database.query(
                "SELECT name, authority, convert_from(body, 'UTF8') AS body FROM acts ORDER BY version"
            )
            #expect(
                try acts.map { "\(try $0["name", as: String.self]) \(try $0["authority", as: String.self])" }
                    == ["contact.recorded contact.record", "reply.issued reply.issue"]
            )
            let told = try acts[0]["body", as: String.self]
            #expect(!told.contains("李某") && !told.contains("13800001234"), "nobody's name, nobody's number")
        }
    }

    @Test func `a reply with its contact is one step, and a contact's mistakes are named where they stand`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear(kind: .formal)
            func reply(_ contact: String) -> String { #"{"outcome":"A","text":"已办","contact":\#(contact)}"# }
            let long = String(repeating: "字", count: 2_001)
            for (action, body, faults) in [
                (
                    "contacts", "{}",
                    ["/mode required", "/heldAt required", "/officer required", "/with required", "/text required"]
                ),
                ("contacts", Self.contact(" "), ["/text length"]), ("contacts", Self.contact(long), ["/text length"]),
                ("contacts", Self.contact(at: .now + .seconds(2 * 86_400)), ["/heldAt future"]),
                ("contacts", Self.contact(at: .now + .seconds(-2 * 86_400)), ["/heldAt early"]),
                ("contacts", Self.contact().replacing("author", with: "friend"), ["/with value"]),
                ("contacts", Self.contact().replacing("李某", with: #"李\n某"#), ["/officer characters"]),
                ("reply", reply(Self.contact("")), ["/contact/text length"]),
                ("reply", reply(Self.contact().replacing("face-to-face", with: "dream")), ["/contact/mode value"]),
                ("reply", reply(Self.contact(at: .now + .seconds(2 * 86_400))), ["/contact/heldAt future"]),
                ("reply", reply("7"), ["/contact type"]),
            ] as [(String, String, [String])] {
                let answer = try await replies.act(legs[0], action, body)
                #expect(
                    answer.status == 422 && Set(answer.faults) == Set(faults),
                    "\(body.prefix(90)): \(answer.faults)"
                )
            }
            #expect(try await replies.stored() == 0)
            let done = try await replies.act(legs[0], "reply", reply(Self.contact())).json
            #expect(done["state"]?.text == "answered" && done["contacts"]?.elements.count == 1)
        }
    }

    @Test func `over the queue the same holds, in any order, and a repeat has no effect`() async throws {
        try await LettersWorld.with { letters in
            let legs = [try await letters.leg(kind: .formal), try await letters.leg()]
            let reply = #"{"assignment":"\#(legs[0])","outcome":"A","text":"已办"}"#
            try await letters.world.tell([letters.letter("reply", reply)])
            let rejected = try await letters.rejection()
            #expect(rejected.faults.map { "\($0.pointer) \($0.rule)" } == [" contact-required"])
            #expect(rejected.faults[0].detail.contains("第五十一条"))
            func contact(_ leg: AssignmentID) -> String { #"{"assignment":"\#(leg)","# + Self.contact().dropFirst() }
            let record = contact(legs[0])
            // The opinion's reply overtakes its contact.
            try await letters.world.tell([
                letters.letter("contact", record), letters.letter("contact", record), letters.letter("reply", reply),
                letters.letter("reply", #"{"assignment":"\#(legs[1])","outcome":"A","text":"已办"}"#),
                letters.letter("contact", contact(legs[1])),
            ])
            try await eventually("both are answered, and both contacts are recorded") {
                try await letters.number("SELECT count(*) FROM acts") == 4
            }
            #expect(try await letters.number("SELECT count(*) FROM contacts") == 2)
            #expect(try await letters.number("SELECT count(*) FROM suggestions WHERE state = 'answered'") == 2)
            #expect(try await letters.number("SELECT count(*) FROM rejected_messages") == 1)
            try await letters.world.tell([
                letters.letter("contact", #"{"assignment":"\#(legs[0])","mode":"telephone"}"#)
            ])
            let incomplete = try await letters.rejection()
            #expect(
                Set(incomplete.faults.map { "\($0.pointer) \($0.rule)" })
                    == ["/heldAt required", "/officer required", "/with required", "/text required"]
            )
        }
    }

    @Test func `with the item's words a contact's words and the officer's name go`() async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            try await letters.world.tell([
                letters.letter("contact", #"{"assignment":"\#(leg)","# + Self.contact("张三说").dropFirst())
            ])
            try await eventually("it is recorded") { try await letters.number("SELECT count(*) FROM contacts") == 1 }
            let named = Self.contact("张三说").replacing("李某", with: "张三")
            let wrong = [
                ("contact", named.dropFirst().replacing("face-to-face", with: "dream")),
                ("reply", #""outcome":"A","text":"张三","contact":\#(named.replacing("author", with: "friend"))}"#),
            ]
            for (action, body) in wrong {
                try await letters.world.tell([letters.letter(action, #"{"assignment":"\#(leg)","# + body)])
                _ = try await letters.rejection()
            }
            let row = try await letters.engine.database.query("SELECT suggestion FROM assignments")[0]
            let erased = SuggestionErased(number: "BJ-1", erasedAt: .now)
            try await letters.world.tell([try letters.world.message(erased, about: row.id("suggestion"), version: 2)])
            try await eventually("its words are gone") {
                try await letters.number(
                    "SELECT count(*) FROM contacts WHERE body = '〔已删除〕' AND officer = '〔已删除〕'"
                ) == 1
            }
            for table in ["acts", "rejected_messages"] {
                let words = try await letters.number(
                    "SELECT count(*) FROM \(unsafe: table) WHERE position(convert_to('张三', 'UTF8') IN body) > 0"
                )
                #expect(words == 0, "\(table)")
            }
            #expect(try await letters.number("SELECT count(*) FROM rejected_messages") == 2)
        }
    }
}
