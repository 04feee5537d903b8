import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Replies

/// An item's words leave the departments' desk, and their own systems are told to do the same.
@Suite(.timeLimit(.minutes(5)))
struct ErasureIntegrationTests {
    @Test func `words go, a redaction is told, the legs go on, and what arrives late comes without its words`()
        async throws
    {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            let other = try await letters.leg()
            try await letters.world.tell([
                letters.letter("reply", #"{"assignment":"\#(leg)","outcome":"A","text":"张三，已办"}"#),
                letters.letter("reply", #"{"assignment":"\#(leg)","outcome":"D","text":"张三"}"#),
                letters.letter("reply", #"{"assignment":"\#(other)","outcome":"A","text":"李四，已办"}"#),
            ])
            let queue = letters.world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await letters.rejection()
            try await eventually("both are answered") {
                try await letters.number("SELECT count(*) FROM replies") == 2
            }
            let item = try await letters.suggestion(of: leg)
            let erased = SuggestionErased(number: "BJ-1", erasedAt: .now)
            let message = try letters.world.message(erased, about: item, version: 2)
            // Heard twice, and out of Intake's order: it is alone here.
            try await letters.world.tell([message, message])
            let delivery = try await letters.world.take(1, from: queue)[0]
            #expect(delivery.properties.type == RedactionNotice.name.rawValue)
            let notice = try EventCoding.decode(RedactionNotice.self, from: delivery.body)
            #expect(notice.suggestion == item && notice.assignments == [leg])

            #expect(try await letters.number("SELECT count(*) FROM replies WHERE body = '〔已删除〕'") == 1)
            #expect(try await letters.number("SELECT count(*) FROM replies WHERE body LIKE '李四%'") == 1)
            for table in ["acts", "rejected_messages"] {
                let words = try await letters.number(
                    "SELECT count(*) FROM \(unsafe: table) WHERE position(convert_to('张三', 'UTF8') IN body) > 0"
                )
                #expect(words == 0, "\(table)")
            }
            // A further leg of it, told by one who has not heard yet.
            try await letters.reassign(item, text: "张三家门口")
            let late = try await letters.world.take(1, from: queue)[0]
            let assigned = try EventCoding.decode(AssignmentNotice.self, from: late.body)
            #expect(assigned.suggestion == item && !assigned.text.contains("张三"), "\(assigned.text)")
        }
    }
}

extension LettersWorld {
    fileprivate func suggestion(of leg: AssignmentID) async throws -> SuggestionID {
        let rows = try await engine.database.query("SELECT suggestion FROM assignments WHERE id = \(leg.rawValue)")
        return try rows[0].id("suggestion")
    }

    fileprivate func reassign(_ item: SuggestionID, text: String) async throws {
        let terms = try RepliesWorld.terms
        let leg = Leg(
            assignment: .make(),
            department: Self.code,
            role: .assisting,
            clock: terms.counted(in: .china).clock(for: .opinion, .assisting, round: 1, from: .now)
        )
        let event = SuggestionAssigned(
            number: "BJ-1",
            kind: .opinion,
            title: "t",
            text: text,
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: [leg],
            reason: "r",
            assignedAt: .now
        )
        try await world.tell([try world.message(event, about: item, version: 3)])
    }
}
