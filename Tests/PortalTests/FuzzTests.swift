import Foundation
import Support
import Testing

@testable import Portal

/// What the pages read of browsers, with changed bytes; forms with files are in MultipartTests.
struct FuzzTests {
    @Test func `a form is read or it is none`() {
        let seeds = ["csrf=abc&number=BJ-0123456789&secret=ABC%20D+E", "a=&b=%E5%9F%8E&c=x", "a"]
        let outcome = Fuzzing("pages' forms", texts: seeds).run(texts: { text in
            guard let form = Form(encoded: text) else { return .refused }
            // Written and read again it is the same.
            let again = form.fields.map { "\(Percent.encoded($0.key))=\(Percent.encoded($0.value))" }.joined(
                separator: "&"
            )
            return Form(encoded: again)?.fields == form.fields ? .taken : .wrong("another when written")
        })
        #expect(outcome.failures == [] && outcome.taken > 50)
    }

    @Test func `no changed seal opens, and none opens as something else`() throws {
        let seal = Seal(key: Array(repeating: 9, count: 32), retired: Array(repeating: 8, count: 32))
        let session = Session(secret: "the-secret", expiresAt: "2026-12-08T01:00:00.000000Z", directoryID: nil)
        let good = try seal.seal(session, for: .session)
        let outcome = Fuzzing("seals", texts: [good, String(good.reversed())]).run(texts: { text in
            guard Purpose.all.allSatisfy({ $0 == .session || seal.open(Session.self, text, for: $0) == nil }) else {
                return .wrong("opens for something else")
            }
            guard let opened = seal.open(Session.self, text, for: .session) else { return .refused }
            return opened == session ? .taken : .wrong("opens as another")
        })
        #expect(outcome.failures == [] && outcome.taken > 0)
        let mark = seal.mark(of: "visit")
        let marks = Fuzzing("forms' tokens", texts: [mark]).run(texts: { text in
            if seal.isMark(text, of: "another") { return .wrong("another browser's") }
            return seal.isMark(text, of: "visit") ? .taken : .refused
        })
        #expect(marks.failures == [] && marks.taken > 0)
    }

    @Test func `cookies are read, whatever stands beside them`() {
        let cookies = Cookies(isSecure: true)
        let seeds = [
            "__Host-ebinda-visit=AAAAAAAAAAAAAAAAAAAAAA; __Host-ebinda-language=en", "ebinda-session=x; a=b; c",
        ]
        let outcome = Fuzzing("cookies", texts: seeds, words: ["__Host-ebinda-session="]).run(texts: { text in
            let read = cookies.read([text, text])
            return read.values.contains { $0.contains(";") } ? .wrong("\(read)") : read.isEmpty ? .refused : .taken
        })
        #expect(outcome.failures == [] && outcome.taken > 20)
    }

    @Test func `nobody is sent to another site`() throws {
        let seeds = ["/account", "/unit/people", "//evil.example", "/\\evil.example", "https://evil.example/"]
        let base = try #require(URL(string: "https://rd.example/sign-in"))
        let outcome = Fuzzing("paths to go on to", texts: seeds, words: ["//", "/\\", "@", "https:"]).run(texts: {
            text in
            let path = LocalPath.checked(text, else: "")
            guard !path.isEmpty else { return .refused }
            let url = URL(string: path, relativeTo: base)?.absoluteURL
            return url?.host() == "rd.example" && url?.scheme == "https" && !path.contains { $0.isNewline }
                ? .taken : .wrong(path)
        })
        #expect(outcome.failures == [] && outcome.taken > 20)
    }

    @Test func `whatever a text is, escaped it ends no element and no attribute`() {
        let seeds = ["<script>\"'&", "\"\u{301}>", "{{{x}}}"]
        let outcome = Fuzzing("escaping", texts: seeds).run(texts: { text in
            let escaped = EscapedHTML().escapeText(text)
            return escaped.utf8.contains { "<>\"'".utf8.contains($0) } ? .wrong(escaped) : .taken
        })
        #expect(outcome.failures == [])
    }
}

extension Purpose {
    static let all: [Purpose] = [.session, .receipt, .challenge, .photos, .outside]
}
