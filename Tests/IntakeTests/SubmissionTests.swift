import Contracts
import Rules
import Testing

@testable import Intake

/// Every rule of what may be handed in.
struct SubmissionTests {
    private func submission(
        kind: SuggestionKind = .opinion,
        submitter: Submitter = .voter,
        station: String = "ST-X01",
        title: String = "标题",
        text: String = "正文",
        analysis: String? = nil,
        proposal: String? = nil,
        contact: Submission.Contact? = nil
    ) throws(Submission.Unacceptable) -> Submission {
        try Submission(
            kind: kind,
            submitter: submitter,
            station: station,
            title: title,
            text: text,
            analysis: analysis,
            proposal: proposal,
            contact: contact
        ) { $0.rawValue == "ST-X01" ? .open : .unknown }
    }

    private func faults(_ make: () throws(Submission.Unacceptable) -> Submission) -> [String] {
        do {
            _ = try make()
            return []
        } catch {
            return error.faults.map { "\($0.pointer) \($0.rule)" }
        }
    }

    @Test func `white space around a text is not kept`() throws {
        let made = try submission(title: "  标题\n", text: "\n正文 ")
        #expect(made.title == "标题" && made.text == "正文")
    }

    @Test func `every fault is named at once`() {
        let found = faults { () throws(Submission.Unacceptable) in
            try submission(
                station: "ST-99",
                title: " ",
                text: String(repeating: "字", count: 10_001),
                contact: .init(name: "", phone: "12a")
            )
        }
        #expect(
            found == [
                "/title length", "/text length", "/station unknown", "/contact/name length", "/contact/phone phone",
            ]
        )
    }

    @Test func `the limits are inclusive`() throws {
        let made = try submission(
            title: String(repeating: "题", count: 60),
            text: String(repeating: "字", count: 10_000),
            contact: .init(name: nil, phone: "+86 138-0000-1234")
        )
        #expect(made.title.count == 60 && made.text.count == 10_000)
        #expect(
            faults { () throws(Submission.Unacceptable) in try submission(title: String(repeating: "题", count: 61)) }
                == ["/title length"]
        )
    }

    @Test func `a formal suggestion has three parts and a deputy`() throws {
        #expect(
            faults { () throws(Submission.Unacceptable) in try submission(kind: .formal) }
                == ["/analysis required", "/proposal required", "/submitter deputy-only"]
        )
        _ = try submission(kind: .formal, submitter: .deputy, analysis: "分析", proposal: "意见")
    }

    @Test(arguments: ["\0", "a\u{7}b", "a\u{1b}[31m"])
    func `control characters are refused`(text: String) {
        #expect(
            faults { () throws(Submission.Unacceptable) in try submission(text: "正文\(text)") } == ["/text characters"]
        )
    }

    @Test func `line feeds belong to a text and not to a title`() {
        #expect(faults { () throws(Submission.Unacceptable) in try submission(text: "一\n二\t三") } == [])
        #expect(faults { () throws(Submission.Unacceptable) in try submission(title: "一\n二") } == ["/title characters"])
    }

    @Test func `a contact of nothing is none`() throws {
        #expect(try submission(contact: .init(name: nil, phone: nil)).contact == nil)
    }

    @Test(arguments: [
        ("13800001234", true), ("+86 138-0000-1234", true), ("0571-87700000", true), ("123456", true),
        ("12345", false), ("123456789012345678901", false), ("+", false), ("++8613800001234", false),
        ("-123456", false),
        ("1380000123４", false), ("138 0000 1234\n", false), ("138０0001234", false), ("", false),
    ])
    func `a telephone number is digits with spaces and hyphens, perhaps behind a plus`(phone: String, isOne: Bool) {
        let made = try? submission(contact: .init(name: nil, phone: phone))
        #expect((made != nil) == isOne)
    }
}
