import Contracts
import Foundation
import Support
import Testing

/// What comes over the broker and stands in addresses, with changed bytes.
struct FuzzTests {
    private static func again<Body: Codable>(_ type: Body.Type, _ bytes: [UInt8]) -> Fuzzing.Verdict {
        guard let value = try? EventCoding.decode(type, from: bytes) else { return .refused }
        // What was read can be told on, and is the same to the next.
        guard let first = try? EventCoding.encode(value), let other = try? EventCoding.decode(type, from: first),
            let second = try? EventCoding.encode(other)
        else { return .wrong("cannot be told on") }
        let objects = [first, second].map { try? JSONSerialization.jsonObject(with: Data($0)) as? NSDictionary }
        return objects[0] == objects[1] ? .taken : .wrong("another when told on")
    }

    @Test func `every message is read or refused, and what is read can be told on`() throws {
        let types: [(EventName, any (Codable & Sendable).Type)] =
            Catalog.events.map { ($0.name, $0) }
            + (Catalog.toDepartments + Catalog.fromDepartments).map { ($0.name, $0) }
        for (name, type) in types {
            let seeds = try Documents.examples(of: name)
            let outcome = Fuzzing("message \(name)", texts: seeds, count: Fuzzing.count(200)).run {
                Self.again(type, $0)
            }
            #expect(outcome.failures == [] && outcome.taken > 0, "\(name)")
        }
    }

    @Test func `moments, ids and codes are read in one form or not at all`() {
        let moments = [
            "2026-03-02T03:20:00.123456Z", "2026-03-02t03:20:00+08:00", "9999-12-31T23:59:59.999999999-23:59",
        ]
        let times = Fuzzing("moments", texts: moments).run(texts: { text in
            guard let moment = Timestamp(text) else { return .refused }
            return Timestamp(moment.description) == moment ? .taken : .wrong(moment.description)
        })
        #expect(times.failures == [] && times.taken > 20)
        let ids = Fuzzing("ids", texts: ["0192F3C4-5a10-7c11-8a51-3f2a9d0c1b01"]).run(texts: { text in
            guard let id = SuggestionID(text) else { return .refused }
            return id.description == text.lowercased() ? .taken : .wrong(id.description)
        })
        #expect(ids.failures == [] && ids.taken > 5)
        let codes = Fuzzing("codes of units", texts: ["chengguan", "ST-X01"]).run(texts: { text in
            guard let code = DepartmentCode(text) else { return .refused }
            // It becomes part of queue names and routing keys.
            return code.rawValue.wholeMatch(of: /[A-Za-z0-9-]{1,32}/) == nil ? .wrong(text) : .taken
        })
        #expect(codes.failures == [] && codes.taken > 20)
    }
}
