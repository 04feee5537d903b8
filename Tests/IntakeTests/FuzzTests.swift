import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Bootstrap
@testable import Intake

/// What Intake reads of strangers, with changed bytes; the headers of files are in FileTests.
struct FuzzTests {
    @Test func `a name that is kept names a file, whatever was given`() {
        let seeds = ["台阶.jpg", "../../etc/passwd", "a\r\nb\u{202E}gpj.exe", "photo.tar.gz", "%2e%2e%2f", "CON"]
        let outcome = Fuzzing("names of files", texts: seeds).run(texts: { text in
            let name = FileName.cleaned(text, .png)
            let isClean = !name.unicodeScalars.contains { $0.value < 32 || "/\\\"<>|:*?%;".unicodeScalars.contains($0) }
            let isShort = name.unicodeScalars.count <= FileName.limit && name.hasSuffix(".png") && !name.hasPrefix(".")
            return isClean && isShort ? .taken : .wrong(name)
        })
        #expect(outcome.failures == [])
    }

    @Test func `a submission that is taken keeps every rule`() throws {
        let seeds = [
            IntakeWorld.opinion,
            #"{"kind":"formal","submitter":"deputy","station":"ST-X01","title":"题","text":"文","analysis":"因","proposal":"议","contact":{"name":"王某","phone":"+86 138-0000-1234"}}"#,
            #"{"kind":"opinion","station":"ST-X01","title":"题","text":"文","mode":"confidential","contact":{"phone":"13800001234"},"attachments":[{"id":"01890000-0000-7000-8000-000000000000","secret":"00"}]}"#,
        ]
        let outcome = Fuzzing("what is handed in", texts: seeds).run { bytes in
            let form: SubmissionForm
            do {
                form = try JSONBody.decode(SubmissionForm.self, from: bytes)
            } catch { return error is Problem ? .refused : .wrong("\(type(of: error))") }
            guard
                let taken = try? form.submission(
                    scanned: .none,
                    by: form.kind == .formal ? .deputy : .author,
                    standing: { $0.rawValue == "ST-X01" ? .open : .unknown }
                )
            else {
                return .refused
            }
            let texts = [taken.title, taken.text, taken.analysis, taken.proposal].compactMap { $0 }
            let isClean = texts.allSatisfy { text in
                !text.isEmpty && !text.unicodeScalars.contains { $0.value < 32 && ![9, 10, 13].contains($0.value) }
            }
            return isClean && taken.title.unicodeScalars.count <= Submission.titleLimit
                && taken.station.rawValue == "ST-X01"
                ? .taken : .wrong("a rule is broken")
        }
        #expect(outcome.failures == [] && outcome.taken > 15)
    }

    @Test func `no text keeps the masking busy, and what is masked is masked for good`() {
        let seeds = [
            "电话13800001234，身份证33010819900307001X", "（0571）8765-4321 转 6222 0212 3456 7890 123",
            "浙A·12345 a.b+c@例え.example",
            String(repeating: "1 ", count: 2_000), String(repeating: "@a.", count: 2_000), "１３８－００００－１２３４",
        ]
        let outcome = Fuzzing("masking", texts: seeds, words: ["13800001234", "@", "浙A12345"]).run(texts: { text in
            let masked = Masking.masked(text)
            guard masked.unicodeScalars.count == text.unicodeScalars.count else { return .wrong("another length") }
            guard Masking.masked(masked) == masked else { return .wrong("masked once more it is another") }
            return masked == text ? .refused : .taken
        })
        #expect(outcome.failures == [] && outcome.taken > 50)
    }

    @Test func `the token of a code is read in one form or not at all`() {
        let seeds = ["0123-4567-89AB-CDEF-GHJK-MNPQ", "oil0 1234 5678 9abc defg hjkm"]
        let outcome = Fuzzing("tokens of codes", texts: seeds).run(texts: { text in
            guard let token = CodeText.canonical(text) else { return .refused }
            return CodeText.canonical(token) == token && token.utf8.count == CodeText.length ? .taken : .wrong(token)
        })
        #expect(outcome.failures == [] && outcome.taken > 10)
    }
}
