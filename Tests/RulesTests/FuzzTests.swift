import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// The rules as data, with changed bytes: a slip in a file is told, and never a crash later.
struct FuzzTests {
    private static func shipped(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/\(name).json")))
    }

    @Test func `terms are read whole or refused`() throws {
        let start = Timestamp.now
        let outcome = Fuzzing(
            "terms",
            seeds: [try Self.shipped("zhejiang-hangzhou")],
            words: ["P3650D", "P0D", "P-1M"],
            count: Fuzzing.count(1_000)
        )
        .run { bytes in
            guard let terms = try? LegalTerms(json: Data(bytes)) else { return .refused }
            // What was read answers for every leg.
            for kind in SuggestionKind.allCases {
                for (role, round) in [(AssignmentRole.single, 1), (.assisting, 2)]
                where terms.counted(in: .china).clock(for: kind, role, round: round, from: start).dueAt <= start {
                    return .wrong("a period without a length")
                }
            }
            return .taken
        }
        #expect(outcome.failures == [] && outcome.taken > 5)
    }

    @Test func `packs are read whole or refused, stages and grounds with them`() throws {
        let outcome = Fuzzing(
            "packs",
            seeds: [try Self.shipped("zhejiang-hangzhou"), try Self.shipped("chongqing")],
            words: ["\"text\": \"\"", "24:00", "08:30-12:00", "5wd", "null"],
            count: Fuzzing.count(1_000)
        )
        .run { bytes in
            guard let pack = try? RulePack(json: Data(bytes)) else { return .refused }
            let isGrounded = pack.terms.terms.allSatisfy { $0.basis.text.contains { !$0.isWhitespace } }
            let ids = pack.stages.before.map(\.id) + [pack.stages.overdue.id]
            return isGrounded && Set(ids).count == ids.count && pack.terms.rule.hours?.isEmpty != true
                ? .taken : .wrong("a number without a ground, or two stages alike")
        }
        #expect(outcome.failures == [] && outcome.taken > 5)
    }

    @Test func `stations are read whole or refused`() throws {
        let small = Array(#"{"stations":[{"code":"ST-X01","subdistrict":"xixing"},{"code":"ST-00"}]}"#.utf8)
        let outcome = Fuzzing("stations", seeds: [small]).run { bytes in
            guard let stations = try? Stations(json: Data(bytes)) else { return .refused }
            return stations.standing(of: StationCode(rawValue: "")) != .unknown
                ? .wrong("a station without a code") : .taken
        }
        #expect(outcome.failures == [] && outcome.taken > 20)
    }
}
