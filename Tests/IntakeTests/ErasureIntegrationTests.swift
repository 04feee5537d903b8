import Contracts
import Crypto
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// What somebody has handed in is taken away at their request, and contacts when their time is over.
@Suite(.timeLimit(.minutes(5)))
struct ErasureIntegrationTests {
    private static let opinion =
        #"{"kind":"opinion","station":"ST-X01","title":"张三家门口","text":"滨盛路1号张三家","contact":{"name":"张三","phone":"13812345678"}}"#

    private func erase(_ world: IntakeWorld, _ receipt: JSON, secret: String?) async throws -> ServiceClient.Answer {
        let path = try #require(receipt["status"]?.text) + "/erasure"
        let answer = try await world.client.send(.post, path, headers: secret.map { [IntakeWorld.secret: $0] } ?? [:])
        #expect(answer.breaches == [])
        return answer
    }

    @Test func `the author erases an item once, and nobody else does`() async throws {
        try await IntakeWorld.with { world in
            let receipt = try await world.submit(Self.opinion).json
            let other = try await world.submit(Self.opinion).json
            let secret = try #require(receipt["secret"]?.text)
            #expect(try await erase(world, receipt, secret: nil).status == 401)
            #expect(try await erase(world, receipt, secret: other["secret"]?.text).status == 404)
            #expect(try await world.world.number("SELECT count(*) FROM acts", of: .intake) == 2)

            for _ in 0..<2 { #expect(try await erase(world, receipt, secret: secret).status == 204) }
            let status = try await world.status(receipt)
            #expect(status.status == 200 && status.json["title"]?.text == "〔已删除〕")
            #expect(try await world.status(other).json["title"]?.text == "张三家门口")

            let number = try #require(receipt["number"]?.text)
            let rows = try await world.world.number(
                """
                SELECT count(*) FROM suggestions
                WHERE number = \(number) AND erased AND contact IS NULL AND contact_index IS NULL AND contact_key IS NULL
                      AND body = '〔已删除〕' AND version = 2
                """,
                of: .intake
            )
            #expect(rows == 1)
            let acts = try await world.world.number(
                """
                SELECT count(*) FROM acts WHERE name = 'suggestion.erased' AND version = 2 AND actor = \("receipt:\(number)")
                """,
                of: .intake
            )
            #expect(acts == 1, "one act, whatever the number of requests")
            let words = try await world.world.number(
                "SELECT count(*) FROM acts WHERE position(convert_to('张三', 'UTF8') IN body) > 0",
                of: .intake
            )
            #expect(words == 1, "the other item's")
        }
    }

    @Test func `asked for again, an erasure takes out why it was done and what was written since`() async throws {
        try await IntakeWorld.with { world in
            let receipt = try await world.submit(Self.opinion).json
            let number = try #require(receipt["number"]?.text)
            let desk = EraseDesk(outbox: world.engine.outbox)
            func erase() async throws -> Bool {
                try await desk.erase(number: number, reason: "张三本人要求", by: "operator:command-line")
            }
            func reasons() async throws -> [String] {
                try await world.engine.database.query(
                    "SELECT authority FROM acts WHERE name = 'suggestion.erased' OR name = 'contact.revealed'"
                ).map { try $0["authority", as: String.self] }
            }
            #expect(try await erase())
            #expect(try await reasons() == ["suggestion.erase: 张三本人要求"], "an auditor reads why")
            let id = try await world.id(of: number)
            try await world.engine.outbox.transaction { transaction in
                let (version, _) = try await IntakeStore.reveal(id, in: transaction)
                try transaction.publish(
                    ContactRevealed(number: number, revealedAt: .now),
                    about: id,
                    version: version,
                    act: Act(actor: "account:a@chengjian", authority: "contact.reveal: 张三来电")
                )
            }
            #expect(try await !erase())
            let after = try await reasons()
            #expect(after.count == 2)
            for reason in after { #expect(!reason.contains("张三") && reason.contains(": 〔已删除〕sha256:"), "\(reason)") }
            #expect(try await !erase())
            #expect(try await reasons() == after)
        }
    }

    @Test func `what is kept of a request to know it again lets nobody try out the contact, and goes with the item`()
        async throws
    {
        try await IntakeWorld.with { world in
            let receipt = try await world.submit(Self.opinion, key: "erased-later").json
            // All of it but the contact lies beside it in clear: whoever knows how it is hashed tries eleven digits.
            let form = try JSONDecoder().decode(SubmissionForm.self, from: Data(Self.opinion.utf8))
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let plain = Array(SHA256.hash(data: try encoder.encode(form)))
            func kept() async throws -> [UInt8] {
                try await world.engine.database.query("SELECT digest FROM request_keys")[0]["digest", as: [UInt8].self]
            }
            let digest = try await kept()
            #expect(digest.count == 32 && digest != plain)
            #expect(try await world.submit(Self.opinion, key: "erased-later").json == receipt, "known again")
            let secret = try #require(receipt["secret"]?.text)
            #expect(try await erase(world, receipt, secret: secret).status == 204)
            #expect(try await kept().isEmpty)
            let late = try await world.submit(Self.opinion, key: "erased-later")
            #expect(late.status == 422, "the key stays taken, and no second item is made of what was erased")
        }
    }

    @Test func `an erased item's files go with it, their names out of the record too, and nobody else's`() async throws
    {
        try await IntakeWorld.with { world in
            var secrets: [(receipt: JSON, secret: String)] = []
            for name in ["zhangsan-home.png", "other.png"] {
                var headers: HTTPFields = [.contentType: "image/png"]
                headers[IntakeWorld.fileName] = name
                let bytes = Pictures.whole(64, 64, seed: 1)
                let file = try await world.client.send(.post, "/v1/attachments", headers: headers, body: bytes).json
                let (id, secret) = (try #require(file["id"]?.text), try #require(file["secret"]?.text))
                let body = Self.opinion.dropLast() + #","attachments":[{"id":"\#(id)","secret":"\#(secret)"}]}"#
                let receipt = try await world.submit(String(body)).json
                secrets.append((receipt, try #require(receipt["secret"]?.text)))
            }
            func chunks() async throws -> Int {
                try await world.world.number("SELECT count(*) FROM attachment_chunks", of: .intake)
            }
            #expect(try await chunks() == 2)
            #expect(try await erase(world, secrets[0].receipt, secret: secrets[0].secret).status == 204)
            #expect(try await chunks() == 1)
            let named = try await world.world.number(
                "SELECT count(*) FROM acts WHERE position(convert_to('zhangsan-home', 'UTF8') IN body) > 0",
                of: .intake
            )
            #expect(named == 0)
            let others = try await world.world.number(
                "SELECT count(*) FROM acts WHERE position(convert_to('other.png', 'UTF8') IN body) > 0",
                of: .intake
            )
            #expect(others == 1)
        }
    }

    @Test func `contacts go when their time after the end is over, each with an act, and the words stay`() async throws
    {
        try await IntakeWorld.with { world in
            let now = Timestamp.now
            var numbers: [String] = []
            for (event, age) in [
                (Optional("suggestion.closed"), 100), ("suggestion.refused", 100), ("suggestion.closed", 10), (nil, 0),
            ] {
                let receipt = try await world.submit(Self.opinion).json
                let number = try #require(receipt["number"]?.text)
                numbers.append(number)
                guard let event else { continue }
                let moment = now + .seconds(-age * 86_400)
                try await world.engine.database.execute(
                    """
                    INSERT INTO progress (suggestion, owner, version, name, occurred_at, body)
                    SELECT id, 'replies', 1, \(event), \(moment), '{}' FROM suggestions WHERE number = \(number)
                    """
                )
            }
            // Refused while they were held, and therefore by nobody else.
            for age in [100, 10] {
                let receipt = try await world.submit(Self.opinion).json
                let number = try #require(receipt["number"]?.text)
                let moment = now + .seconds(-age * 86_400)
                try await world.engine.database.execute(
                    """
                    INSERT INTO quarantine (suggestion, flood, station, reason, received_at, refused_at, refusal)
                    SELECT id, id, station, 'pair', received_at, \(moment), '重复' FROM suggestions WHERE number = \(number)
                    """
                )
                if age == 10 { numbers.append(number) }
            }
            let rule = Retention.Rule(days: 50, standing: .assumption, source: "a test")
            let limit = ContactLimits(closedBefore: Retention.limit(rule, at: now))
            #expect(
                try await world.engine.database.transaction {
                    try await IntakeStore.countContacts(limit, in: $0)
                } == 3
            )
            let retention = ContactRetention(outbox: world.engine.outbox)
            #expect(try await retention.removeSome(limit, under: rule.source) == 3)
            #expect(try await retention.removeSome(limit, under: rule.source) == 0)
            let left = try await world.engine.database.query(
                "SELECT number FROM suggestions WHERE contact IS NOT NULL AND title = '张三家门口'"
            ).map { try $0["number", as: String.self] }
            #expect(Set(left) == Set(numbers[2...]))
            let acts = try await world.world.number(
                "SELECT count(*) FROM acts WHERE name = 'contact.removed' AND authority = 'retention: a test'",
                of: .intake
            )
            #expect(acts == 3)
        }
    }

    @Test func `request keys go when nobody sends them again`() async throws {
        try await IntakeWorld.with { world in
            for _ in 0..<3 { _ = try await world.submit(Self.opinion) }
            try await world.engine.database.execute(
                """
                UPDATE request_keys SET created_at = now() - interval '40 days'
                WHERE key <> (SELECT max(key) FROM request_keys)
                """
            )
            let limit = Timestamp.now + .seconds(-30 * 86_400)
            let removed = try await world.engine.database.transaction { transaction in
                #expect(try await IntakeStore.countKeys(before: limit, in: transaction) == 2)
                return try await IntakeStore.removeKeys(before: limit, limit: 10, in: transaction)
            }
            #expect(removed == 2)
            #expect(try await world.world.number("SELECT count(*) FROM request_keys", of: .intake) == 1)
        }
    }

    @Test func `the shipped rules say what every number rests on`() throws {
        let file = Documents.root.appending(path: "Deploy/Rules/retention.json")
        let rules = try Retention(json: Data(contentsOf: file))
        #expect(rules.contacts.days > rules.requestKeys.days && (rules.unjudged?.days ?? 0) > rules.contacts.days)
    }

    @Test(arguments: [
        #"{"contacts":{"days":0,"standing":"law","source":"x"},"requestKeys":{"days":1,"standing":"law","source":"x"}}"#,
        #"{"contacts":{"days":1,"standing":"law","source":""},"requestKeys":{"days":1,"standing":"law","source":"x"}}"#,
        #"{"contacts":{"days":1,"source":"x"},"requestKeys":{"days":1,"standing":"law","source":"x"}}"#,
    ]) func `a number without a ground is no rule`(text: String) {
        #expect(throws: (any Error).self) { try Retention(json: Data(text.utf8)) }
    }
}
