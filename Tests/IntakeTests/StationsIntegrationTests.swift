import Bootstrap
import Contracts
import Crypto
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Intake

/// Stations that Directory opens and closes while Intake runs; Directory itself is nowhere near.
@Suite(.timeLimit(.minutes(5)))
struct StationsIntegrationTests {
    private static func unit(
        _ code: String,
        _ state: UnitChanged.State = .active,
        joinedTo: String? = nil
    ) -> UnitChanged {
        UnitChanged(
            unit: UnitCode(rawValue: code),
            kind: .station,
            unitName: "\(code)联络站",
            parent: UnitCode(rawValue: "ST-X0"),
            category: nil,
            joinedTo: joinedTo.map(UnitCode.init(rawValue:)),
            state: state,
            changedAt: .now
        )
    }

    private static func handIn(at station: String) -> String {
        #"{"kind":"opinion","station":"\#(station)","title":"路灯不亮","text":"三盏路灯不亮。"}"#
    }

    /// Everything of Intake that hears and remembers, running.
    private static func running(_ intake: IntakeWorld, _ body: () async throws -> Void) async throws {
        let account = intake.world.broker.user
        let consumption = intake.engine.consumption(
            of: Main.handlers,
            known: Catalog.names(of: [.routing, .replies, .directory]),
            senderAccount: { _ in account }
        )
        let parts: [@Sendable () async -> Void] = [
            { await consumption.run() }, { await intake.engine.run() },
            { await intake.stations.follow(intake.engine.database, logger: .silent) },
        ]
        try await intake.world.running(parts, body)
    }

    @Test func `a station is there seconds after it was opened, and one that was closed leads to another`() async throws
    {
        // Queues there are where somebody listens.
        try await IntakeWorld.with(listener: .routing) { intake in
            try await Self.running(intake) {
                let (opened, closed) = (SuggestionID.make(), SuggestionID.make())
                #expect(try await intake.submit(Self.handIn(at: "ST-N01")).faults == ["/station unknown"])
                #expect(try await intake.submit(Self.handIn(at: "ST-X02")).status == 201)
                try await intake.world.tell([
                    intake.world.message(Self.unit("ST-N01"), about: opened, version: 1),
                    intake.world.message(Self.unit("ST-X02", .ended), about: closed, version: 1),
                ])
                try await eventually("the new station takes hand-ins") {
                    try await intake.submit(Self.handIn(at: "ST-N01")).status == 201
                }
                try await eventually("the closed one takes none") {
                    try await intake.submit(Self.handIn(at: "ST-X02")).faults == ["/station closed"]
                }
                let refused = try await intake.submit(Self.handIn(at: "ST-X02"))
                #expect(refused.status == 422)
                let words = refused.json["errors"]?.elements.first?["message"]?.text ?? ""
                #expect(words.contains("滨江区人大代表联络总站（ST-00）"), "\(words)")
                #expect(words.contains("please choose Binjiang District Deputies' Liaison Station (ST-00)"), "\(words)")
                // Joined, then opened again: each the newest telling.
                try await intake.world.tell([
                    intake.world.message(Self.unit("ST-X02", .ended, joinedTo: "ST-N01"), about: closed, version: 2)
                ])
                try await eventually("it leads to the one it was joined to") {
                    let answer = try await intake.submit(Self.handIn(at: "ST-X02"))
                    return answer.json["errors"]?.elements.first?["message"]?.text?.contains("ST-N01联络站") == true
                }
                try await intake.world.tell([
                    intake.world.message(Self.unit("ST-X02"), about: closed, version: 3)
                ])
                try await eventually("it is open again") {
                    try await intake.submit(Self.handIn(at: "ST-X02")).status == 201
                }
                let told = try await intake.engine.database.query("SELECT count(*) FROM known_units")
                #expect(try told[0].value(at: 0, as: Int.self) == 2)
            }
        }
    }

    @Test func `an older telling changes nothing, and a replica that begins knows what was told before`() async throws {
        try await IntakeWorld.with { intake in
            func hear(_ body: UnitChanged, version: Int) async throws {
                let metadata = EventMetadata(
                    id: .make(),
                    name: UnitChanged.name,
                    owner: .directory,
                    aggregate: .make(),
                    version: version,
                    time: .now
                )
                try await intake.engine.outbox.transaction {
                    try await KeepUnits().handle([try Received(metadata: metadata, body: body)], in: $0)
                }
            }
            let shipped = intake.stations.current
            try await hear(Self.unit("ST-X01", .ended), version: 5)
            try await hear(Self.unit("ST-X01"), version: 4)
            for known in [intake.stations, KnownStations(shipped)] {
                try await known.refresh(from: intake.engine.database)
                #expect(known.current.standing(of: StationCode(rawValue: "ST-X01")) != .open)
                #expect(known.current.standing(of: StationCode(rawValue: "ST-X02")) == .open, "what was not told stays")
            }
            try await hear(Self.unit("ST-X01"), version: 6)
            try await intake.stations.refresh(from: intake.engine.database)
            #expect(intake.stations.current.standing(of: StationCode(rawValue: "ST-X01")) == .open)
        }
    }

    @Test func `a good code of a station that was closed is a fault of the code, and says where to go`() async throws {
        try await IntakeWorld.with { intake in
            let token = "2012-3456-789A-BCDE-FGHJ-KMNP"
            let text = try #require(CodeText.canonical(token))
            let code = CodeIssued(
                code: .make(),
                kind: .station,
                station: StationCode(rawValue: "ST-X01"),
                deputy: nil,
                validFrom: nil,
                validUntil: nil,
                tokens: [
                    CodeTokenMark(
                        sha256: SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
                    )
                ],
                issuedAt: .now
            )
            try await intake.engine.outbox.transaction { transaction in
                CodeStore.keep([(1, code)], in: transaction)
                KnownStations.keep([(1, Self.unit("ST-X01", .ended))], in: transaction)
            }
            try await intake.stations.refresh(from: intake.engine.database)
            let body = #"{"kind":"opinion","code":"\#(token)","title":"路灯不亮","text":"三盏路灯不亮。"}"#
            #expect(try await intake.submit(body).faults == ["/code closed"])
            let both = body.replacing("\"title\"", with: "\"station\":\"ST-X01\",\"title\"")
            #expect(try await intake.submit(both).faults == ["/station closed"])
        }
    }
}
