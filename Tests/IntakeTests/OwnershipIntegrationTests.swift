import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// What belongs to a station, a committee or a department is theirs alone, at every endpoint of Intake.
@Suite(.timeLimit(.minutes(5)))
struct OwnershipIntegrationTests {
    private static let pdf = Array("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n".utf8)
    private static let station = "ST-X01"
    private static let contact = #","mode":"named","contact":{"name":"王某","phone":"13800001234"}"#
    /// Two from one address through one station, and the third is a flood.
    private static let narrow: Allowance.Measures = {
        var measures = Allowance.Measures()
        measures.pair = 2
        return measures
    }()

    private func submit(_ intake: IntakeWorld, from address: String, adding more: String = "") async throws -> JSON {
        let headers: HTTPFields = [IntakeWorld.key: UUID().uuidString, IntakeWorld.forwardedFor: address]
        let answer = try await intake.submit(
            Array((IntakeWorld.opinion.dropLast() + more + "}").utf8),
            headers: headers
        )
        #expect(answer.status == 201, "\(answer.faults)")
        return answer.json
    }

    /// An item with a file and a contact, with a committee and a department.
    private func item(_ intake: IntakeWorld, _ index: Int) async throws -> (number: String, file: String) {
        let address = "203.0.113.\(index % 250)"
        let sent = try await intake.client.send(
            .post,
            "/v1/attachments",
            headers: [.contentType: "application/pdf", IntakeWorld.forwardedFor: address],
            body: Self.pdf
        )
        let file = try #require(sent.json["id"]?.text)
        let secret = try #require(sent.json["secret"]?.text)
        let more = Self.contact + #","attachments":[{"id":"\#(file)","secret":"\#(secret)"}]"#
        let receipt = try await submit(intake, from: address, adding: more)
        try await intake.accept(receipt)
        try await intake.assign(receipt, to: "zhujian")
        return (try #require(receipt["number"]?.text), file)
    }

    /// Items that are held back.
    private func flood(_ intake: IntakeWorld, _ index: Int) async throws -> String {
        for _ in 0..<3 { _ = try await submit(intake, from: "198.51.100.\(index % 250)") }
        let list = try await intake.client.send(.get, "/v1/quarantine", as: "\(Self.station)/liaison")
        return try #require(list.json["floods"]?.elements.last?["flood"]?.text)
    }

    private func code(_ intake: IntakeWorld) async throws -> CodeID {
        let issued = CodeIssued(
            code: .make(),
            kind: .station,
            station: StationCode(rawValue: Self.station),
            tokens: [],
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
        return issued.code
    }

    @Test func `what belongs to a unit is as if it were not there for all others, at every endpoint`() async throws {
        try await IntakeWorld.with(measures: Self.narrow, isLive: true) { intake in
            let sweep = try OwnershipSweep(document: Documents.openAPI(of: .intake), client: intake.client)
            var index = 0
            let outcome = try await sweep.run { operation, role in
                index += 1
                switch operation {
                case "POST /v1/suggestions/{number}/contact":
                    let item = try await item(intake, index)
                    return OwnershipSweep.Thing(
                        owner: role == .committee ? "chengjian" : "zhujian",
                        values: [
                            "number": item.number, "reason": "核实地点", "purpose": "visit",
                        ],
                        marks: ["13800001234", "王某"]
                    )
                case "POST /v1/suggestions/{number}/text":
                    return OwnershipSweep.Thing(
                        owner: "chengjian",
                        values: ["number": try await item(intake, index).number, "reason": "核实地点"]
                    )
                case "GET /v1/attachments/{id}":
                    return OwnershipSweep.Thing(
                        owner: role == .committee ? "chengjian" : "zhujian",
                        values: ["id": try await item(intake, index).file],
                        marks: ["%PDF"]
                    )
                case "GET /v1/suggestions/{number}/attachments":
                    return OwnershipSweep.Thing(
                        owner: role == .committee ? "chengjian" : "zhujian",
                        values: ["number": try await item(intake, index).number],
                        marks: ["application/pdf"]
                    )
                case "POST /v1/attachments/{id}/release":
                    return OwnershipSweep.Thing(owner: "chengjian", values: ["id": try await item(intake, index).file])
                case "POST /v1/suggestions/on-behalf":
                    return OwnershipSweep.Thing(
                        owner: Self.station,
                        values: [
                            "kind": "opinion", "station": Self.station, "title": "题", "text": "文", "manner": "spoken",
                            "onBehalf": "", "Idempotency-Key": UUID().uuidString,
                        ]
                    )
                case "GET /v1/codes/{code}/hand-ins":
                    let code = try await code(intake).description
                    return OwnershipSweep.Thing(owner: Self.station, values: ["code": code], marks: ["handIns"])
                case "GET /v1/hand-ins":
                    let code = try await code(intake)
                    let receipt = try await submit(intake, from: "192.0.2.\(index % 250)")
                    try await intake.engine.database.execute(
                        "UPDATE suggestions SET code = \(code.rawValue) WHERE number = \(receipt["number"]?.text)"
                    )
                    return OwnershipSweep.Thing(owner: Self.station, marks: [code.description])
                case "GET /v1/quarantine/{flood}":
                    let flood = try await flood(intake, index)
                    return OwnershipSweep.Thing(owner: Self.station, values: ["flood": flood], marks: ["公交站太远"])
                case "GET /v1/quarantine":
                    let flood = try await flood(intake, index)
                    return OwnershipSweep.Thing(owner: Self.station, marks: [flood])
                case "POST /v1/quarantine/release", "POST /v1/quarantine/refuse":
                    let values = ["flood": try await flood(intake, index), "reason": "重复"]
                    // Nothing of theirs is decided, which is said by its number.
                    return OwnershipSweep.Thing(
                        owner: Self.station,
                        values: values,
                        marks: [#""count":1"#],
                        refusals: [200]
                    )
                default: return nil
                }
            }
            print(outcome.line("intake"))
            #expect(outcome.breaches == [] && outcome.cells >= 30)
        }
    }
}
