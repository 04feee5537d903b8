import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// Words with personal data in them are kept sealed; an officer sees them with a reason, and is on record.
@Suite(.timeLimit(.minutes(5)))
struct WordsIntegrationTests {
    private static let phone = "13812345678"
    private static let opinion = #"""
        {"kind":"opinion","station":"ST-X01","title":"找我13812345678","text":"请打13812345678找我","mode":"MODE","contact":{"name":"张三"}}
        """#

    private func handIn(_ intake: IntakeWorld, mode: String = "named") async throws -> (receipt: JSON, number: String) {
        let receipt = try await intake.submit(Self.opinion.replacing("MODE", with: mode)).json
        return (receipt, try #require(receipt["number"]?.text))
    }

    private func reveal(
        _ number: String,
        _ body: String = #"{"reason":"核实地点"}"#,
        as caller: String? = "chengjian/committee",
        in intake: IntakeWorld
    ) async throws -> ServiceClient.Answer {
        let answer = try await intake.client.post("/v1/suggestions/\(number)/text", body, as: caller)
        #expect(answer.breaches == [])
        return answer
    }

    /// Everything that the schema keeps of items, as text.
    private func kept(_ intake: IntakeWorld) async throws -> String {
        try await intake.engine.database.query(
            """
            SELECT to_jsonb(suggestions)::text AS row FROM suggestions
            UNION ALL SELECT convert_from(body, 'UTF8') FROM acts
            """
        ).map { try $0["row", as: String.self] }.joined()
    }

    @Test func `the committee that has the item sees what was written, says why, and is on record; nobody else does`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let (receipt, number) = try await handIn(intake)
            #expect(try await reveal(number, in: intake).status == 403, "no committee has it yet")
            try await intake.accept(receipt)
            for (caller, status) in [
                (nil, 401), ("fazhi/committee", 403), ("zhujian/department", 403), ("deputy/deputy", 403),
                ("operator/operator", 403), ("ST-X01/liaison", 403),
            ] as [(String?, Int)] {
                #expect(try await reveal(number, as: caller, in: intake).status == status, "\(caller ?? "nobody")")
            }
            for (body, fault) in [
                ("{}", "/reason required"), (#"{"reason":""}"#, "/reason required"),
                (#"{"reason":"a\nb"}"#, "/reason one-line"),
            ] {
                let wrong = try await reveal(number, body, in: intake)
                #expect(wrong.status == 422 && wrong.faults.count == 1, "\(fault): \(wrong.faults)")
            }
            #expect(try await reveal("BJ-NONE", in: intake).status == 404)
            let looks = "SELECT count(*) FROM acts WHERE name = 'text.revealed'"
            #expect(try await intake.world.number(SQL(stringLiteral: looks), of: .intake) == 0)
            let shown = try await reveal(number, #"{"reason":"核实13900001111所说"}"#, in: intake)
            #expect(shown.status == 200 && shown.headers[.cacheControl] == "private, no-store")
            #expect(shown.json["title"]?.text == "找我\(Self.phone)" && shown.json["text"]?.text == "请打\(Self.phone)找我")
            let act = try await intake.engine.database.query("SELECT * FROM acts WHERE name = 'text.revealed'")[0]
            #expect(try act["actor", as: String.self] == "account:chengjian@chengjian")
            let authority = try act["authority", as: String.self]
            #expect(authority.hasPrefix("text.reveal: 核实") && !authority.contains("13900001111"))
        }
    }

    @Test func `of a confidential author the officer says that they know`() async throws {
        try await IntakeWorld.with { intake in
            let (receipt, number) = try await handIn(intake, mode: "confidential")
            try await intake.accept(receipt)
            let unknowing = try await reveal(number, in: intake)
            #expect(unknowing.faults == ["/confidential confidential"])
            let knowing = try await reveal(number, #"{"reason":"核实","confidential":true}"#, in: intake)
            #expect(knowing.json["text"]?.text?.contains(Self.phone) == true)
            let rows = try await intake.world.number(
                "SELECT count(*) FROM acts WHERE authority = 'text.reveal (confidential): 核实'",
                of: .intake
            )
            #expect(rows == 1)
        }
    }

    @Test func `what is kept is masked or sealed, its author has it as they wrote it, and an erasure takes it`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let (receipt, number) = try await handIn(intake)
            try await intake.accept(receipt)
            #expect(try await !kept(intake).contains(Self.phone))
            let status = try await intake.status(receipt)
            #expect(status.json["title"]?.text == "找我\(Self.phone)")
            let secret = try #require(receipt["secret"]?.text)
            let copy = try await intake.client.send(
                .get,
                "/v1/suggestions/\(number)/copy",
                headers: [IntakeWorld.secret: secret]
            )
            #expect(copy.json["text"]?.text == "请打\(Self.phone)找我" && copy.breaches == [])
            let plain = try await intake.submit(IntakeWorld.opinion)
            #expect(plain.status == 201)
            let sealed = try await intake.world.number("SELECT count(words) FROM suggestions", of: .intake)
            #expect(sealed == 1, "words without personal data stand as they are")
            _ = try await EraseDesk(outbox: intake.engine.outbox).erase(number: number, reason: "", by: "operator:test")
            #expect(try await intake.world.number("SELECT count(words) FROM suggestions", of: .intake) == 0)
            #expect(try await reveal(number, in: intake).json["text"]?.text == "〔已删除〕")
        }
    }

    @Test func `sealing anew takes words to the next key, and seals those that lie open from before`() async throws {
        try await IntakeWorld.with { intake in
            let (receipt, number) = try await handIn(intake)
            let (_, open) = try await handIn(intake)
            #expect(try await intake.submit(IntakeWorld.opinion).status == 201)
            let database = intake.engine.database
            try await database.execute(
                """
                UPDATE suggestions SET title = '找我13812345678', body = '请打13812345678找我', words = NULL, words_key = NULL
                WHERE number = \(open)
                """
            )
            let keys = [UInt8(8), 9].map { Array(repeating: $0, count: 32) }
            let next = ContactSeal(key: keys[0], retired: [keys[1]])
            #expect(try await ContactsCommand.Reseal.resealWords(next, in: database) == 2)
            #expect(try await ContactsCommand.Reseal.resealWords(next, in: database) == 0)
            #expect(try await !kept(intake).contains(Self.phone))
            for number in [number, open] {
                let id = try await intake.id(of: number)
                let words = try await database.transaction { try await IntakeStore.words(of: id, in: $0) }
                #expect(words.sealed?.key == next.activeKey)
                #expect(try words.written(of: id, next).text == "请打\(Self.phone)找我")
                #expect(throws: (any Error).self) { try words.written(of: .make(), next) }
            }
            let title = try await intake.status(receipt).json["title"]?.text
            #expect(title?.contains("138") == false, "without the key, as everybody has it")
        }
    }
}
