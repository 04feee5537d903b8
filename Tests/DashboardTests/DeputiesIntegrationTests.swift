import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Dashboard

/// What a deputy sees of items: those that name them, and their stations' that name nobody who sits; figures are for all of them.
@Suite(.timeLimit(.minutes(5)))
struct DeputiesIntegrationTests {
    private static let me = PersonID(rawValue: UUID(hyphenated: Staff.deputyID) ?? UUID())
    private let start = Timestamp(microseconds: 1_770_000_000_000_000)

    /// The numbers of every page of a list.
    private func listed(_ query: String, as caller: String, _ dashboard: DashboardWorld) async throws -> [String] {
        var numbers: [String] = []
        var path: String? = "/v1/suggestions?\(query)"
        while let now = path {
            let page = try await dashboard.get(now, as: caller).json
            numbers += page["items"]?.elements.compactMap { $0["number"]?.text } ?? []
            path = page["next"]?.text.map { "/v1/suggestions?\(query)&after=\($0)" }
        }
        return numbers
    }

    @Test func `a deputy finds their own items in lists and timelines, and no others`() async throws {
        try await DashboardWorld.with { dashboard in
            let other = PersonID.make()
            try await dashboard.sit(Self.me, at: ["ST-X01", "ST-X02"])
            try await dashboard.sit(other, at: ["ST-X01"])
            var generator = SeededGenerator(seed: 42)
            var mine: Set<String> = []
            var all: [String] = []
            for index in 0..<400 {
                let named = [nil, [Self.me], [other], [other, Self.me]][index % 4]
                let number = "BJ-\(1_000 + index)"
                let life = try Life(
                    number: number,
                    from: start + .seconds(index),
                    deputies: named,
                    using: &generator
                )
                try await dashboard.hear(life.told)
                let receipt = try EventCoding.decode(SuggestionReceived.self, from: life.told[0].body)
                all.append(number)
                let isNear = named == nil && receipt.station.rawValue != "ST-C01"
                if isNear || named?.contains(Self.me) == true { mine.insert(number) }
            }
            try await dashboard.board.renew()
            var (found, everything) = (Set<String>(), 0)
            for state in Fact.State.allCases {
                let own = try await listed("state=\(state)", as: Staff.deputy, dashboard)
                let whole = try await listed("state=\(state)", as: "screen/screen", dashboard)
                #expect(own == whole.filter { mine.contains($0) }, "\(state): in the same order, page by page")
                found.formUnion(own)
                everything += whole.count
            }
            #expect(found == mine && everything == 400 && mine.count > 200)
            for query in ["station=ST-C01", "committee=chengjian", "category=health"] {
                let whole = try await listed(query, as: "screen/screen", dashboard)
                let own = try await listed(query, as: Staff.deputy, dashboard)
                #expect(own == whole.filter { mine.contains($0) } && own.count < whole.count, "\(query)")
            }
            for number in all.prefix(60) {
                let status = try await dashboard.get("/v1/suggestions/\(number)", as: Staff.deputy).status
                #expect(status == (mine.contains(number) ? 200 : 404), "\(number)")
            }
            let systems = try await listed("committee=chengjian", as: "deputy/deputy", dashboard)
            #expect(systems == [], "a system has nothing")
            #expect(try await dashboard.get("/v1/overview", as: Staff.deputy).status == 200)
        }
    }

    @Test func `what is a deputy's own is as if it were not there for all others, at every endpoint`() async throws {
        try await DashboardWorld.with { dashboard in
            var generator = SeededGenerator(seed: 7)
            let life = try Life(number: "BJ-1", from: start, deputies: [Self.me], using: &generator)
            try await dashboard.hear(life.told)
            try await dashboard.board.renew()
            let fact = try life.told.reduce(into: Fact()) { try $0.apply($1.metadata.name, $1.body) }
            let sweep = try OwnershipSweep(document: Documents.openAPI(of: .dashboard), client: dashboard.client)
            let outcome = try await sweep.run { operation, role in
                guard operation.contains("/v1/suggestions") else { return nil }
                return OwnershipSweep.Thing(
                    owner: role == .deputy ? "person:\(Staff.deputyID)" : Staff.sweepUnit,
                    values: ["number": "BJ-1", "state": fact.state.rawValue],
                    marks: operation.contains("{number}") ? [life.suggestion.description] : []
                )
            }
            print(outcome.line("dashboard"))
            #expect(outcome.breaches == [] && outcome.cells > 20)
        }
    }

    @Test func `a rebuild knows whose each item is`() async throws {
        try await DashboardWorld.with { dashboard in
            var generator = SeededGenerator(seed: 3)
            let life = try Life(number: "BJ-1", from: start, deputies: [Self.me], using: &generator)
            try await dashboard.record(life.told, inTransactions: Array(repeating: 1, count: life.told.count))
            try await dashboard.hear(life.told)
            try await dashboard.position(life.told)
            // As it was before items had their deputies.
            try await dashboard.engine.database.execute(
                "UPDATE facts SET deputies = NULL, fact = fact #- '{receipt,deputies}'"
            )
            try await dashboard.board.renew()
            #expect(try await dashboard.get("/v1/suggestions/BJ-1", as: Staff.deputy).status == 404)
            _ = try await dashboard.rebuild(swaps: true)
            #expect(try await dashboard.get("/v1/suggestions/BJ-1", as: Staff.deputy).status == 200)
        }
    }
}
