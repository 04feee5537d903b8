import Contracts
import Foundation
import HTTPSupport
import Support
import Testing

@testable import Portal

struct CatalogueTests {
    private static let folder = Documents.root.appending(path: "Services/Portal")

    private static func texts(_ folder: URL, _ ending: String) throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(ending) }
        return try names.reduce(into: [:]) {
            $0[$1] = try String(contentsOf: folder.appending(path: $1), encoding: .utf8)
        }
    }

    private static func keys() throws -> Set<String> {
        let catalogue = try Catalogue(files: CatalogueFiles.all)
        return Set(catalogue.all(.chinese).keys)
    }

    @Test func `every text is there in both languages`() throws {
        let catalogue = try Catalogue(files: CatalogueFiles.all)
        let (chinese, english) = (catalogue.all(.chinese), catalogue.all(.english))
        #expect(chinese.count > 150 && Set(chinese.keys) == Set(english.keys))
        for (key, text) in chinese {
            #expect(
                text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) } || key == "siteName",
                "\(key)"
            )
            let places = text.matches(of: /\{[a-z]+\}/).map { String($0.output) }.sorted()
            let others = (english[key] ?? "").matches(of: /\{[a-z]+\}/).map { String($0.output) }.sorted()
            #expect(places == others, "\(key) has the same places in both")
        }
    }

    @Test func `every key that is used exists, and none is unused`() throws {
        let known = try Self.keys()
        var used: Set<String> = []
        for (name, text) in try Self.texts(Self.folder.appending(path: "Templates"), ".mustache") {
            for match in text.matches(of: /\{\{t\.([A-Za-z0-9_]+)/) {
                #expect(known.contains(String(match.1)), "\(name): \(match.1)")
                used.insert(String(match.1))
            }
        }
        for (_, text) in try Self.texts(Self.folder, ".swift") {
            used.formUnion(text.matches(of: /"([A-Za-z0-9_]+)"/).map { String($0.1) }.filter(known.contains))
            // A family: "mode_\(…)" uses every key that begins so.
            for match in text.matches(of: /"([A-Za-z]+_)\\\(/) {
                let family = known.filter { $0.hasPrefix(match.1) }
                #expect(!family.isEmpty, "\(match.1)")
                used.formUnion(family)
            }
            for match in text.matches(of: /(?:title|wrong|notice): "([A-Za-z0-9_]+)"/) {
                #expect(known.contains(String(match.1)), "\(match.1)")
            }
        }
        #expect(known.subtracting(used).sorted() == [])
    }

    @Test func `the privacy notice says how long, as the shipped rules do, and who really sees a contact`() throws {
        let rules = try JSON(
            Array(try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/retention.json")))
        )
        let catalogue = try Catalogue(files: CatalogueFiles.all)
        let days = ["contacts", "unjudged", "requestKeys"].compactMap { rules[$0]?["days"]?.whole }
        #expect(days.count == 3)
        for language in [Language.chinese, .english] {
            let texts = catalogue.all(language)
            let kept = try #require(texts["privacyKeepText"])
            #expect(days.allSatisfy { kept.contains(" \($0) ") }, "\(kept)")
        }
        // Who may, by the table: the committee, and of a department these.
        let who = try #require(catalogue.all(.chinese)["privacyWhoText"])
        #expect(Set(Right.revealContacts.grants.keys) == [.committee, .clerk, .signer, .department])
        #expect(["工委", "承办人", "签发人", "业务系统"].allSatisfy(who.contains))
        let rights = try #require(catalogue.all(.chinese)["privacyRightsText"])
        #expect(!rights.contains("任一联络站"), "nobody at a station can")
    }

    @Test func `every choice has its words`() throws {
        let known = try Self.keys()
        let wanted =
            HandIn.Mode.allCases.flatMap { ["mode_\($0.rawValue)", "modeHint_\($0.rawValue)"] }
            + HandIn.Manner.allCases.map { "manner_\($0.rawValue)" }
            + HandIn.Field.allCases.map { "field_\($0.rawValue)" }
            + [
                Trouble.notFound, .away, .crowded, .forged, .tooLarge, .tooSlow, .malformed, .forbidden, .otherRole,
                .signedOut, .broken,
            ].flatMap { [$0.words.title, $0.words.text] }
        #expect(wanted.filter { !known.contains($0) } == [])
    }

    @Test func `no template leaves anything unescaped, and none brings script or style along`() throws {
        let templates = try Self.texts(Self.folder.appending(path: "Templates"), ".mustache")
        #expect(templates.count > 25)
        #expect(Set(templates.keys.map { String($0.dropLast(9)) }) == Set(Templates.all.map(\.name)))
        for (name, text) in templates {
            #expect(!text.contains("{{{") && !text.contains("{{&"), "\(name)")
            #expect(text.firstMatch(of: /(?i)<script|<style|\sstyle=|\son[a-z]+=|javascript:/) == nil, "\(name)")
            #expect(text.firstMatch(of: /="[a-z+]*:?\/\/|="https?:/) == nil, "\(name): an outside address")
            // Attributes are quoted: what is escaped ends none.
            #expect(text.firstMatch(of: /\s[a-z-]+=\{\{/) == nil, "\(name)")
            // Every form that changes something carries the token.
            let posts = text.matches(of: /<form[^>]*method="post"/).count
            #expect(text.matches(of: /name="csrf" value="\{\{csrf\}\}"/).count == posts, "\(name)")
            let isPage = text.hasPrefix("{{<frame}}")
            #expect(
                isPage
                    || ["frame", "faults", "notice", "manner", "new-password", "receipt-fields"].contains(
                        name.dropLast(9)
                    ),
                "\(name)"
            )
        }
        let frame = try #require(templates["frame.mustache"])
        #expect(frame.hasPrefix("{{% CONTENT_TYPE: \(EscapedHTML.name)}}"))
    }

    @Test func `a quotation mark is escaped though a combining mark follows`() {
        let hostile = "\"\u{301} onfocus=x <\u{338}b>&\u{20DD}'"
        let escaped = EscapedHTML().escapeText(hostile)
        #expect(!escaped.unicodeScalars.contains("\"") && !escaped.unicodeScalars.contains("<"))
        #expect(!escaped.unicodeScalars.contains("'"))
    }

    @Test func `moments are told in Chinese time`() {
        #expect(Moments.text("2026-11-24T16:30:00.000000Z", .chinese) == "2026年11月25日 00:30")
        #expect(Moments.text("2026-11-24T16:30:00Z", .english) == "25 Nov 2026, 00:30")
        #expect(Moments.day("2026-12-31", .chinese) == "2026年12月31日")
        #expect(Moments.text("nonsense", .chinese) == "nonsense")
    }

    @Test(arguments: [
        ("/account", "/account"), ("/unit/codes", "/unit/codes"), ("//evil.example", "/"), ("/\\evil.example", "/"),
        ("https://evil.example", "/"), ("", "/"), ("/a?b", "/"), ("/a\r\nSet-Cookie: x", "/"), ("/%2F/evil", "/"),
    ]) func `after signing in one goes on within the site`(asked: String, path: String) {
        #expect(LocalPath.checked(asked) == path)
    }
}
