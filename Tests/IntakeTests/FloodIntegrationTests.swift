import Contracts
import Crypto
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Intake

/// Ten thousand hand-ins through one entrance from one address, and honest people beside them.
@Suite(.timeLimit(.minutes(10)))
struct FloodIntegrationTests {
    private static let flood = 10_000
    /// Half through the flooded entrance, half through others.
    private static let honest = 50
    /// Requests at once, so that they gather in batches.
    private static let width = 64

    private struct Sent: Sendable {
        let address: String
        let station: String
        let key: String
        /// The token of the code that it comes through; nil for one that names its station.
        var code: String?
    }

    @Test(arguments: [nil, "2012-3456-789A-BCDE-FGHJ-KMNP"])
    func `nobody honest is held, the flood is, and the officer lets it go in one call, each once`(code: String?)
        async throws
    {
        try await IntakeWorld.with(isLive: true, listener: .routing) { intake in
            if let code { try await Self.issue(code, to: intake) }
            var calls = (0..<Self.flood).map {
                Sent(address: "203.0.113.7", station: "ST-X01", key: "flood-\($0)-key", code: code)
            }
            for index in 0..<Self.honest {
                let station = index < Self.honest / 2 ? "ST-X01" : "ST-X0\(2 + index % 5)"
                // Spread over the flood.
                calls.insert(
                    Sent(
                        address: "198.51.100.\(index)",
                        station: station,
                        key: "honest-\(index)-key",
                        code: station == "ST-X01" ? code : nil
                    ),
                    at: (index + 1) * Self.flood / (Self.honest + 1)
                )
            }
            let all = calls
            try await intake.world.running([{ await intake.engine.run() }]) {
                let start = ContinuousClock.now
                let statuses = try await Self.send(all, to: intake)
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                #expect(statuses.map(\.0) == Array(repeating: 201, count: all.count), "everybody has a receipt")
                #expect(Set(statuses.map(\.1)).count == all.count, "of their own")
                let flows = Allowance.Measures().pair
                let database = intake.engine.database
                func number(_ sql: SQL) async throws -> Int {
                    try await database.query(sql)[0].value(at: 0, as: Int.self)
                }
                let held = try await number("SELECT count(*) FROM quarantine")
                // The measure gives back 200 an hour while this runs.
                #expect((Self.flood - flows - Int(seconds / 18) - 1...Self.flood - flows).contains(held))
                let honest = try await number(
                    """
                    SELECT count(*) FROM request_keys JOIN suggestions ON id = suggestion
                    WHERE key LIKE 'honest-%' AND version = 1 AND id NOT IN (SELECT suggestion FROM quarantine)
                    """
                )
                #expect(honest == Self.honest, "every honest one flows")
                // The officer.
                let list = try await intake.client.send(.get, "/v1/quarantine", as: "ST-X01/liaison")
                #expect(list.breaches == [] && list.json["waiting"]?.whole == held)
                let ids = try #require(list.json["floods"]?.elements).compactMap { $0["flood"]?.text }
                // Two only when the hour has turned in the middle.
                #expect((1...2).contains(ids.count))
                let releasing = ContinuousClock.now
                var released = 0
                for id in ids {
                    let body = #"{"flood":"\#(id)"}"#
                    let answer = try await intake.client.post("/v1/quarantine/release", body, as: "ST-X01/liaison")
                    #expect(answer.status == 200 && answer.breaches == [])
                    released += answer.json["count"]?.whole ?? 0
                }
                #expect(released == held)
                let release = (ContinuousClock.now - releasing) / .seconds(1)
                let queue = intake.world.topology.workQueue(of: .routing)
                let told = try await intake.world.takeDifferent(all.count, from: queue)
                #expect(
                    Set(told.map { String(decoding: $0.body, as: UTF8.self) }).count == all.count,
                    "all arrive, each once"
                )
                #expect(try await number("SELECT count(*) FROM acts") == all.count)
                #expect(try await number("SELECT count(DISTINCT aggregate) FROM acts WHERE version = 1") == all.count)
                #expect(try await number("SELECT count(*) FROM quarantine") == 0)
                print(
                    "flood through \(code == nil ? "a station" : "a code"): \(all.count) hand-ins in \(Int(seconds)) s, all 201; \(held) held, \(honest) honest ones flow;",
                    "released in \(String(format: "%.1f", release)) s, \(told.count) arrived"
                )
            }
        }
    }

    /// Tells of a station's code, as Directory would.
    private static func issue(_ token: String, to intake: IntakeWorld) async throws {
        let hash = SHA256.hash(data: Data(try #require(CodeText.canonical(token)).utf8))
        let issued = CodeIssued(
            code: .make(),
            kind: .station,
            station: StationCode(rawValue: "ST-X01"),
            tokens: [CodeTokenMark(sha256: hash.map { String(format: "%02x", $0) }.joined())],
            issuedAt: .now
        )
        let metadata = EventMetadata(
            id: .make(),
            name: CodeIssued.name,
            owner: CodeIssued.owner,
            aggregate: SuggestionID(rawValue: issued.code.rawValue),
            version: 1,
            time: .now
        )
        let event = try Received(metadata: metadata, body: issued)
        try await intake.engine.outbox.transaction { try await KeepIssuedCode().handle([event], in: $0) }
    }

    /// Sends all, so many at once.
    private static func send(_ calls: [Sent], to intake: IntakeWorld) async throws -> [(Int, String)] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var (next, answers) = (0, [(Int, String)]())
            func add() {
                guard next < calls.count else { return }
                let call = calls[next]
                next += 1
                group.addTask {
                    let place = call.code.map { #""code":"\#($0)""# } ?? #""station":"\#(call.station)""#
                    let body = #"{"kind":"opinion",\#(place),"title":"公交站太远","text":"希望增设公交站。"}"#
                    let headers: HTTPFields = [IntakeWorld.key: call.key, IntakeWorld.forwardedFor: call.address]
                    let answer = try await intake.submit(Array(body.utf8), headers: headers)
                    return (answer.status, answer.json["number"]?.text ?? "")
                }
            }
            for _ in 0..<width { add() }
            while let answer = try await group.next() {
                answers.append(answer)
                add()
            }
            return answers
        }
    }
}
