import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// The shipped files, taken into real tables.
@Suite(.timeLimit(.minutes(5)))
struct ImportIntegrationTests {
    private struct Rules: Decodable {
        struct Entry: Decodable {
            struct Name: Decodable { let zh: String }
            let code: String
            let name: Name
            let tier: String?
            let category: String?
        }
        let committees: [Entry]
        let departments: [Entry]
        let stations: [Entry]
    }

    @Test func `the shipped files are taken whole, told once each, and are the same the second time`() async throws {
        try await DirectoryWorld.with { directory in
            let first = try await directory.settle(people: true)
            #expect(first.count == 113 + 420 && first.allSatisfy { $0 == .made })
            let second = try await directory.settle(people: true)
            #expect(second.count == first.count && second.allSatisfy { $0 == .same })
            let acts = try await directory.engine.database.query(
                "SELECT name, authority, count(*) FROM acts WHERE authority LIKE '%.import' GROUP BY 1, 2 ORDER BY 1"
            )
            .map {
                "\(try $0.value(at: 0, as: String.self)) \(try $0.value(at: 1, as: String.self)) \(try $0.value(at: 2, as: Int.self))"
            }
            #expect(acts == ["person.changed people.import 420", "unit.changed units.import 113"])
            let told = try await directory.engine.database.query(
                "SELECT convert_from(body, 'UTF8') FROM acts WHERE name = 'person.changed'"
            )
            .map { try $0.value(at: 0, as: String.self) }
            #expect(
                told.filter { $0.contains("\"publicName\"") }.count == 145 + 72,
                "deputies and liaison officers alone"
            )
            #expect(!told.contains { $0.contains("clerk.") || $0.contains("login") })
        }
    }

    @Test func `the units are those of the routing data, by code and name`() async throws {
        let rules = try JSONDecoder().decode(
            Rules.self,
            from: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"))
        )
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let book = try await directory.engine.database.transaction { try await DirectoryStore.units(in: $0) }
            for entry in rules.committees + rules.departments + rules.stations {
                let unit = try #require(book[entry.code], "\(entry.code)")
                #expect(unit.name == entry.name.zh && unit.category?.rawValue == entry.category)
            }
            let stations = book.sorted.filter { $0.kind == .station }
            let tiers = Dictionary(grouping: stations) { station in
                station.parent.flatMap { book[$0]?.kind }?.rawValue ?? ""
            }
            #expect(tiers.mapValues(\.count) == ["congress": 1, "committee": 3, "station": 68], "1+3+68")
        }
    }

    @Test func `a dry run says what would be and writes nothing; a bad line does not stop the others`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let forms = [
                HoldingForm(login: "zhang.san", name: "张三", role: "clerk", unit: "zhujian"),
                HoldingForm(login: "li.si", name: "李四", role: "clerk", unit: "nowhere"),
                HoldingForm(login: "wang.wu", name: "王五", role: "signer", unit: "zhujian"),
            ]
            func take(isDry: Bool) async throws -> [String] {
                try await directory.engine.outbox.transaction {
                    try await PeopleFile.take(forms, isDry: isDry, in: $0).map(\.description)
                }
            }
            let expected = ["made", "refused: unit unknown", "made"]
            let dry = try await take(isDry: true)
            #expect(dry == expected)
            let before = try await directory.world.number("SELECT count(*) FROM people", of: .directory)
            #expect(before == 0)
            #expect(try await take(isDry: false) == expected)
            #expect(try await take(isDry: true) == ["same", "refused: unit unknown", "same"])
            let after = try await directory.world.number("SELECT count(*) FROM people", of: .directory)
            let acts = try await directory.peopleActs().count
            #expect(after == 2 && acts == 2)
        }
    }
}
