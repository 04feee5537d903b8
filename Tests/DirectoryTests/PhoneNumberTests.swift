import Contracts
import Testing

@testable import Directory

/// Numbers as people write them, and how often one may ask.
struct PhoneNumberTests {
    @Test func `a number is the same however it is written, and what is none is refused`() {
        for text in ["13800001234", "138 0000 1234", "+86 138-0000-1234", "008613800001234", "１３８００００１２３４"] {
            #expect(PhoneNumber(text)?.digits == "13800001234", "\(text)")
        }
        for text in ["", "1380000123", "138000012345", "12800001234", "057188888888", "+1 3800001234", "13８0000123x"] {
            #expect(PhoneNumber(text) == nil, "\(text)")
        }
    }

    @Test func `a login that people would take for a number is read as that number`() {
        for login in [
            "13800001234", "138-0000-1234", "138.0000.1234", "138_0000_1234", "8613800001234", "86-138.0000.1234",
            "008613800001234",
        ] {
            #expect(Person.isLogin(login) && PhoneNumber(login: login)?.digits == "13800001234", "\(login)")
        }
        for login in [
            "zhang.san", "1380000123", "138000012345", "12800001234", "z13800001234", "8712800001234", "2026",
        ] {
            #expect(PhoneNumber(login: login) == nil, "\(login)")
        }
    }

    @Test func `three in an hour, and then three more`() {
        var limit = PhoneLimit()
        let start = Timestamp.now
        #expect((0..<3).allSatisfy { limit.take(at: start + .seconds($0 * 60)) == nil })
        #expect(limit.take(at: start + .seconds(1_800)) == 1_800)
        #expect(limit.take(at: start + .seconds(3_599)) == 1)
        #expect(limit.take(at: start + .seconds(3_600)) == nil)
        #expect(limit.asked == 1)
    }

    @Test func `a message is sealed in one length, and says either the code or that there is an account`() throws {
        let number = try #require(PhoneNumber("13800001234"))
        let (new, known) = (PhoneMessage(to: number, code: "004217"), PhoneMessage(to: number, code: nil))
        #expect(new.bytes.count == known.bytes.count)
        #expect(PhoneMessage(new.bytes) == new && PhoneMessage(known.bytes) == known && PhoneMessage([1, 2]) == nil)
        #expect(new.text.contains("004217") && known.text.contains("已注册"))
        #expect((0..<100).allSatisfy { _ in PhoneMessage.makeCode().wholeMatch(of: /[0-9]{6}/) != nil })
    }
}
