import Contracts
import Foundation
import Rules
import Support
import Testing

/// The shipped terms, and what a file of terms must have.
struct LegalTermsTests {
    private func shipped() throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/terms.json"))
    }

    @Test func `a formal suggestion is answered within three months from its assignment, by law in force`() throws {
        let start = try #require(Timestamp("2026-03-02T03:20:00Z"))
        let clock = try LegalTerms(json: shipped()).clock(for: .formal, .lead, round: 1, from: start)
        #expect(clock.dueAt.description == "2026-06-02T15:59:59.999999Z")
        #expect(clock.basis.contains("第五十一条") && !clock.basis.contains("依据待核"))
    }

    @Test func `what is not law in force says so`() throws {
        let terms = try LegalTerms(json: shipped())
        let start = try #require(Timestamp("2026-03-02T03:20:00Z"))
        #expect(terms.clock(for: .opinion, .single, round: 1, from: start).basis.hasSuffix("（依据待核）"))
        #expect(terms.clock(for: .opinion, .single, round: 2, from: start).term == "P15D")
        #expect(terms.clock(for: .formal, .assisting, round: 1, from: start).term == "P2M")
    }

    @Test func `a file without an answer, or with two, names each fault`() throws {
        var object = try #require(try JSONSerialization.jsonObject(with: shipped()) as? [String: Any])
        var terms = try #require(object["terms"] as? [[String: Any]])
        terms.removeFirst()
        terms.append(terms[0])
        object["terms"] = terms
        let json = try JSONSerialization.data(withJSONObject: object)
        let faults = #expect(throws: LegalTerms.Faults.self) { try LegalTerms(json: json) }
        #expect(faults?.lines.count == 2)
    }
}
