import Calendar
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
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

    @Test func `units are told anew when somebody asks, and once by migrating, each whole and one version on`()
        async throws
    {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let act = Act(actor: "operator:migrate", authority: "units.tell")
            func told() async throws -> [Int] {
                try await directory.engine.outbox.transaction { transaction in
                    [
                        try await UnitsDesk.settle(act, in: transaction),
                        try await UnitsDesk.settle(act, in: transaction),
                        try await UnitsDesk.tellAnew(act, in: transaction),
                    ]
                }
            }
            let before = try await directory.engine.database.transaction { try await DirectoryStore.units(in: $0) }
            #expect(try await told() == [113, 0, 113])
            #expect(try await told() == [0, 0, 113])
            let acts = try await directory.engine.database.query(
                "SELECT aggregate, version, body FROM acts WHERE authority = 'units.tell' ORDER BY version"
            )
            let known = Dictionary(before.sorted.map { ($0.id, $0) }) { first, _ in first }
            var versions: [SuggestionID: [Int]] = [:]
            for row in acts {
                let unit = try #require(known[try row.id("aggregate")])
                versions[unit.id, default: []].append(try row["version", as: Int.self])
                let event = try EventCoding.decode(UnitChanged.self, from: try row["body", as: [UInt8].self])
                #expect(event == unit.event, "\(unit.code)")
            }
            #expect(versions.count == 113)
            for (id, versions) in versions {
                let first = try #require(known[id]?.version)
                #expect(versions == [first + 1, first + 2, first + 3])
            }
        }
    }

    @Test func `deputies and observers are told anew once by migrating, each whole and one version on`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let act = Act(actor: "operator:migrate", authority: "people.tell")
            func settle() async throws -> Int {
                try await directory.engine.outbox.transaction { try await MandateDesk.settle(act, in: $0) }
            }
            let before = try await directory.engine.database.transaction {
                try await DirectoryStore.allDossiers(in: $0)
            }
            #expect(try await settle() == 213, "145 deputies and 68 observers")
            #expect(try await settle() == 0)
            let acts = try await directory.engine.database.query(
                "SELECT aggregate, version, body FROM acts WHERE authority = 'people.tell'"
            )
            let known = Dictionary(before.map { ($0.person.id, $0) }) { first, _ in first }
            #expect(acts.count == 213)
            for row in acts {
                let dossier = try #require(known[try row.id("aggregate")])
                #expect(try row["version", as: Int.self] == dossier.person.version + 1)
                let told = try EventCoding.decode(PersonChanged.self, from: try row["body", as: [UInt8].self])
                #expect(told.holdings == dossier.event.holdings && told.publicName == dossier.publicName)
            }
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

    /// Days from today on which the line lets the role begin and end, and when what is held for it ends then; nil: at once.
    private static let losses: [(from: Int?, until: Int, left: Int?)] = [(1, 90, nil), (nil, 0, nil), (nil, 3, 3)]

    @Test(arguments: losses)
    func `a line that takes a role away ends what rests on it, as an officer would`(
        from: Int?,
        until: Int,
        left: Int?
    ) async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let today = CivilDate(of: .now)
            let (signer, clerk) = (
                try await directory.known("signer.zhujian"), try await directory.known("clerk.zhujian")
            )
            _ = try await directory.desk.substitute(
                for: signer.holdings[0].id,
                by: clerk.person.id,
                until: today.adding(days: 7),
                actor: "a",
                Authority(role: .director, unit: nil, person: nil)
            )
            var secrets: [String] = []
            for person in [signer.person, clerk.person] {
                let enrolled = Enrolled(id: person.id, login: person.login)
                let body = ["token": try await directory.invitation(of: enrolled), "password": enrolled.password]
                #expect(try await directory.send(.post, "/v1/invitation", body).status == 204)
                secrets.append(try await directory.session(enrolled))
            }
            var line = try #require(
                try PeopleFile.read(DirectoryWorld.file("people")).map(\.form).first { $0.login == "signer.zhujian" }
            )
            if let from { line.from = today.adding(days: from).description }
            line.until = today.adding(days: until).description
            let told = line
            for expected in [ImportOutcome.changed, .same] {
                let outcomes = try await directory.engine.outbox.transaction {
                    try await PeopleFile.take([told], isDry: false, in: $0)
                }
                #expect(outcomes == [expected])
            }
            let held = try #require(try await directory.known("clerk.zhujian").holdings.last)
            #expect(held.state == (left == nil ? .ended : .confirmed))
            #expect(held.validUntil == today.adding(days: left ?? 7))
            for secret in secrets {
                let isOver = try await directory.token(of: secret).status == 401
                #expect(isOver == (left == nil))
            }
            let ended = try await directory.acts("session.ended")
            #expect(ended == Array(repeating: "operator:command-line people.import", count: left == nil ? 2 : 0))
        }
    }
}
