import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Replies

/// A department's queue and exchange, on real servers.
@Suite(.timeLimit(.minutes(5)))
struct LettersIntegrationTests {
    @Test func `a department signs and replies over its queue; a repeat has no effect`() async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            let receipt = letters.letter("receipt", #"{"assignment":"\#(leg)"}"#)
            let reply = letters.letter("reply", #"{"assignment":"\#(leg)","outcome":"A","text":"已办"}"#)
            try await letters.world.tell([receipt, receipt, reply, reply])
            try await eventually("it is answered") {
                try await letters.number("SELECT count(*) FROM suggestions WHERE state = 'answered' AND version = 2")
                    == 1
            }
            #expect(try await letters.number("SELECT count(*) FROM replies") == 1)
            #expect(try await letters.number("SELECT count(*) FROM rejected_messages") == 0)
        }
    }

    /// A letter and what its sender must be told.
    struct Case: Sendable {
        let name: String
        let action: String
        let body: [UInt8]
        let faults: [String]

        init(_ name: String, _ action: String, _ body: String, _ faults: String...) {
            (self.name, self.action, self.body, self.faults) = (name, action, Array(body.utf8), faults)
        }

        init(_ name: String, _ action: String, bytes: [UInt8], _ faults: String...) {
            (self.name, self.action, body, self.faults) = (name, action, bytes, faults)
        }
    }

