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

/// Roles that end or are held for others, and what the public sees, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct HoldingRoutesIntegrationTests {
    private static let (own, foreign) = ("zhujian/registrar", "xixing-gongwei/registrar")

    private func person(_ login: String, _ directory: DirectoryWorld) async throws -> Dossier {
        try #require(
            try await directory.engine.database.transaction {
                try await DirectoryStore.dossier(login: login, locking: false, in: $0)
            }
        )
    }

    @Test func `a substitute is appointed to a day, once, by the unit's registrar, and ends with the one who is away`()
        async throws
    {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let (signer, clerk) = (
                try await person("signer.zhujian", directory), try await person("clerk.zhujian", directory)
            )
            let until = CivilDate(of: .now).adding(days: 7).description
            let path = "/v1/holdings/\(signer.holdings[0].id.uuidString.lowercased())"
            let body = #"{"person":"\#(clerk.person.id)","until":"\#(until)"}"#
            func ask(_ body: String, as caller: String) async throws -> ServiceClient.Answer {
                let answer = try await directory.client.post("\(path)/substitute", body, as: caller)
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await ask(body, as: Self.foreign).status == 404)
            #expect(try await ask(body.replacing(until, with: "soon"), as: Self.own).faults == ["/until date"])
            #expect(try await ask(body.replacing(until, with: "2020-01-01"), as: Self.own).status == 409)
            let nobody = body.replacing(clerk.person.id.description, with: SuggestionID.make().description)
            #expect(try await ask(nobody, as: Self.own).faults == ["/person unknown"])
            let made = try await ask(body, as: Self.own)
            #expect(made.status == 200, "\(made.json)")
            #expect(made.json["holding"]?["role"]?.text == "signer" && made.json["holding"]?["until"]?.text == until)
            #expect(try await ask(body, as: Self.own).json == made.json, "the same again")
            let reviewer = try await person("reviewer.zhujian", directory)
            let second = body.replacing(clerk.person.id.description, with: reviewer.person.id.description)
            #expect(try await ask(second, as: Self.own).status == 409)

            for _ in 0..<2 {
                let ended = try await directory.client.post("\(path)/end", #"{"reason":"调离"}"#, as: Self.own)
                #expect(ended.status == 200 && ended.breaches == [] && ended.json["holding"]?["state"]?.text == "ended")
            }
            #expect(try await person("clerk.zhujian", directory).holdings.map(\.state) == [.confirmed, .ended])
            let acts = try await directory.peopleActs().filter { !$0.hasSuffix("people.import") }
            #expect(
                acts.sorted() == [
                    "account:zhujian@zhujian holding.end", "account:zhujian@zhujian holding.end: 调离",
                    "account:zhujian@zhujian substitute.appoint: \(signer.person.id)",
                ]
            )
            // Each person's events are numbered without gaps.
            let versions = try await directory.world.number(
                """
                SELECT count(*) FROM people
                WHERE version <> (SELECT count(*) FROM acts WHERE acts.aggregate = people.id)
                """,
                of: .directory
            )
            #expect(versions == 0)
        }
    }

    @Test func `who has left ends with what others hold for them, and no file brings them back`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let (signer, clerk) = (
                try await person("signer.zhujian", directory), try await person("clerk.zhujian", directory)
            )
            _ = try await directory.desk.substitute(
                for: signer.holdings[0].id,
                by: clerk.person.id,
                until: CivilDate(of: .now),
                actor: "a",
                Authority(role: .director, unit: nil, person: nil)
            )
            func end(_ login: String) async throws -> Bool? {
                try await directory.engine.outbox.transaction {
                    try await PeopleDesk.end(login: login, Act(actor: "a", authority: "person.end"), in: $0)
                }
            }
            let ends = [try await end("signer.zhujian"), try await end("signer.zhujian"), try await end("nobody")]
            #expect(ends == [true, false, nil])
            #expect(try await person("clerk.zhujian", directory).holdings.map(\.state) == [.confirmed, .ended])
            let again = try await directory.settle(people: true)
            #expect(again.filter { $0 != .same }.map(\.description) == ["refused: login ended"])
            let acts = try await directory.peopleActs()
            #expect(acts.filter { $0 == "a person.end" }.count == 2)
        }
    }

    @Test func `nobody sets the password of who holds what is not theirs to give`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            func invite(_ login: String, as caller: String) async throws -> Int {
                let path = "/v1/people/\(try await person(login, directory).person.id)/invitation"
                let answer = try await directory.client.send(.post, path, as: caller)
                #expect(answer.breaches == [])
                return answer.status
            }
            for (login, caller, status) in [
                ("signer.zhujian", "zhujian/registrar", 201), ("signer.zhujian", Self.foreign, 404),
                ("liaison.st-x01", Self.foreign, 201), ("deputy.001", "binjiang/registrar", 201),
                ("auditor", "binjiang/registrar", 403), ("director", "binjiang/registrar", 403),
                ("registrar", "binjiang/registrar", 403), ("registrar.xixing-gongwei", "binjiang/registrar", 201),
                ("auditor", "operator/operator", 403), ("registrar", "operator/operator", 201),
                ("signer.zhujian", "operator/operator", 403), ("deputy.001", "operator/operator", 403),
            ] {
                #expect(try await invite(login, as: caller) == status, "\(login) by \(caller)")
            }
        }
    }

    @Test func `two who decide at once make one decision`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let id = try await directory.register("zhang.san", "clerk", "zhujian")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        let (what, body) = index.isMultiple(of: 2) ? ("confirm", "{}") : ("refuse", #"{"reason":"x"}"#)
                        return try await directory.client.post("/v1/registrations/\(id)/\(what)", body, as: Self.own)
                            .status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 4 && statuses.filter { $0 == 409 }.count == 4, "\(statuses)")
            #expect(try await directory.peopleActs().count == 2)
        }
    }

    @Test func `anyone signed in sees units; everybody sees stations and deputies' cards, and nothing else of them`()
        async throws
    {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            func get(_ path: String, as caller: String? = nil) async throws -> ServiceClient.Answer {
                let answer = try await directory.client.send(.get, path, as: caller)
                #expect(answer.breaches == [], "\(path)")
                return answer
            }
            #expect(try await get("/v1/units").status == 401)
            #expect(try await get("/v1/units", as: "nobody/voter").json["items"]?.elements.count == 113)
            #expect(try await get("/v1/units?kind=station", as: "nobody/voter").json["items"]?.elements.count == 72)
            #expect(try await get("/v1/units?kind=castle", as: "nobody/voter").status == 400)
            let unit = try await get("/v1/units/ST-X07", as: "screen/screen").json
            #expect(unit["parent"]?.text == "ST-X0" && unit["category"]?.text == "livelihood")
            #expect(try await get("/v1/units/none", as: "screen/screen").status == 404)

            let stations = try await get("/v1/stations").json["items"]?.elements ?? []
            #expect(stations.count == 72 && stations.filter { $0["above"] == nil }.count == 4)
            #expect(Set(stations.compactMap { $0["category"]?.text }).count == StationCategory.allCases.count)
            #expect(try await get("/v1/deputies").json["items"]?.elements.count == 145)
            let cards = try await get("/v1/deputies?station=ST-X07").json["items"]?.elements ?? []
            #expect(cards.count == 2 && cards.allSatisfy { $0["stations"]?[0]?["name"]?.text == "西兴街道第7联络站（民生）" })
            let id = try #require(cards[0]["id"]?.text)
            let card = try await get("/v1/deputies/\(id)")
            #expect(
                card.json == cards[0]
                    && Set(card.json.members.keys) == ["id", "name", "level", "delegation", "stations"]
            )
            let clerk = try await person("clerk.zhujian", directory)
            #expect(try await get("/v1/deputies/\(clerk.person.id)").status == 404, "who is no deputy has no card")
            let deputy = try await person("deputy.001", directory)
            let end = try await directory.client.post(
                "/v1/holdings/\(deputy.holdings[0].id.uuidString.lowercased())/end",
                #"{"reason":"辞职"}"#,
                as: "binjiang/registrar"
            )
            #expect(end.status == 200)
            #expect(
                try await get("/v1/deputies/\(deputy.person.id)").status == 404,
                "a mandate that has ended has no card"
            )
        }
    }
}
