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

/// What strangers try at Intake's endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    @Test func `no forged token comes in anywhere`() async throws {
        try await IntakeWorld.with { intake in
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { intake.add(to: $0) },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("intake"))
            #expect(outcome.breaches == [] && outcome.inputs > 100)
        }
    }

    @Test func `whatever is written into a field stays text`() async throws {
        var measures = Allowance.Measures()
        (measures.pair, measures.address, measures.account) = (1_000_000, 1_000_000, 1_000_000)
        (measures.entrance, measures.guesses) = (1_000_000, 1_000_000)
        try await IntakeWorld.with(measures: measures) { intake in
            let receipt = try await intake.submit(IntakeWorld.opinion)
            try await intake.accept(receipt.json)
            let number = try #require(receipt.json["number"]?.text)
            let before = try await StoredTexts(of: intake.engine.database)
            let sweep = try InjectionSweep(
                document: Documents.openAPI(of: .intake),
                client: intake.client,
                callers: [.committee: "chengjian", .liaison: "ST-X01"],
                values: ["station": "ST-X01", "number": number, "kind": "opinion", "manner": "spoken"]
            )
            let outcome = try await sweep.run { operation in
                let key = ["Idempotency-Key": UUID().uuidString]
                return operation.hasSuffix("on-behalf") ? key.merging(["onBehalf": ""]) { $1 } : key
            }
            print(outcome.line("intake"))
            #expect(outcome.breaches == [] && outcome.inputs > 1_000 && outcome.accepted > 100)
            let after = try await StoredTexts(of: intake.engine.database)
            #expect(after.losses(since: before) == [])
            // Sealed, so not to be found.
            let open = outcome.kept.filter { !$0.place.contains("/contact/") }
            #expect(after.missing(open) == [])
            #expect(try await intake.status(receipt.json).status == 200)
        }
    }

    @Test func `a number that is known and one that is not are told apart by no answer and no time`() async throws {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(IntakeWorld.opinion)
            let known = try #require(receipt.json["number"]?.text)
            func ask(_ number: String) async throws -> (ServiceClient.Answer, Duration) {
                let start = ContinuousClock.now
                let answer = try await intake.client.send(
                    .get,
                    "/v1/suggestions/\(number)",
                    headers: [IntakeWorld.secret: "000000000000"]
                )
                return (answer, start.duration(to: .now))
            }
            func told(_ answer: ServiceClient.Answer) -> [String] {
                let headers = answer.headers.map { "\($0.name): \($0.value)" }
                // Each request has a trace of its own, at which every answer differs.
                return headers
                    + answer.json.members.filter { $0.key != "traceId" }.map { "\($0.key) \($0.value)" }.sorted()
            }
            var (there, away): ([Duration], [Duration]) = ([], [])
            // In turns, so that whatever else the machine does is the same for both.
            for _ in 0..<140 {
                let (first, second) = (try await ask(known), try await ask("BJ-0000000000"))
                #expect(first.0.status == 404 && second.0.status == 404 && told(first.0) == told(second.0))
                there.append(first.1)
                away.append(second.1)
            }
            let ratio = there.sorted()[70] / away.sorted()[70]
            print("enumeration: 140 pairs, known to unknown number as \(ratio) by the median of time")
            #expect((0.6...1.6).contains(ratio))
        }
    }

    @Test func `one address shows only so many wrong receipts in an hour, and good ones take nothing`() async throws {
        var measures = Allowance.Measures()
        measures.guesses = 5
        try await IntakeWorld.with(measures: measures, isLive: true) { intake in
            let receipt = try await intake.submit(IntakeWorld.opinion)
            let (number, secret) = (receipt.json["number"]?.text ?? "", receipt.json["secret"]?.text ?? "")
            func ask(_ secret: String, from address: String, _ number: String) async throws -> ServiceClient.Answer {
                let headers: HTTPFields = [IntakeWorld.secret: secret, IntakeWorld.forwardedFor: address]
                let answer = try await intake.client.send(.get, "/v1/suggestions/\(number)", headers: headers)
                #expect(answer.breaches == [])
                return answer
            }
            for _ in 0..<20 { #expect(try await ask(secret, from: "192.0.2.1", number).status == 200) }
            // Guesses that come together are not more than guesses in turn, at whatever stands behind a receipt.
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<30 {
                    group.addTask {
                        let wrong = index.isMultiple(of: 2) ? number : "BJ-000000000\(index % 9)"
                        return try await ask("0000000000\(index)", from: "192.0.2.1", wrong).status
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [404: 5, 429: 25])
            let last = try await ask(secret, from: "192.0.2.1", number)
            #expect(last.status == 429 && last.headers[.retryAfter] != nil, "the right one is not told apart either")
            let erasing = try await intake.client.send(
                .post,
                "/v1/suggestions/\(number)/erasure",
                headers: [IntakeWorld.secret: "x", IntakeWorld.forwardedFor: "192.0.2.1"]
            )
            #expect(erasing.status == 429 && erasing.breaches == [])
            #expect(try await ask(secret, from: "192.0.2.2", number).status == 200, "nobody else waits")
        }
    }
}
