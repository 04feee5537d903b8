import Bootstrap
import Contracts
import Foundation
import Testing

@testable import Directory

/// Codes, passwords and sessions as values.
struct SecretRuleTests {
    /// RFC 6238, appendix B, SHA-1.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func `codes are those of RFC 6238`(seconds: Int64, code: String) {
        let secret = Array("12345678901234567890".utf8)
        let moment = Timestamp(microseconds: seconds * 1_000_000)
        #expect(OneTimeCode.code(secret, step: OneTimeCode.step(at: moment), digits: 8) == code)
        #expect(OneTimeCode.code(secret, step: OneTimeCode.step(at: moment)) == String(code.suffix(6)))
    }

    @Test func `a code is good for one step before and after, and once`() {
        let (secret, now) = (Array("12345678901234567890".utf8), Timestamp(microseconds: 1_234_567_890_000_000))
        let step = OneTimeCode.step(at: now)
        for offset in Int64(-3)...3 {
            let code = OneTimeCode.code(secret, step: step + offset)
            let found = OneTimeCode.step(of: code, secret, at: now, after: 0)
            #expect(found == (abs(offset) <= 1 ? step + offset : nil), "\(offset)")
        }
        let code = OneTimeCode.code(secret, step: step)
        #expect(OneTimeCode.step(of: code, secret, at: now, after: step) == nil, "used")
        #expect(OneTimeCode.step(of: code, secret, at: now, after: step - 1) == step)
        for bad in ["", "12345", code + "0", " " + code] {
            #expect(OneTimeCode.step(of: bad, secret, at: now, after: 0) == nil, "\(bad)")
        }
    }

    /// RFC 4648 §10, without padding.
    @Test(arguments: [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")])
    func `apps read what was meant`(bytes: String, text: String) {
        #expect(Base32.text(Array(bytes.utf8)) == text)
        #expect(DirectoryWorld.bytes(base32: text) == Array(bytes.utf8))
    }

    @Test func `recovery codes differ, and are read as people type them`() {
        let codes = (0..<100).map { _ in RecoveryCode.make() }
        #expect(Set(codes).count == 100)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /([A-Z2-7]{4}-){3}[A-Z2-7]{4}/) != nil })
        #expect(RecoveryCode.hash(codes[0]) == RecoveryCode.hash(codes[0].lowercased().replacing("-", with: " ")))
        for bad in ["", "ABCD", "1BCD-EFGH-IJKL-MNOP", codes[0] + "A"] { #expect(RecoveryCode.hash(bad) == nil) }
    }

    @Test(arguments: [
        ("short", "length"), (String(repeating: "长", count: 129), "length"), ("", "characters"),
        ("correct\u{0}horse battery", "characters"), ("滨江区人大代表联络站", "own-words"), ("Binjiang2026!", "own-words"),
        ("zhang.wei.2026", "own-words"), ("ZHANGWEI zhangwei zhangwei", "own-words"), ("ＺＨＡＮＧ．ＷＥＩ．２０２６", "own-words"),
        ("住建局住建局住建局住建局", "own-words"), ("aaaaaaaaaaaaaaaa", "guessable"), ("春江潮水连海平海上明月", nil),
        ("four green bicycles", nil), ("1", "length"), (String(repeating: "长夜漫漫路迢迢", count: 18), nil),
        (String(repeating: "长夜漫漫", count: 8), "guessable"),
        (String(repeating: "\u{301}", count: 2_000), "length"),
    ])
    func `a password is long, and not made of what is tried first`(text: String, rule: String?) {
        let rules = PasswordRule(own: ["zhang.wei", "张伟", "zhujian", "住建局"])
        #expect(rules.read(text).breaches.map(\.rule) == (rule.map { [$0] } ?? []), "\(text)")
    }

    @Test func `a password is the same whatever keyboard has written it`() {
        let rules = PasswordRule(own: [])
        #expect(rules.read("ｆｏｕｒ　ｇｒｅｅｎ bicycles").password == "four green bicycles")
        #expect(rules.read("cafe\u{301} on the old quay").password == rules.read("caf\u{e9} on the old quay").password)
        #expect(PasswordRule.normalised(String(repeating: "a", count: 100_000)) == nil)
    }

    @Test func `a hash knows its own password, whatever its cost, and nobody's knows none`() async throws {
        let cost = PasswordHash.Cost(rounds: 16)
        let hash = try PasswordHash("four green bicycles", cost: cost)
        let again = try PasswordHash("four green bicycles", cost: cost)
        #expect(try hash.isOf("four green bicycles") && !hash.isOf("four green bicycle"))
        #expect(hash.salt != again.salt && hash.hash != again.hash)
        let work = PasswordWork(cost: PasswordHash.Cost(rounds: 32), dictionary: "/usr/sbin/cracklib-check")
        #expect(try await work.isRight("four green bicycles", hash))
        let isNobody = try await work.isRight("four green bicycles", nil)
        #expect(!isNobody)
        #expect(try await work.hash("x").cost.rounds == 32)
    }

    /// RFC 7914 §12, the third vector; the last step makes blocks of 32 bytes, so that ours is its first half.
    @Test func `hashes are scrypt's`() throws {
        let expected =
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        let hash = stride(from: 0, to: 64, by: 2).compactMap { index in
            UInt8(expected.dropFirst(index).prefix(2), radix: 16)
        }
        let cost = PasswordHash.Cost(rounds: 16_384)
        let stored = PasswordHash(cost: cost, salt: Array("SodiumChloride".utf8), hash: Array(hash.prefix(32)))
        #expect(try stored.isOf("pleaseletmein"))
    }

    @Test func `the dictionary knows what is tried first`() async throws {
        let work = PasswordWork(cost: PasswordHash.Cost(rounds: 16), dictionary: "/usr/sbin/cracklib-check")
        for bad in ["password12", "1234567890", "qwertyuiop", "abcdefghij"] {
            #expect(try await work.isGuessable(bad), "\(bad)")
        }
        for good in ["four green bicycles: OK", "春江潮水连海平海上明月", "it is: a: colon"] {
            let isGuessable = try await work.isGuessable(good)
            #expect(!isGuessable, "\(good)")
        }
        let missing = PasswordWork(cost: PasswordHash.Cost(rounds: 16), dictionary: "/nowhere")
        await #expect(throws: PasswordWork.Unchecked.self) { _ = try await missing.isGuessable("x") }
    }

    @Test func `a token is for a role of today, and of staff only with a second factor`() throws {
        func holding(_ role: Role) -> GoodHolding {
            GoodHolding(id: UUID(), role: role, unit: "zhujian", unitName: "住建局", until: nil)
        }
        let (signer, deputy) = (holding(.signer), holding(.deputy))
        #expect(try Choosing.choose(nil, from: [], factor: true) == nil)
        #expect(try Choosing.choose(nil, from: [signer, deputy], factor: false) == deputy)
        #expect(try Choosing.choose(nil, from: [signer, deputy], factor: true) == signer)
        #expect(try Choosing.choose(nil, from: [signer], factor: false) == nil)
        #expect(try Choosing.choose(deputy.id, from: [signer, deputy], factor: false) == deputy)
        #expect(throws: Choosing.Refusal.factorRequired) {
            try Choosing.choose(signer.id, from: [signer, deputy], factor: false)
        }
        #expect(throws: Choosing.Refusal.unknown) { try Choosing.choose(UUID(), from: [signer], factor: true) }
    }

    @Test func `what is kept of a client says nothing that breaks a line, and not the whole address`() {
        #expect(Session.agent("Mozilla/5.0\r\nX: y\u{202e}é") == "Mozilla/5.0X: y")
        #expect(Session.agent(String(repeating: "a", count: 5_000)).count == 120)
        let client = Client(address: .init("192.0.2.77"), agent: nil)
        #expect(client.network == "192.0.2.0/24" && client.counted == [192, 0, 2, 77])
        let six = Client(address: .init("2001:db8:1:2:3:4:5:6"), agent: nil)
        #expect(six.network == "2001:db8:1::/48" && six.counted.count == 8)
        #expect(Client(address: nil, agent: nil).network == nil)
    }
}
