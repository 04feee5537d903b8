import Bootstrap
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

/// Hand-ins through codes, recognised by what Directory has told; Directory itself is nowhere near.
@Suite(.timeLimit(.minutes(5)))
struct CodesIntegrationTests {
    private static let token = "2012-3456-789A-BCDE-FGHJ-KMNP"
    private static let (station, other) = ("ST-X01", "ST-X02")

    private static func hash(_ token: String) throws -> String {
        let text = try #require(CodeText.canonical(token))
        return SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    private static func issued(
        _ code: CodeID,
        tokens: [CodeTokenMark]? = nil,
        station: String = station,
        deputy: PersonID? = nil,
        from: Timestamp? = nil,
        until: Timestamp? = nil
    ) throws -> CodeIssued {
        CodeIssued(
            code: code,
            kind: deputy == nil ? .station : .deputy,
            station: StationCode(rawValue: station),
            deputy: deputy,
            validFrom: from,
            validUntil: until,
            tokens: try tokens ?? [CodeTokenMark(sha256: hash(token))],
            issuedAt: .now
        )
    }

    private static func metadata<Body: Event>(_ body: Body, _ code: CodeID, _ version: Int) throws -> Received<Body> {
        let metadata = EventMetadata(
            id: .make(),
            name: Body.name,
            owner: Body.owner,
            aggregate: SuggestionID(rawValue: code.rawValue),
            version: version,
            time: .now
        )
        return try Received(metadata: metadata, body: body)
    }

    private static func tell(_ body: CodeIssued, version: Int = 1, to intake: IntakeWorld) async throws {
        let event = try metadata(body, body.code, version)
        try await intake.engine.outbox.transaction { try await KeepIssuedCode().handle([event], in: $0) }
    }

    private static func end(_ code: CodeID, to intake: IntakeWorld) async throws {
        let body = CodeRevoked(code: code, station: StationCode(rawValue: station), revokedAt: .now)
        let event = try metadata(body, code, 2)
        try await intake.engine.outbox.transaction { try await KeepRevokedCode().handle([event], in: $0) }
    }

    private static func handIn(_ token: String? = token, station: String? = nil) -> String {
        let members = [token.map { "\"code\":\"\($0)\"" }, station.map { "\"station\":\"\($0)\"" }]
        return (["{\"kind\":\"opinion\"", "\"title\":\"路灯不亮\"", "\"text\":\"三盏路灯不亮。\""] + members.compactMap(\.self))
            .joined(separator: ",") + "}"
    }

    @Test func `a good code gives its station and its deputy, and stands in the event and the row`() async throws {
        try await IntakeWorld.with { intake in
            let (code, deputy) = (CodeID.make(), PersonID.make())
            try await Self.tell(try Self.issued(code, deputy: deputy), to: intake)
            for (token, station) in [(Self.token, nil), (Self.token.lowercased(), Self.station as String?)] {
                let answer = try await intake.submit(Self.handIn(token, station: station))
                #expect(answer.status == 201, "\(answer.faults)")
                #expect(try await intake.status(answer.json).json["station"]?.text == Self.station)
            }
            let without = try await intake.submit(Self.handIn(nil, station: Self.station))
            #expect(without.status == 201)
            let bodies = try await intake.engine.database.query("SELECT body FROM acts ORDER BY occurred_at, id")
                .map { try EventCoding.decode(SuggestionReceived.self, from: try $0["body", as: [UInt8].self]) }
            #expect(bodies.map(\.code) == [code, code, nil] && bodies.map(\.deputy) == [deputy, deputy, nil])
            #expect(bodies.allSatisfy { $0.station.rawValue == Self.station })
            let rows = try await intake.world.number(
                "SELECT count(*) FROM suggestions WHERE code = \(code.rawValue) AND deputy = \(deputy.rawValue)",
                of: .intake
            )
            #expect(rows == 2)
        }
    }

    @Test func `a code that is no good is a fault of its field, and the same goes in without it`() async throws {
        try await IntakeWorld.with { intake in
            let (past, future) = (Timestamp.now + .seconds(-60), Timestamp.now + .seconds(600))
            func faults(_ body: CodeIssued?, ended: Bool = false, station: String? = nil) async throws -> [String] {
                try await intake.engine.database.execute("TRUNCATE codes, code_tokens")
                if let body { try await Self.tell(body, to: intake) }
                if let body, ended { try await Self.end(body.code, to: intake) }
                let answer = try await intake.submit(Self.handIn(station: station))
                #expect(answer.status == (answer.faults.isEmpty ? 201 : 422))
                return answer.faults
            }
            let code = CodeID.make()
            let replaced = [CodeTokenMark(sha256: try Self.hash(Self.token), goodUntil: past)]
            let inGrace = [CodeTokenMark(sha256: try Self.hash(Self.token), goodUntil: future)]
            #expect(try await faults(nil) == ["/code unknown"])
            #expect(try await faults(nil, station: Self.station) == ["/code unknown"])
            #expect(try await faults(nil, station: "nowhere") == ["/code unknown", "/station unknown"])
            #expect(try await faults(Self.issued(code), ended: true) == ["/code revoked"])
            #expect(try await faults(Self.issued(code, until: past)) == ["/code expired"])
            #expect(try await faults(Self.issued(code, from: future)) == ["/code not-yet"])
            #expect(try await faults(Self.issued(code, tokens: replaced)) == ["/code replaced"])
            #expect(try await faults(Self.issued(code, tokens: inGrace, until: future)) == [])
            #expect(try await faults(Self.issued(code), station: Self.other) == ["/station mismatch"])
            #expect(try await faults(Self.issued(code), station: "nowhere") == ["/station unknown"])
            #expect(try await faults(Self.issued(code), station: Self.station) == [])
            #expect(try await faults(Self.issued(code, station: "ST-NEW")) == [], "a station that Directory knows")
            #expect(try await intake.submit(Self.handIn(nil, station: Self.station)).status == 201)
            #expect(try await intake.submit(Self.handIn(nil)).faults == ["/station required"])
            #expect(try await intake.submit(Self.handIn("")).faults == ["/code unknown"])
            let typed = try await intake.submit(Self.handIn().replacing("\"\(Self.token)\"", with: "5"))
            #expect(typed.faults.contains("/code type"))
        }
    }

    @Test func `every flipped bit of a token is unknown`() async throws {
        try await IntakeWorld.with { intake in
            try await Self.tell(try Self.issued(.make()), to: intake)
            let token = try #require(CodeText.canonical(Self.token))
            let refused = try await withThrowingTaskGroup(of: [String].self) { group in
                for (index, character) in token.utf8.enumerated() {
                    let value = try #require(CodeText.alphabet.firstIndex(of: character))
                    for bit in 0..<5 {
                        var forged = Array(token.utf8)
                        forged[index] = CodeText.alphabet[value ^ 1 << bit]
                        let body = Self.handIn(String(decoding: forged, as: UTF8.self))
                        group.addTask { try await intake.submit(body).faults }
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(refused == [["/code unknown"]: 120])
            #expect(try await intake.stored() == 0)
        }
    }

    @Test func `what is told of a code may come twice, late and in any order`() async throws {
        let code = CodeID.make()
        let old = CodeTokenMark(sha256: try Self.hash(Self.token))
        let new = CodeTokenMark(sha256: try Self.hash("3012-3456-789A-BCDE-FGHJ-KMNP"))
        let replaced = CodeTokenMark(sha256: old.sha256, goodUntil: Timestamp.now + .seconds(-1))
        let first = try Self.issued(code, tokens: [old])
        let second = try Self.issued(code, tokens: [new, replaced], until: Timestamp.now + .seconds(600))
        // A telling that lists the old token no more ends it all the same.
        let third = try Self.issued(code, tokens: [new])
        try await IntakeWorld.with { intake in
            func state(_ mark: CodeTokenMark) async throws -> CodeState? {
                let hash = stride(from: 0, to: 64, by: 2).compactMap { index in
                    UInt8(mark.sha256.dropFirst(index).prefix(2), radix: 16)
                }
                let known = try await intake.engine.database.transaction {
                    try await CodeStore.codes([hash], in: $0)
                }
                return known[hash]?.term.state(at: .now)
            }
            for order in [[1, 2], [2, 1], [1, 1, 2, 2, 1], [1, 3], [3, 1, 2], [1, 2, 3, 2]] {
                try await intake.engine.database.execute("TRUNCATE codes, code_tokens")
                for version in order {
                    try await Self.tell([first, second, third][version - 1], version: version, to: intake)
                }
                #expect(try await state(new) == .good, "\(order)")
                // An old one that was never heard of while it was good is not known at all.
                let expected: [CodeState?] = order.first == 3 ? [nil] : [.replaced]
                #expect(expected.contains(try await state(old)), "\(order)")
            }
            try await intake.engine.database.execute("TRUNCATE codes, code_tokens")
            try await Self.end(code, to: intake)
            #expect(try await state(old) == nil)
            try await Self.tell(first, to: intake)
            #expect(try await state(old) == .revoked, "its end was heard first")
            try await Self.end(code, to: intake)
            try await Self.tell(second, version: 3, to: intake)
            #expect(try await state(new) == .revoked)
        }
    }

    @Test func `hand-ins are counted for the code's station and for nobody else`() async throws {
        try await IntakeWorld.with { intake in
            let (code, quiet) = (CodeID.make(), CodeID.make())
            try await Self.tell(try Self.issued(code, station: "station-1"), to: intake)
            try await Self.tell(try Self.issued(quiet, tokens: [], station: "station-1"), to: intake)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let answer = try await intake.submit(Self.handIn())
                        #expect(answer.status == 201)
                    }
                }
                try await group.waitForAll()
            }
            // One of them again, which is the same hand-in.
            for _ in 0..<2 { _ = try await intake.submit(Self.handIn(), key: "the-same-key") }
            func count(_ code: CodeID, as caller: String) async throws -> (Int, Int?) {
                let answer = try await intake.client.send(.get, "/v1/codes/\(code)/hand-ins", as: caller)
                #expect(answer.breaches == [])
                return (answer.status, answer.json["handIns"]?.whole)
            }
            #expect(try await count(code, as: "station-1/liaison") == (200, 51))
            #expect(try await count(quiet, as: "operator/operator") == (200, 0))
            #expect(try await count(code, as: "nobody/liaison") == (404, nil))
            #expect(try await count(.make(), as: "operator/operator") == (404, nil))
            #expect(try await count(code, as: "screen/screen").0 == 403)
            // A registrar's are the stations below their unit.
            let below = UnitChanged(
                unit: UnitCode(rawValue: "station-1"),
                kind: .station,
                unitName: "站",
                parent: UnitCode(rawValue: "ST-X0"),
                category: nil,
                joinedTo: nil,
                state: .active,
                changedAt: .now
            )
            try await intake.engine.outbox.transaction { KnownStations.keep([(1, below)], in: $0) }
            try await intake.stations.refresh(from: intake.engine.database)
            #expect(try await count(code, as: "xixing-gongwei/registrar") == (200, 51))
            #expect(try await count(code, as: "zhujian/registrar") == (404, nil))
            for (caller, counts) in [
                ("station-1/liaison", [51]), ("ST-X01/liaison", []), ("xixing-gongwei/registrar", [51]),
                ("zhujian/registrar", []), ("operator/operator", [51]),
            ] {
                let answer = try await intake.client.send(.get, "/v1/hand-ins", as: caller)
                #expect(answer.status == 200 && answer.breaches == [])
                #expect(answer.json["items"]?.elements.map { $0["handIns"]?.whole } == counts, "\(caller)")
            }
        }
    }

    @Test func `codes come over the broker as their owner tells them`() async throws {
        try await ServiceWorld.with([.intake: IntakeStore.migrations]) { world in
            let engine = try world.engine(.intake)
            let consumption = engine.consumption(
                of: Main.handlers,
                known: Catalog.names(of: [.routing, .replies, .directory]),
                senderAccount: { _ in world.broker.user }
            )
            let code = CodeID.make()
            let about = SuggestionID(rawValue: code.rawValue)
            let told = try [
                world.message(Self.issued(code), about: about, version: 1),
                world.message(
                    CodeRevoked(code: code, station: StationCode(rawValue: Self.station), revokedAt: .now),
                    about: about,
                    version: 2
                ),
            ]
            // Version 2 first: it waits for its turn.
            try await world.running([{ await consumption.run() }, { await engine.run() }]) {
                try await world.tell([told[1], told[1], told[0]])
                let book = CodeBook(database: engine.database)
                try await eventually("the code is known and ended") {
                    let known = try await book.code(of: Self.token)
                    return known?.term.isRevoked == true
                }
            }
            await engine.database.close()
        }
    }
}
