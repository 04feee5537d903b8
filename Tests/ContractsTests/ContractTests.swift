import Contracts
import Foundation
import Support
import Testing

/// What travels is what the document and the golden examples say.
struct ContractTests {
    private static let types: [(name: EventName, type: any (Codable & Sendable).Type)] =
        Catalog.events.map { ($0.name, $0) }
        + (Catalog.toDepartments + Catalog.fromDepartments).map { ($0.name, $0) }

    /// Decodes, encodes again, and compares as JSON values.
    private func survives<Body: Codable>(_ text: String, _: Body.Type) throws -> Bool {
        let value = try EventCoding.decode(Body.self, from: Array(text.utf8))
        let again = try JSONSerialization.jsonObject(with: Data(try EventCoding.encode(value)))
        let first = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return (first as? NSDictionary) == (again as? NSDictionary)
    }

    @Test func `every message has an example, and each survives decoding and encoding unchanged`() throws {
        for (name, type) in Self.types {
            let examples = try Documents.examples(of: name)
            #expect(!examples.isEmpty, "\(name) has no example")
            for example in examples { #expect(try survives(example, type), "\(name)") }
        }
    }

    @Test func `an unknown field is ignored, a missing one is named`() throws {
        let text = try #require(try Documents.examples(of: "receipt").first)
        let more = text.replacing("{", with: "{\"later\": 1,", maxReplacements: 1)
        #expect(throws: Never.self) { try EventCoding.decode(ReceiptMessage.self, from: Array(more.utf8)) }
        let error = #expect(throws: DecodingError.self) {
            try EventCoding.decode(ReceiptMessage.self, from: Array("{}".utf8))
        }
        #expect(String(describing: error).contains("assignment"))
    }

    @Test func `a code is letters, digits and hyphens`() {
        #expect(DepartmentCode("chengguan") != nil)
        #expect(StationCode("ST-X07") != nil)
        for bad in ["", "城管", "a b", "a.b", "a*", String(repeating: "a", count: 33)] {
            #expect(DepartmentCode(bad) == nil, "\(bad)")
        }
    }

    @Test func `no two messages share a name, and every event's owner listens to somebody or is heard`() {
        let names = Self.types.map(\.name)
        #expect(Set(names).count == names.count)
        for event in Catalog.events {
            #expect(Subscription.all.contains { $0.hears(event) }, "nobody hears \(event.name)")
        }
    }

    @Test func `the table of rights is fresh, and its words are known in both directions`() throws {
        let isFresh = try String(contentsOf: Documents.rights, encoding: .utf8) == RightsTable.markdown
        #expect(isFresh, "make documents")
        for right in Right.allCases { #expect(!right.grants.isEmpty, "\(right.rawValue)") }
    }

    @Test func `the AsyncAPI document is fresh`() throws {
        let kept = try String(contentsOf: Documents.asyncAPI, encoding: .utf8)
        let isFresh = kept == (try Documents.writtenAsyncAPI())
        #expect(isFresh, "run `make documents`")
    }

    @Test func `optional fields are not required by the schema, lists name their values`() throws {
        let schema = try Shape.of(SuggestionReceived.self).schema.text()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(schema.utf8)) as? [String: Any])
        let required = try #require(object["required"] as? [String])
        #expect(required.contains("station") && !required.contains("proposal"))
        let properties = try #require(object["properties"] as? [String: [String: Any]])
        #expect(properties["kind"]?["enum"] as? [String] == ["opinion", "formal"])
        #expect(properties["receivedAt"]?["format"] as? String == "date-time")
    }
}
