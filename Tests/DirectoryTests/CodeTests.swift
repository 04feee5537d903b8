import Contracts
import Foundation
import QRCodes
import Testing

@testable import Directory

/// Tokens, terms, drafts, addresses and symbols.
struct CodeTests {
    private static let mint = CodeMint(masterKey: Array(repeating: 1, count: 32))
    private static let now = Timestamp.now

    @Test func `a token is the same whenever it is made, and another for another key, kind or number`() {
        let token = Self.mint.token(.station, serial: 7)
        #expect(token == CodeMint(masterKey: Array(repeating: 1, count: 32)).token(.station, serial: 7))
        let others = [
            CodeMint(masterKey: Array(repeating: 2, count: 32)).token(.station, serial: 7),
            Self.mint.token(.deputy, serial: 7), Self.mint.token(.activity, serial: 7),
            Self.mint.token(.station, serial: 8),
        ]
        #expect(Set(others + [token]).count == 5)
        for text in others + [token] { #expect(CodeText.canonical(text) == text && text.utf8.count == 24) }
        // Part of what hangs on walls, so it never changes; computed with Python's hmac and hashlib.
        #expect(token == "24000007M6KFV65C181226TJ")
    }

    @Test func `a token is read however it was typed, and nothing else is`() {
        let token = "0123456789ABCDEFGHJKMNPQ"
        for text in [
            token, token.lowercased(), "0123-4567-89AB-CDEF-GHJK-MNPQ", "O123456789ABCDEFGHJKMNPQ",
            "oI23456789abcdefghjkmnpq", "0l23 4567 89AB CDEF GHJK MNPQ",
        ] { #expect(CodeText.canonical(text) == token, "\(text)") }
        for text in [
            "", "0", String(token.dropLast()), token + "0", "U" + token.dropFirst(), "é" + token.dropFirst(),
            "０" + token.dropFirst(), "\0" + token.dropFirst(), token + String(repeating: "-", count: 100),
            "../" + token,
        ] { #expect(CodeText.canonical(text) == nil, "\(text)") }
        #expect(CodeText.text(Array(repeating: 0, count: 15)) == String(repeating: "0", count: 24))
        #expect(CodeText.text(Array(repeating: 255, count: 15)) == String(repeating: "Z", count: 24))
    }

    @Test func `what ends a code is told in the order of what lasts longest`() {
        let (past, future) = (Self.now + .seconds(-1), Self.now + .seconds(1))
        #expect(CodeTerm().state(at: Self.now) == .good)
        #expect(CodeTerm(validFrom: past, validUntil: future).state(at: Self.now) == .good)
        #expect(CodeTerm(validFrom: Self.now).state(at: Self.now) == .good)
        #expect(CodeTerm(validUntil: Self.now).state(at: Self.now) == .expired)
        #expect(CodeTerm(validFrom: future).state(at: Self.now) == .notYet)
        #expect(CodeTerm(tokenUntil: future).state(at: Self.now) == .good)
        #expect(CodeTerm(tokenUntil: Self.now).state(at: Self.now) == .replaced)
        #expect(CodeTerm(validUntil: past, isRevoked: true, tokenUntil: past).state(at: Self.now) == .revoked)
        #expect(CodeTerm(validUntil: past, tokenUntil: past).state(at: Self.now) == .replaced)
    }

    @Test func `each replaced token ends with its own grace, and a shorter one ends those before it too`() throws {
        func token(_ serial: UInt32) -> EntryCode.Token {
            EntryCode.Token(serial: serial, hash: CodeMint.hash("\(serial)"), issuedAt: Self.now)
        }
        let draft = try CodeDraft(.station, of: "ST-X01", at: Self.now)
        var code = EntryCode(draft, station: StationCode(rawValue: "ST-X01"), token: token(0), at: Self.now)
        code.replaceToken(by: token(1), grace: .seconds(100), at: Self.now)
        #expect(code.tokens.map(\.goodUntil) == [nil, Self.now + .seconds(100)])
        code.replaceToken(by: token(2), grace: .seconds(200), at: Self.now)
        #expect(code.tokens.map(\.goodUntil) == [nil, Self.now + .seconds(200), Self.now + .seconds(100)])
        code.replaceToken(by: token(3), grace: .zero, at: Self.now)
        #expect(code.tokens.dropFirst().allSatisfy { $0.goodUntil == Self.now })
        for serial in 4..<30 { code.replaceToken(by: token(UInt32(serial)), grace: .zero, at: Self.now) }
        #expect(code.version == 30 && code.tokens.count == 30)
        let told = code.issued(at: Self.now)
        #expect(told.tokens.count == 8 && told.tokens[0].sha256 == CodeTokenMark(hash: CodeMint.hash("29")).sha256)
        #expect(code.issued(at: Self.now + .seconds(-1)).tokens.count == 30, "what is still good is always told")
    }

    @Test
    func `a deputy's code is good while the deputy receives people at its station, whatever was known before`()
        throws
    {
        let station = Entrance.Station(code: StationCode(rawValue: "ST-X01"), name: "站")
        let token = EntryCode.Token(serial: 0, hash: CodeMint.hash("0"), issuedAt: Self.now)
        func reason(_ kind: CodeKind, _ of: String, receivesAt stations: [String]) throws -> String? {
            let draft = try CodeDraft(kind, of: of, station: kind == .activity ? "ST-X01" : nil, at: Self.now)
            let shown = Entrance.Shown(
                code: EntryCode(draft, station: station.code, token: token, at: Self.now),
                tokenUntil: nil,
                station: station,
                isStationOpen: true,
                deputy: Entrance.DeputyCard(name: "陈某", delegation: nil, level: nil, stations: [station]),
                receivesAt: Set(stations.map(StationCode.init(rawValue:)))
            )
            let entrance = Entrance(shown, otherwise: nil, at: Self.now)
            #expect((entrance.state == .good) == (entrance.reason == nil) && entrance.station == station)
            return entrance.reason
        }
        let deputy = PersonID.make().description
        #expect(try reason(.deputy, deputy, receivesAt: ["ST-X02", "ST-X01"]) == nil)
        #expect(try reason(.deputy, deputy, receivesAt: ["ST-X02"]) == "ended")
        #expect(try reason(.deputy, deputy, receivesAt: []) == "ended", "no deputy any more")
        #expect(try reason(.station, "ST-X01", receivesAt: []) == nil)
        #expect(try reason(.activity, "代表接待日", receivesAt: []) == nil)
    }

    @Test func `a draft says all that is wrong with it`() throws {
        func faults(
            _ kind: CodeKind,
            _ of: String,
            station: String? = nil,
            place: String? = nil,
            from: Timestamp? = nil,
            until: Timestamp? = nil
        ) -> [String] {
            do {
                _ = try CodeDraft(
                    kind,
                    of: of,
                    station: station,
                    place: place,
                    validFrom: from,
                    validUntil: until,
                    at: Self.now
                )
                return []
            } catch { return error.faults.map { "\($0.pointer) \($0.rule)" } }
        }
        #expect(faults(.station, "ST-X01") == [])
        #expect(faults(.station, "城站", place: " ") == ["/of unknown", "/place length"])
        #expect(faults(.station, "ST-X01", station: "ST-X02") == ["/station mismatch"])
        #expect(faults(.station, "ST-X01", station: "a b") == ["/station unknown"])
        #expect(faults(.deputy, "王某") == ["/of unknown"])
        #expect(faults(.activity, "") == ["/of length", "/station required"])
        #expect(faults(.activity, String(repeating: "会", count: 41), station: "ST-X01") == ["/of length"])
        #expect(faults(.station, "ST-X01", until: Self.now) == ["/validUntil order"])
        let late = Self.now + .seconds(100)
        #expect(faults(.station, "ST-X01", from: late, until: late) == ["/validUntil order"])
        #expect(faults(.station, "ST-X01", from: late, until: late + .seconds(1)) == [])
    }

    @Test func `an address is a scheme, a host and perhaps a port`() throws {
        for text in [
            "", "ebinda.cn", "ftp://a", "https://", "https://a/b", "https://a?b", "https://a b", "https://a:123456",
            "https://-a", "javascript:alert(1)", "https://a\n", "https://u@a",
        ] { #expect(CodeAddress(text) == nil, "\(text)") }
        let address = try #require(CodeAddress("HTTPS://ebinda.hhtz.gov.cn/"))
        let token = "0123456789ABCDEFGHJKMNPQ"
        #expect(address.symbol(token) == "HTTPS://EBINDA.HHTZ.GOV.CN/C/0123456789ABCDEFGHJKMNPQ")
        #expect(address.typed(token) == "ebinda.hhtz.gov.cn/c/0123-4567-89AB-CDEF-GHJK-MNPQ")
        #expect(CodeAddress("http://127.0.0.1:8080")?.symbol("T") == "HTTP://127.0.0.1:8080/C/T")
    }

    @Test func `a real address fits a symbol of version 3, and its case decides`() throws {
        let address = try #require(CodeAddress("https://ebinda.hhtz.gov.cn"))
        let text = address.symbol("0123456789ABCDEFGHJKMNPQ")
        let symbol = try QRSymbol(text)
        #expect(symbol.version == 3 && symbol.width == 29)
        #expect(try QRSymbol(text.lowercased()).version == 4)
        #expect(symbol.modules.count == 29 * 29)
        // A finder pattern's first row, and the separator behind it.
        #expect(symbol.modules.prefix(8) == [true, true, true, true, true, true, true, false])
        #expect(symbol.path.hasPrefix("M0 0h7v1h-7z"))
        #expect(throws: QRSymbol.Failure.unreadable) { try QRSymbol("") }
        #expect(throws: QRSymbol.Failure.unreadable) { try QRSymbol("a\0b") }
        #expect(throws: QRSymbol.Failure.tooLong) { try QRSymbol(String(repeating: "a", count: 5_000)) }
    }

    @Test func `a name on a sheet is text and never markup`() {
        let layout = SheetLayout(
            station: "</text><script>&\"\u{7}",
            symbol: .init(path: "M0 0h1v1h-1z", width: 29),
            address: "a",
            code: "c"
        )
        let svg = layout.svg(.a6)
        #expect(svg.contains("&lt;/text&gt;&lt;script&gt;&amp;&quot;</text>"))
        #expect(!svg.contains("<script") && !svg.contains("\u{7}"))
        #expect(layout.svg(.a4).contains("width=\"210mm\" height=\"297mm\""))
    }
}
