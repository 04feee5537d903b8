import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Dashboard

/// The screen's answers over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct RoutesIntegrationTests {
    private static let parts = ["overview", "committees", "departments", "categories", "stations"]
    private static let asOf = HTTPField.Name("Ebinda-As-Of")
    private static let lag = HTTPField.Name("Ebinda-Lag")
    private let start = Timestamp(microseconds: 1_770_000_000_000_000)

    private func told(_ count: Int, seed: UInt64 = 2) throws -> [Folding.Input] {
        var generator = SeededGenerator(seed: seed)
        return try (0..<count).flatMap { try Life(number: "BJ-\($0)", from: start, using: &generator).told }
    }

    private func header(_ name: HTTPField.Name?, _ answer: ServiceClient.Answer) throws -> String {
        let name = try #require(name)
        return try #require(answer.headers[name])
    }

    @Test func `the document names the routes that there are`() async throws {
        try await DashboardWorld.with { dashboard in
            let differences = try RouteContract.differences(document: Documents.openAPI(of: .dashboard)) { router in
                Routes(board: dashboard.board, database: dashboard.engine.database).add(to: router)
            }
            #expect(differences == [])
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await DashboardWorld.with { service in
            let outcome = try await RightsSweep.run(
                { router in
                    Routes(board: service.board, database: service.engine.database).add(to: router)
                },
                service.client
            )
            #expect(outcome.breaches == [])
            #expect(outcome.cells >= Role.allCases.count + 2)
        }
    }

    @Test func `before the figures were read nothing is answered`() async throws {
        try await DashboardWorld.with { dashboard in
            for path in Self.parts + ["suggestions?state=closed", "suggestions/BJ-1"] {
                let answer = try await dashboard.get("/v1/\(path)")
                #expect(answer.status == 503)
            }
        }
    }

    @Test func `every answer says how far it is, and is not sent again to whoever has it`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try told(30)
            try await dashboard.hear(told)
            try await dashboard.board.renew()
            let newest = try #require(told.map(\.metadata.time).max())
            for path in Self.parts + ["suggestions?state=closed", "suggestions/BJ-1"] {
                let answer = try await dashboard.get("/v1/\(path)")
                #expect(answer.status == 200)
                #expect(try header(Self.asOf, answer) == "\(newest)")
                let lag = try #require(Double(header(Self.lag, answer)))
                #expect(lag < 30)
                let tag = try #require(answer.headers[.eTag])
                for tags in [tag, "*", "W/\(tag)", "\"a\", \(tag), \"b\""] {
                    let again = try await dashboard.get("/v1/\(path)", tags: tags)
                    #expect(again.status == 304 && again.body.isEmpty, "\(path) \(tags)")
                    #expect(
                        again.headers[.eTag] == tag && again.headers[.lastModified] == answer.headers[.lastModified]
                    )
                    #expect(try header(Self.asOf, again) == "\(newest)")
                }
                for tags in ["\"other\"", "", tag.uppercased() + "x"] {
                    #expect(try await dashboard.get("/v1/\(path)", tags: tags).status == 200, "\(path) \(tags)")
                }
            }
        }
    }

    @Test func `a change of the figures changes the tag, and nothing else does`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try told(10)
            try await dashboard.hear(Array(told.dropLast(3)))
            try await dashboard.board.renew()
            let first = try await dashboard.get("/v1/overview")
            try await dashboard.board.renew()
            #expect(try await dashboard.get("/v1/overview").headers[.eTag] == first.headers[.eTag])
            try await dashboard.hear(Array(told.suffix(3)))
            try await dashboard.board.renew()
            let next = try await dashboard.get("/v1/overview", tags: first.headers[.eTag])
            #expect(next.status == 200 && next.headers[.eTag] != first.headers[.eTag])
        }
    }

    @Test func `the figures are those of the facts, each rate with what it is made of`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try told(80)
            try await dashboard.hear(told)
            try await dashboard.board.renew()
            let facts = try Dictionary(grouping: told, by: \.metadata.aggregate).values.map { inputs in
                try inputs.reduce(into: Fact()) { try $0.apply($1.metadata.name, $1.body) }
            }
            let overview = try await dashboard.get("/v1/overview").json
            for state in Fact.State.allCases {
                let count = facts.count { $0.state == state }
                #expect((overview["states"]?[state.rawValue]?.whole ?? 0) == count, "\(state)")
            }
            let legs = facts.flatMap(\.legs.values)
            let inTime = legs.reduce(0) { $0 + ($1.inTime ?? 0) }
            let all = inTime + legs.reduce(0) { $0 + ($1.late ?? 0) }
            #expect(
                overview["onTime"]?["numerator"]?.whole == inTime && overview["onTime"]?["denominator"]?.whole == all
            )
            let (late, again) = (
                legs.reduce(0) { $0 + $1.lateRounds }, legs.reduce(0) { $0 + $1.furtherMissedEnds }
            )
            #expect(late > 0 && again > 0)
            #expect(overview["overdue"]?.whole == late && overview["missedEnds"]?.whole == late + again)
            #expect(overview["handling"]?["items"]?.whole == facts.count { $0.state == .closed })
            let departments = try await dashboard.get("/v1/departments").json["items"]?.members ?? [:]
            #expect(departments.values.reduce(0) { $0 + ($1["legs"]?.whole ?? 0) } == legs.count { $0.isGiven == true })
            for (measure, sum) in [("missed", late), ("missedEnds", late + again)] {
                #expect(departments.values.reduce(0) { $0 + ($1[measure]?.whole ?? 0) } == sum, "\(measure)")
            }
            let stations = try await dashboard.get("/v1/stations").json["items"]?.members.values.flatMap(
                \.members.values
            )
            #expect(stations?.reduce(0) { $0 + ($1.whole ?? 0) } == 80)
        }
    }

    @Test(arguments: ["zhejiang-hangzhou", "chongqing"])
    func `the same facts have the rates of each jurisdiction's pack`(pack: String) async throws {
        try await DashboardWorld.with(pack: pack) { dashboard in
            let told = try told(200)
            try await dashboard.hear(told)
            try await dashboard.board.renew()
            let facts = try Dictionary(grouping: told, by: \.metadata.aggregate).values.map { inputs in
                try inputs.reduce(into: Fact()) { try $0.apply($1.metadata.name, $1.body) }
            }
            func letters(_ letter: ReplyOutcome) -> Int { facts.count { $0.outcome?.letter == letter } }
            func verdicts(_ verdict: Verdict) -> Int { facts.count { $0.outcome?.verdict == verdict } }
            #expect(letters(.planned) > 0 && verdicts(.accepted) > 0, "or both packs would say the same")
            let isOurs = pack == "zhejiang-hangzhou"
            let overview = try await dashboard.get("/v1/overview").json
            let (solved, good) = (overview["solved"], overview["satisfaction"])
            #expect(solved?["numerator"]?.whole == letters(.solved) + (isOurs ? 0 : letters(.planned)))
            #expect(solved?["denominator"]?.whole == facts.count { $0.state == .closed })
            #expect(good?["numerator"]?.whole == verdicts(.satisfied) + (isOurs ? verdicts(.accepted) : 0))
            #expect(good?["denominator"]?.whole == facts.count { $0.outcome?.verdict != nil })
            #expect(good?["definition"]?["zh"]?.text?.hasPrefix(isOurs ? "满意率：" : "满意率（不含基本满意）：") == true)
        }
    }

    @Test func `a list holds what a figure counts, page by page, oldest first`() async throws {
        try await DashboardWorld.with { dashboard in
            for index in 0..<3 { try await dashboard.hear(try told(150, seed: UInt64(index))) }
            try await dashboard.board.renew()
            let stations = try await dashboard.get("/v1/stations").json["items"]?.members ?? [:]
            for (station, counts) in stations {
                let expected = counts.members.values.reduce(0) { $0 + ($1.whole ?? 0) }
                var items: [JSON] = []
                var path: String? = "/v1/suggestions?station=\(station)"
                while let now = path {
                    let page = try await dashboard.get(now).json
                    items += page["items"]?.elements ?? []
                    path = page["next"]?.text.map { "/v1/suggestions?station=\(station)&after=\($0)" }
                }
                #expect(Set(items.compactMap { $0["suggestion"]?.text }).count == expected && items.count == expected)
                let times = items.compactMap { $0["receivedAt"]?.text }
                #expect(times == times.sorted())
            }
        }
    }

    @Test func `a timeline has every event of its item by time`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try told(5)
            try await dashboard.hear(told)
            try await dashboard.board.renew()
            let item = told[0].metadata.aggregate
            let answer = try await dashboard.get("/v1/suggestions/BJ-0").json
            #expect(answer["item"]?["suggestion"]?.text == item.description)
            let events = told.filter { $0.metadata.aggregate == item }
            #expect(answer["timeline"]?.elements.count == events.count)
            let times = answer["timeline"]?.elements.compactMap { $0["at"]?.text } ?? []
            #expect(times == times.sorted() && Set(times).count > 1)
        }
    }

    @Test func `a timeline's lines say the document's number and how a contact was held, and nobody's words`()
        async throws
    {
        try await DashboardWorld.with { dashboard in
            var told = try told(1)
            let first = told[0].metadata
            let record = ContactRecord(mode: .telephone, heldAt: start, officer: "李某", with: .deputy, text: "秘密的话")
            let department = DepartmentCode(rawValue: "zhujian")
            let assignment = AssignmentID.make()
            let contact = ContactRecorded(
                assignment: assignment,
                department: department,
                round: 1,
                record,
                dueAt: nil,
                recordedAt: start
            )
            let reply = ReplyIssued(
                assignment: assignment,
                department: department,
                role: .single,
                round: 1,
                outcome: .solved,
                text: "秘密的话",
                issuedAt: start,
                dueAt: start,
                completesRound: true,
                documentNumber: "滨住建函〔2026〕12号"
            )
            for (version, name, body) in [
                (901, ContactRecorded.name, try EventCoding.encode(contact)),
                (902, ReplyIssued.name, try EventCoding.encode(reply)),
            ] {
                let metadata = EventMetadata(
                    id: .make(),
                    name: name,
                    owner: .replies,
                    aggregate: first.aggregate,
                    version: version,
                    time: start
                )
                told.append(Folding.Input(metadata: metadata, body: body))
            }
            try await dashboard.hear(told)
            try await dashboard.board.renew()
            let answer = try await dashboard.get("/v1/suggestions/BJ-0")
            let lines = answer.json["timeline"]?.elements.filter { $0["detail"] != nil } ?? []
            #expect(lines.count == 2)
            let details = Dictionary(lines.compactMap { line in line["event"]?.text.map { ($0, line["detail"]) } }) {
                $1
            }
            let spoken = details[ContactRecorded.name.rawValue]
            #expect(spoken??["mode"]?.text == "telephone" && spoken??["with"]?.text == "deputy")
            #expect(spoken??["department"]?.text == "zhujian" && spoken??["heldAt"]?.text == "\(start)")
            #expect(details[ReplyIssued.name.rawValue]??["documentNumber"]?.text == "滨住建函〔2026〕12号")
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("秘密"))
        }
    }

    @Test func `lag grows while events wait or nothing is heard, and only then`() async throws {
        try await DashboardWorld.with { dashboard in
            let told = try told(10)
            try await dashboard.hear(Array(told.dropLast(2)))
            dashboard.ears.hearing = .nothing
            try await dashboard.board.renew()
            let asOf = try #require(told.dropLast(2).map(\.metadata.time).max())
            #expect(dashboard.board.view?.currentAt == asOf, "all that is known is how old the newest event is")
            dashboard.ears.hearing = .everything
            try await dashboard.board.renew()
            let current = try #require(dashboard.board.view?.currentAt)
            #expect(Timestamp.now - current < .seconds(20))
            for hearing in [Consumption.Hearing.nothing, .part] {
                dashboard.ears.hearing = hearing
                try await dashboard.board.renew()
                #expect(dashboard.board.view?.currentAt == current)
            }
        }
    }

    @Test func `what may not be asked, or is asked wrongly, is refused`() async throws {
        try await DashboardWorld.with { dashboard in
            try await dashboard.hear(try told(3))
            try await dashboard.board.renew()
            for path in Self.parts + ["suggestions?state=closed", "suggestions/BJ-0"] {
                #expect(try await dashboard.get("/v1/\(path)", as: nil).status == 401)
                #expect(try await dashboard.get("/v1/\(path)", as: "nobody/observer").status == 403)
            }
            for query in [
                "", "state=closed&station=ST-X01", "state=unknown", "state=%00", "committee=%00", "category=a%20b",
                "station=%E5%9F%8E", "state=closed&after=x", "state=closed&after=%00~%00", "colour=red",
            ] {
                #expect(try await dashboard.get("/v1/suggestions?\(query)").status == 400, "\(query)")
            }
            for number in ["BJ-none", "%00", "'", "BJ-0%00"] {
                #expect(try await dashboard.get("/v1/suggestions/\(number)").status == 404, "\(number)")
            }
            #expect(try await dashboard.client.send(.post, "/v1/overview", as: "screen/screen").status == 405)
            #expect(try await dashboard.client.send(.get, "/v1/else", as: "screen/screen").status == 404)
        }
    }
}
