import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// Codes from their making to their end, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct CodesIntegrationTests {
    private static let (here, there) = ("station-1", "ST-X02")
    private static let liaison = "station-1/liaison"

    private func with(_ body: @escaping @Sendable (DirectoryWorld) async throws -> Void) async throws {
        try await DirectoryWorld.with { directory in
            try await directory.stations([(Self.here, "西兴街道第1联络站（产业）"), (Self.there, "西兴街道第2联络站（产业）")])
            try await body(directory)
        }
    }

    private func own(_ kind: String = "station", _ more: String = "") -> String {
        #"{"kind":"\#(kind)","of":"\#(Self.here)"\#(more)}"#
    }

    @Test func `a station's code leads to the station, however its token is written`() async throws {
        try await with { directory in
            let made = try await directory.code(own("station", #","place":"一楼大厅""#), as: Self.liaison)
            #expect(made.url == "HTTPS://EBINDA.HHTZ.GOV.CN/C/\(made.token)")
            let grouped = directory.codes.address.typed(made.token).split(separator: "/").last.map(String.init)
            for token in [made.token, made.token.lowercased(), try #require(grouped)] {
                let entrance = try await directory.enter(token).json
                #expect(entrance["state"]?.text == "good" && entrance["kind"]?.text == "station")
                #expect(entrance["station"]?["code"]?.text == Self.here && entrance["place"]?.text == "一楼大厅")
                #expect(entrance["station"]?["name"]?.text == "西兴街道第1联络站（产业）")
                #expect(entrance["deputy"] == nil)
            }
        }
    }

    @Test func `every flipped bit makes a forged code, which still offers the district's station`() async throws {
        try await with { directory in
            let made = try await directory.code(own())
            let characters = Array(made.token.utf8)
            var answers: [JSON] = []
            for index in characters.indices {
                let value = try #require(CodeText.alphabet.firstIndex(of: characters[index]))
                for bit in 0..<5 {
                    var forged = characters
                    forged[index] = CodeText.alphabet[value ^ 1 << bit]
                    let answer = try await directory.enter(String(decoding: forged, as: UTF8.self))
                    answers.append(answer.json)
                }
            }
            for text in ["x", "%00", "..%2f", "'--", String(repeating: "A", count: 2_000), "%ff", "%F0%9F%98%80"] {
                answers.append(try await directory.enter(text).json)
            }
            let expected = try JSON(Array(#"{"state":"forged","station":{"code":"ST-00","name":"滨江区人大代表联络总站"}}"#.utf8))
            #expect(answers.count == 127)
            #expect(answers.allSatisfy { $0 == expected }, "one answer, so that nothing is learnt from it")
        }
    }

    @Test func `a deputy's code shows what the law has published, and ends with the office`() async throws {
        try await with { directory in
            let deputy = try await directory.deputy("陈某", at: [Self.there, Self.here])
            let body = #"{"kind":"deputy","of":"\#(deputy)","station":"\#(Self.here)"}"#
            let made = try await directory.code(body, as: Self.liaison)
            let entrance = try await directory.enter(made.token).json
            #expect(entrance["state"]?.text == "good" && entrance["station"]?["code"]?.text == Self.here)
            let card = try #require(entrance["deputy"])
            #expect(card["name"]?.text == "陈某" && card["id"] == nil)
            #expect(card["delegation"]?.text == "西兴代表团" && card["level"]?.text == "区")
            #expect(card["stations"]?.elements.compactMap { $0["code"]?.text } == [Self.there, Self.here].sorted())
            let first = try await directory.code(#"{"kind":"deputy","of":"\#(deputy)"}"#)
            #expect(try await directory.enter(first.token).json["station"]?["code"]?.text == Self.there)
            for (body, faults) in [
                (#"{"kind":"deputy","of":"\#(PersonID.make())"}"#, ["/of unknown"]),
                (#"{"kind":"deputy","of":"\#(deputy)","station":"ST-00"}"#, ["/station mismatch"]),
            ] {
                let refused = try await directory.ask("/v1/codes", body, as: "operator/operator")
                #expect(refused.status == 422 && refused.faults == faults)
            }
            // Records from before codes had bounds may say anything: what counts is who receives people there now.
            try await directory.engine.database.execute("UPDATE holdings SET stations = \([Self.there])")
            let moved = try await directory.enter(made.token).json
            #expect(moved["state"]?.text == "expired" && moved["reason"]?.text == "ended" && moved["deputy"] == nil)
            #expect(moved["station"]?["code"]?.text == Self.here)
            #expect(try await directory.enter(first.token).json["state"]?.text == "good")
            try await directory.engine.database.execute("UPDATE holdings SET stations = \([Self.here])")
            try await directory.engine.database.execute("UPDATE holdings SET valid_until = '2026-01-02'")
            let late = try await directory.enter(made.token).json
            #expect(late["state"]?.text == "expired" && late["reason"]?.text == "ended" && late["deputy"] == nil)
            #expect(late["station"]?["code"]?.text == Self.here)
        }
    }

    @Test func `an activity's code has its station and its time`() async throws {
        try await with { directory in
            func activity(_ more: String) -> String {
                #"{"kind":"activity","of":"代表接待日","station":"\#(Self.here)"\#(more)}"#
            }
            let open = try await directory.code(activity(""), as: Self.liaison)
            let entrance = try await directory.enter(open.token).json
            #expect(entrance["state"]?.text == "good" && entrance["activity"]?.text == "代表接待日")
            let tomorrow = Timestamp.now + .seconds(86_400)
            let early = try await directory.code(activity(#","validFrom":"\#(tomorrow)""#))
            let notYet = try await directory.enter(early.token).json
            #expect(notYet["state"]?.text == "expired" && notYet["reason"]?.text == "not-yet")
            #expect(notYet["validFrom"]?.text == tomorrow.description && notYet["activity"] == nil)
            let past = try await directory.ask(
                "/v1/codes",
                activity(#","validUntil":"2020-01-01T00:00:00Z""#),
                as: Self.liaison
            )
            #expect(past.faults == ["/validUntil order"])
            let short = try await directory.code(activity(#","validUntil":"\#(tomorrow)""#))
            try await directory.engine.database.execute(
                "UPDATE codes SET valid_until = now() WHERE valid_until IS NOT NULL"
            )
            let over = try await directory.enter(short.token).json
            #expect(over["state"]?.text == "expired" && over["reason"]?.text == "expired")
            #expect(over["station"]?["code"]?.text == Self.here)
        }
    }

    @Test func `a rotated code has another token, the old one its grace; a revoked one has none`() async throws {
        try await with { directory in
            let first = try await directory.code(own())
            let path = "/v1/codes/\(first.id)"
            let second = try directory.made(
                try await directory.ask("\(path)/rotate", #"{"graceDays":14}"#, as: Self.liaison)
            )
            #expect(second.id == first.id && second.token != first.token)
            for token in [first.token, second.token] {
                #expect(try await directory.enter(token).json["state"]?.text == "good")
            }
            let third = try directory.made(try await directory.ask("\(path)/rotate", "{}", as: Self.liaison))
            for token in [first.token, second.token] {
                let old = try await directory.enter(token).json
                #expect(old["state"]?.text == "expired" && old["reason"]?.text == "replaced")
                #expect(old["station"]?["code"]?.text == Self.here)
            }
            #expect(try await directory.enter(third.token).json["state"]?.text == "good")
            for days in ["-1", "91"] {
                let refused = try await directory.ask("\(path)/rotate", #"{"graceDays":\#(days)}"#, as: Self.liaison)
                #expect(refused.faults == ["/graceDays range"])
            }
            let revoke = try await directory.ask("\(path)/revoke", #"{"reason":"海报被人更换13800001234"}"#, as: Self.liaison)
            #expect(revoke.status == 204)
            #expect(try await directory.ask("\(path)/revoke", "{}", as: Self.liaison).status == 204)
            #expect(try await directory.ask("\(path)/rotate", "{}", as: Self.liaison).status == 409)
            for token in [first.token, third.token] {
                let ended = try await directory.enter(token).json
                #expect(ended["state"]?.text == "revoked" && ended["station"]?["code"]?.text == Self.here)
            }
            try await Self.expectActs(of: [first, second, third], in: directory)
        }
    }

    /// Each change of the three is an act, and tells hashes alone.
    private static func expectActs(of made: [DirectoryWorld.Made], in directory: DirectoryWorld) async throws {
        let acts = try await directory.engine.database.query(
            "SELECT authority, actor, body FROM acts WHERE name LIKE 'code.%' ORDER BY version"
        )
        let authorities = try acts.map { try $0["authority", as: String.self] }
        #expect(
            authorities == ["code.issue", "code.issue: rotate", "code.issue: rotate", "code.revoke: 海报被人更换＊＊＊＊＊＊＊＊＊＊＊"]
        )
        let actor = try acts[3]["actor", as: String.self]
        #expect(actor == "account:station-1@station-1")
        let bodies = try acts.map { String(decoding: try $0["body", as: [UInt8].self], as: UTF8.self) }
        let told = bodies.joined()
        for token in made.map(\.token) {
            #expect(!told.contains(token))
            let hash = CodeTokenMark(hash: CodeMint.hash(token)).sha256
            #expect(told.contains(hash))
        }
    }

    @Test func `a station sees and changes its own codes alone`() async throws {
        try await with { directory in
            let own = try await directory.code(own(), as: Self.liaison)
            let foreign = try await directory.code(#"{"kind":"station","of":"\#(Self.there)"}"#)
            let refused = try await directory.ask(
                "/v1/codes",
                #"{"kind":"station","of":"\#(Self.there)"}"#,
                as: Self.liaison
            )
            #expect(refused.status == 403)
            for action in ["rotate", "revoke"] {
                let answer = try await directory.ask("/v1/codes/\(foreign.id)/\(action)", "{}", as: Self.liaison)
                #expect(answer.status == 404, "\(action)")
            }
            for path in ["codes/\(foreign.id)/qr.svg", "codes/\(foreign.id)/qr.png", "sheets/\(Self.there).pdf"] {
                #expect(try await directory.get("/v1/\(path)", as: Self.liaison).status == 404, "\(path)")
            }
            #expect(try await directory.get("/v1/codes?unit=\(Self.there)", as: Self.liaison).status == 403)
            func listed(_ caller: String, _ query: String = "") async throws -> [String] {
                try await directory.get("/v1/codes\(query)", as: caller).json["items"]?.elements
                    .compactMap { $0["code"]?.text } ?? []
            }
            #expect(try await listed(Self.liaison) == [own.id])
            #expect(try await listed("operator/operator") == [foreign.id, own.id], "the newest first")
            #expect(try await listed("operator/operator", "?unit=\(Self.there)") == [foreign.id])
            #expect(try await listed("operator/operator", "?unit=%00") == [])
            #expect(try await directory.get("/v1/codes?after=x", as: Self.liaison).status == 400)
            let body = String(
                decoding: try await directory.get("/v1/codes", as: "operator/operator").body,
                as: UTF8.self
            )
            #expect(!body.contains(own.token) && !body.contains(foreign.token))
            // Nor does any table have one.
            for table in ["codes", "code_tokens", "acts", "outbox"] {
                let rows = try await directory.world.number(
                    "SELECT count(*) FROM \(unsafe: table) AS t WHERE t::text ILIKE \("%\(own.token)%")",
                    of: .directory
                )
                #expect(rows == 0, "\(table)")
            }
        }
    }

    @Test func `a registrar has the codes of every station below their unit, and no others`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let (registrar, all) = ("xixing-gongwei/registrar", "binjiang/registrar")
            let below = try await directory.code(#"{"kind":"station","of":"ST-X01"}"#, as: registrar)
            let foreign = try await directory.code(#"{"kind":"station","of":"ST-C01"}"#, as: all)
            let refused = try await directory.ask("/v1/codes", #"{"kind":"station","of":"ST-C01"}"#, as: registrar)
            #expect(refused.status == 403)
            for (caller, query, expected) in [
                (registrar, "", [below.id]), (registrar, "?unit=ST-X01", [below.id]), (registrar, "?unit=ST-X0", []),
                (all, "", [foreign.id, below.id]), (all, "?unit=ST-C01", [foreign.id]),
            ] as [(String, String, [String])] {
                let listed = try await directory.get("/v1/codes\(query)", as: caller).json["items"]?.elements ?? []
                #expect(listed.compactMap { $0["code"]?.text } == expected, "\(caller) \(query)")
            }
            #expect(try await directory.get("/v1/codes?unit=ST-C01", as: registrar).status == 403)
            for (path, status) in [
                ("codes/\(below.id)/qr.svg", 200), ("sheets/ST-X01.pdf", 200), ("sheets.pdf", 200),
                ("codes/\(foreign.id)/qr.svg", 404), ("sheets/ST-C01.pdf", 404), ("sheets/ST-X02.pdf", 404),
            ] {
                #expect(try await directory.get("/v1/\(path)", as: registrar).status == status, "\(path)")
            }
            for action in ["rotate", "revoke"] {
                let (own, other) = (
                    try await directory.ask("/v1/codes/\(below.id)/\(action)", "{}", as: registrar),
                    try await directory.ask("/v1/codes/\(foreign.id)/\(action)", "{}", as: registrar)
                )
                #expect((200..<300).contains(own.status) && other.status == 404, "\(action)")
            }
        }
    }

    @Test func `the code of a station that was closed leads to the one it was joined to, or to the district's`()
        async throws
    {
        try await with { directory in
            let made = try await directory.code(own())
            let database = directory.engine.database
            try await database.execute("UPDATE units SET state = 'ended' WHERE code = \(Self.here)")
            let closed = try await directory.enter(made.token).json
            #expect(closed["state"]?.text == "expired" && closed["reason"]?.text == "ended")
            #expect(closed["station"]?["code"]?.text == CodeParts.district)
            try await database.execute("UPDATE units SET joined_to = \(Self.there) WHERE code = \(Self.here)")
            #expect(try await directory.enter(made.token).json["station"]?["code"]?.text == Self.there)
            let again = try await directory.ask("/v1/codes", own(), as: Self.liaison)
            #expect(again.status == 422 && again.faults == ["/of unknown"])
            #expect(try await directory.get("/v1/sheets/\(Self.here).pdf", as: Self.liaison).status == 404)
        }
    }

    @Test func `a page of codes leads to the next`() async throws {
        try await with { directory in
            for _ in 0..<3 { _ = try await directory.code(own()) }
            let codes = try await directory.engine.database.transaction { transaction in
                var found: [CodeID] = []
                var cursor = Cursor(nil)
                while let after = cursor {
                    let page = try await CodeStore.codes(of: nil, after: after, limit: 2, in: transaction)
                    found += page.map(\.code.id)
                    cursor = page.last.flatMap { Cursor(Cursor.text($0.code.issuedAt, $0.code.aggregate)) }
                }
                return found
            }
            #expect(codes.count == 3 && Set(codes).count == 3)
        }
    }

    @Test func `a thousand scans at once are all counted, by two who count at the same time`() async throws {
        try await with { directory in
            let (first, second) = (try await directory.code(own()), try await directory.code(own()))
            _ = try await directory.ask("/v1/codes/\(second.id)/revoke", "{}", as: Self.liaison)
            let replica = ScanCounter(database: directory.engine.database, logger: .silent)
            let (a, b) = (try #require(CodeID(first.id)), try #require(CodeID(second.id)))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<1_000 {
                    group.addTask {
                        (index % 2 == 0 ? directory.codes.scans : replica).note(
                            index % 4 < 2 ? a : b,
                            isGood: index % 4 < 2
                        )
                        if index % 50 == 0 { try await directory.codes.scans.flush() }
                        if index % 50 == 1 { try await replica.flush() }
                    }
                }
                try await group.waitForAll()
            }
            for _ in 0..<5 { _ = try await directory.enter(first.token) }
            _ = try await directory.enter(second.token)
            try await directory.codes.scans.flush()
            // What is left when a process is told to stop is added then.
            let last = Task { await replica.run() }
            replica.note(a, isGood: true)
            last.cancel()
            await last.value
            let items = try await directory.get("/v1/codes", as: Self.liaison).json["items"]?.elements ?? []
            let counts = items.map { "\($0["scans"]?.whole ?? -1) \($0["staleScans"]?.whole ?? -1)" }
            #expect(counts == ["0 501", "506 0"])
        }
    }

    @Test func `what cannot be added is counted on`() async throws {
        try await with { directory in
            let id = try #require(CodeID(try await directory.code(own()).id))
            directory.codes.scans.note(id, isGood: true)
            try await directory.engine.database.execute("ALTER TABLE code_scans RENAME TO away")
            await #expect(throws: DatabaseError.self) { try await directory.codes.scans.flush() }
            try await directory.engine.database.execute("ALTER TABLE away RENAME TO code_scans")
            directory.codes.scans.note(id, isGood: true)
            try await directory.codes.scans.flush()
            #expect(try await directory.world.number("SELECT sum(good)::bigint FROM code_scans", of: .directory) == 2)
        }
    }
}
