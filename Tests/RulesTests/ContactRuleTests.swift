import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// What packs say of contacts before an answer, and how it is counted.
struct ContactRuleTests {
    private func pack(_ name: String) throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(name).json"))
    }

    @Test(arguments: [("zhejiang-hangzhou", nil as String?), ("chongqing", "2026-04-01T15:59:59.999999Z")])
    func `the answer to a deputy waits for a contact under both packs, and one of them names a term`(
        name: String,
        due: String?
    ) throws {
        let terms = try RulePack(json: pack(name)).terms
        let formal = terms.contactRule(for: .formal)
        #expect(formal.required && formal.basis.text.contains("联系"))
        #expect(!terms.contactRule(for: .opinion).required, "nobody was found who asks for it")
        let start = try #require(Timestamp("2026-03-04T02:00:00Z"))
        let counted = terms.counted(in: .china)
        #expect(counted.contactDue(for: .formal, .lead, from: start)?.description == due)
        #expect(counted.contactDue(for: .formal, .assisting, from: start) == nil, "who leads speaks for all")
        #expect(counted.contactDue(for: .opinion, .single, from: start) == nil)
    }

    @Test func `a kind that is missing or stands there twice is a fault with its path`() throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: pack("zhejiang-hangzhou")) as? [String: Any]
        )
        var contacts = try #require(object["contacts"] as? [[String: Any]])
        contacts[0]["kind"] = "opinion"
        contacts[0]["basis"] = ["standing": "law", "text": " "]
        object["contacts"] = contacts
        let json = try JSONSerialization.data(withJSONObject: object)
        let empty = try #require(#expect(throws: RulePack.Faults.self) { try RulePack(json: json) })
        #expect(empty.lines == ["/contacts/0/basis/text: must not be empty"])
        let twice = try #require(#expect(throws: LegalTerms.Faults.self) { try LegalTerms(json: json) })
        #expect(
            twice.lines == [
                "/contacts: 2 entries of kind opinion; one wanted", "/contacts: 0 entries of kind formal; one wanted",
            ]
        )
    }
}