    private static func reply(_ more: String) -> String { #"{"assignment":"ASSIGNMENT",\#(more)}"# }
    private static let foreign = #"{"assignment":"0192f3c4-5a10-7c11-8a51-3f2a9d0c1b01","outcome":"A","text":"x"}"#

    static let cases: [Case] = [
        Case("nothing", "receipt", "", " required"), Case("no JSON", "reply", "{", " json"),
        Case("a byte order mark", "reply", "\u{FEFF}[]", " json"), Case("a list", "reply", "[]", " type"),
        Case("no UTF-8", "reply", bytes: [0x7b, 0xff, 0xfe, 0x7d], " utf-8"),
        Case("UTF-16", "receipt", bytes: [0xff, 0xfe, 0x7b, 0, 0x7d, 0], " utf-8"),
        Case("too deep", "reply", String(repeating: "[", count: 10_000), " depth"),
        Case("a member twice", "receipt", #"{"assignment":"a","assignment":"b"}"#, " duplicate"),
        Case("empty", "reply", "{}", "/assignment required", "/outcome required", "/text required"),
        Case(
            "other types",
            "reply",
            #"{"assignment":1,"outcome":[],"text":{}}"#,
            "/assignment type",
            "/outcome type",
            "/text type"
        ),
        Case("no id", "receipt", #"{"assignment":"x"}"#, "/assignment value"),
        Case("an unknown outcome", "reply", reply(#""outcome":"Z","text":"x""#), "/outcome value"),
        Case("U+0000 for an outcome", "reply", reply(#""outcome":"\u0000","text":"x""#), "/outcome value"),
        Case("U+0000 in a text", "reply", reply(#""outcome":"A","text":"a\u0000b""#), "/text characters"),
        Case("B without a date", "reply", reply(#""outcome":"B","text":"x""#), "/commitmentDueAt required"),
        Case("an empty text", "reply", reply(#""outcome":"A","text":" ""#), "/text length"),
        Case(
            "a long text",
            "reply",
            reply(#""outcome":"A","text":"\#(String(repeating: "字", count: 20_001))""#),
            "/text length"
        ),
        Case("a large letter", "reply", String(repeating: " ", count: 2_000_000), " size"),
        Case("another's leg", "reply", foreign, "/assignment unknown"),
        Case("no reason", "return", reply(#""reason":"""#), "/reason length"),
        Case("an unknown action", "dance", "{}", " routing-key"),
        Case("an action with U+0000", "re\0ply", "{}", " routing-key"),
    ]

    @Test func `what cannot be taken is answered field by field and kept`() async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            for (index, bad) in Self.cases.enumerated() {
                var body = bad.body
                if let text = String(validating: body, as: UTF8.self) {
                    body = Array(text.replacing("ASSIGNMENT", with: leg.description).utf8)
                }
                try await letters.world.tell([letters.letter(bad.action, body, id: "mine-\(index)")])
                let rejected = try await letters.rejection()
                #expect(rejected.message == "mine-\(index)", "\(bad.name)")
                #expect(rejected.routingKey == "\(LettersWorld.code).\(bad.action)", "\(bad.name)")
                #expect(Set(rejected.faults.map { "\($0.pointer) \($0.rule)" }) == Set(bad.faults), "\(bad.name)")
                let kept = try await letters.engine.database.query(
                    "SELECT body FROM rejected_messages WHERE message = \("mine-\(index)")"
                )
                #expect(try kept.map { try $0["body", as: [UInt8].self] } == [body], "as it came: \(bad.name)")
            }
            #expect(try await letters.number("SELECT count(*) FROM acts") == 0)
            try await letters.world.tell([letters.letter("receipt", #"{"assignment":"\#(leg)"}"#)])
            try await eventually("its next letter is taken") {
                try await letters.number("SELECT count(*) FROM acts") == 1
            }
        }
    }

    @Test func `a letter without a usable id is answered too`() async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            let ids: [String?] = [nil, "", "a\0b", String(repeating: "i", count: 129)]
            // No id and an empty one are the same; with the same body they would be one letter.
            for (index, id) in ids.enumerated() {
                let body = #"{"assignment":"\#(leg)","index":\#(index)}"#
                try await letters.world.tell([letters.letter("receipt", body, id: id)])
                #expect(try await letters.rejection().faults.map(\.rule) == ["message-id"])
            }
            #expect(try await letters.number("SELECT count(*) FROM rejected_messages") == ids.count)
            #expect(try await letters.number("SELECT count(*) FROM acts") == 0)
        }
    }

    @Test(arguments: [false, true]) func `a letter under another's account is refused`(hasNone: Bool) async throws {
        try await LettersWorld.with(sharesAccount: hasNone) { letters in
            let leg = try await letters.leg()
            let body = Array(#"{"assignment":"\#(leg)"}"#.utf8)
            // The stack's account is no department's; and no account at all is nobody's.
            let user: String?? = hasNone ? .some(nil) : .none
            try await letters.world.tell([letters.letter("receipt", body, user: user)])
            #expect(try await letters.rejection().faults.map(\.rule) == ["sender"])
            #expect(try await letters.number("SELECT count(*) FROM acts") == 0)
        }
    }

    @Test func `another department's leg is as good as none`() async throws {
        let both = [LettersWorld.code, LettersWorld.other]
        try await LettersWorld.with(departments: both) { letters in
            let leg = try await letters.leg()
            let body = Array(#"{"assignment":"\#(leg)"}"#.utf8)
            try await letters.world.tell([letters.letter("receipt", body, from: LettersWorld.other)])
            let queue = letters.world.topology.departmentQueue(of: LettersWorld.other.rawValue)
            let told = try await letters.world.take(1, from: queue)[0]
            let rejected = try EventCoding.decode(MessageRejected.self, from: told.body)
            #expect(rejected.faults.map { "\($0.pointer) \($0.rule)" } == ["/assignment unknown"])
            #expect(try await letters.number("SELECT count(*) FROM acts") == 0)
        }
    }

    @Test func `poison among good letters harms none of them`() async throws {
        try await LettersWorld.with { letters in
            var legs: [AssignmentID] = []
            for _ in 0..<40 { legs += try await letters.assign() }
            let queue = letters.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await letters.world.take(40, from: queue)
            let poison = ["{", "\u{FEFF}", #"{"assignment":"\u0000"}"#, "{}"]
            try await letters.world.tell(
                legs.enumerated().flatMap { index, leg in
                    [
                        letters.letter("receipt", poison[index % poison.count], id: "a\0\(index)"),
                        letters.letter("receipt", #"{"assignment":"\#(leg)"}"#),
                        letters.letter("receipt", poison[index % poison.count]),
                    ]
                }
            )
            try await eventually("every good one is taken") {
                try await letters.number("SELECT count(*) FROM acts") == 40
            }
            try await eventually("every bad one is kept") {
                try await letters.number("SELECT count(*) FROM rejected_messages") == 80
            }
            _ = try await letters.world.take(80, from: queue)
            let parked = letters.world.topology.parkedQueue(of: .replies)
            let count = try await BrokerAdministration.connected(letters.world.broker) {
                try await $0.messageCount(of: parked)
            }
            #expect(count == 0)
        }
    }
}
