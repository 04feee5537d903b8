import Bootstrap
import Calendar
import Contracts
import Foundation
import Support
import Testing

@testable import Directory

/// What Directory reads of strangers and of files, with changed bytes.
struct FuzzTests {
    @Test func `a CSV file is read line by line or refused in words`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        defer { try? FileManager.default.removeItem(at: file) }
        let seeds = [
            "code,more,name\na,,名\nb,\"一,二\",\"他说\"\"好\"\"\"\r\n\nc,\"x\ny\", z \n",
            "\u{FEFF}code,name\n1,=cmd|'/C calc'!A0\n",
        ]
        let outcome = Fuzzing(
            "CSV",
            texts: seeds,
            words: ["\"\"", ",", "\r", "code,name\n"],
            count: Fuzzing.count(1_000)
        )
        .run { bytes in
            guard (try? Data(bytes).write(to: file)) != nil else { return .wrong("cannot be written") }
            do throws(WrongArgument) {
                let read = try ImportedFile(file.path, required: ["code", "name"], optional: ["more"])
                let numbers = read.lines.map(\.number)
                return numbers == numbers.sorted() && Set(numbers).count == numbers.count
                    ? .taken : .wrong("\(numbers)")
            } catch {
                return error.description.contains("\n") ? .wrong(error.description) : .refused
            }
        }
        #expect(outcome.failures == [] && outcome.taken > 20)
    }

    @Test func `no changed code of an app is good`() throws {
        let (secret, now) = (Array(1...20).map(UInt8.init), Timestamp.now)
        let present = OneTimeCode.step(at: now)
        let good = Set((present - 1...present + 1).map { OneTimeCode.code(secret, step: $0) })
        let outcome = Fuzzing("codes of apps", texts: Array(good), words: ["000000", "１２３４５６", "٠"]).run(texts: {
            text in
            guard let step = OneTimeCode.step(of: text, secret, at: now, after: 0) else {
                return good.contains(text) ? .wrong("a good one is refused") : .refused
            }
            guard good.contains(text) else { return .wrong("\(step)") }
            // Good once (RFC 6238 §5.2).
            return OneTimeCode.step(of: text, secret, at: now, after: step) == nil ? .taken : .wrong("good twice")
        })
        #expect(outcome.failures == [] && outcome.taken > 0)
    }

    @Test func `recovery codes, logins, days and addresses are read in one form or not at all`() {
        let code = RecoveryCode.make()
        let recovery = Fuzzing("recovery codes", texts: [code, code.lowercased()]).run(texts: { text in
            guard let hash = RecoveryCode.hash(text) else { return .refused }
            let letters = text.uppercased().filter { $0 != "-" && $0 != " " }
            return hash == RecoveryCode.hash(letters) && letters.utf8.count == 16 ? .taken : .wrong(letters)
        })
        #expect(recovery.failures == [] && recovery.taken > 5)
        let logins = Fuzzing("logins", texts: ["zhang.wei", "a_b-c.1"]).run(texts: { text in
            guard Person.isLogin(text) else { return .refused }
            return text.utf8.allSatisfy { $0 > 32 && $0 < 127 } && (3...64).contains(text.utf8.count)
                ? .taken : .wrong(text)
        })
        #expect(logins.failures == [] && logins.taken > 5)
        let days = Fuzzing("days", texts: ["2026-03-02", "2024-02-29", "0001-01-01", "9999-12-31"]).run(texts: { text in
            guard let day = CivilDate(iso: text) else { return .refused }
            return day.description == text ? .taken : .wrong(day.description)
        })
        #expect(days.failures == [] && days.taken > 10)
        let addresses = Fuzzing(
            "providers' addresses",
            texts: ["https://login.example/authorize", "http://127.0.0.1:8080/x", "http://localhost@evil.example/"],
            words: ["@", "#", "http://", "127.0.0.1"]
        ).run(texts: { text in
            guard Provider.isSafe(text) else { return .refused }
            let url = URLComponents(string: text)
            let isLocal = url?.host.map { ["127.0.0.1", "localhost", "::1", "[::1]"].contains($0) } ?? false
            return url?.user == nil && (url?.scheme == "https" || isLocal) ? .taken : .wrong(text)
        })
        #expect(addresses.failures == [] && addresses.taken > 5)
    }

    @Test func `a changed token of a code is another, and none of ours`() throws {
        let mint = CodeMint(masterKey: Array(repeating: 1, count: 32))
        let good = mint.token(.station, serial: 7)
        let hash = CodeMint.hash(good)
        let outcome = Fuzzing("tokens that are scanned", texts: [good, good.lowercased()]).run(texts: { text in
            guard let token = CodeText.canonical(text) else { return .refused }
            return (CodeMint.hash(token) == hash) == (token == good) ? .taken : .wrong(token)
        })
        #expect(outcome.failures == [] && outcome.taken > 0)
    }

    @Test func `what an id token says is for this sign-in alone`() throws {
        let provider = Provider(name: "mock", label: "m", issuer: "https://a.example", clientID: "ebinda", returns: [])
        let seeds = ["https://a.example", "ebinda", "nonce-1", "gov-4711"]
        let now = Date()
        let outcome = Fuzzing("claims of id tokens", texts: seeds).run(texts: { text in
            func isGood(
                issuer: String = "https://a.example",
                _ audience: [String] = ["ebinda"],
                _ party: String? = nil,
                _ nonce: String? = "nonce-1",
                _ subject: String = "gov-4711"
            ) -> Bool {
                ProviderClaims(
                    issuer: issuer,
                    subject: subject,
                    audience: audience,
                    party: party,
                    nonce: nonce,
                    issuedAt: now,
                    endsAt: now.addingTimeInterval(60)
                ).isGood(from: provider, nonce: "nonce-1", at: now)
            }
            if isGood(issuer: text) && text != provider.issuer { return .wrong("issuer") }
            if isGood([text]) && text != "ebinda" { return .wrong("audience") }
            if isGood(["ebinda", "other"], text) && text != "ebinda" { return .wrong("party") }
            if isGood(["ebinda"], nil, text) && text != "nonce-1" { return .wrong("nonce") }
            return isGood(["ebinda"], nil, "nonce-1", text) ? .taken : .refused
        })
        #expect(outcome.failures == [] && outcome.taken > 10)
    }
}
