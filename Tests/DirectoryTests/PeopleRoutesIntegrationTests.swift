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

/// People, registrations and roles over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct PeopleRoutesIntegrationTests {
    private static let (own, above, foreign) = ("zhujian/registrar", "binjiang/director", "xixing-gongwei/registrar")

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test func `who registers waits, is confirmed once by their unit's registrar, and by nobody else`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let id = try await directory.register("zhang.san", "clerk", "zhujian")
            #expect(try await directory.register("zhang.san", "clerk", "zhujian") == id, "asked again, the same")
            func decide(_ what: String, as caller: String, body: String? = nil) async throws -> ServiceClient.Answer {
                let answer = try await directory.client.send(
                    .post,
                    "/v1/registrations/\(id)/\(what)",
                    as: caller,
                    body: body.map { Array($0.utf8) }
                )
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await decide("confirm", as: Self.foreign).status == 404, "not mine is not there")
            let listed = try await directory.client.send(.get, "/v1/registrations", as: Self.foreign)
            #expect(listed.breaches == [] && listed.json["items"]?.elements == [])
            let mine = try await directory.client.send(.get, "/v1/registrations", as: Self.own)
            #expect(mine.json["items"]?.elements.map { $0["holding"]?["holding"]?.text } == [id])
            let confirmed = try await decide("confirm", as: Self.own)
            #expect(confirmed.status == 200 && confirmed.json["person"]?["state"]?.text == "active")
            #expect(confirmed.json["holding"]?["state"]?.text == "confirmed")
            #expect(confirmed.json["decidedBy"]?.text == "account:zhujian@zhujian")
            #expect(try await decide("confirm", as: Self.above).status == 200, "the same decision again")
            let other = try await decide("refuse", as: Self.own, body: #"{"reason":"不在编"}"#)
            #expect(other.status == 409 && other.json["detail"]?.text?.hasPrefix("已有决定") == true)
            let acts = try await directory.peopleActs()
            #expect(acts.count == 2 && acts[0].hasSuffix("@zhujian registration"), "\(acts)")
            #expect(acts.last == "account:zhujian@zhujian registration.decide")
            let taken = try await directory.client.post(
                "/v1/registrations",
                DirectoryWorld.form("zhang.san", "clerk", "zhujian")
            )
            #expect(taken.status == 409 && taken.breaches == [], "a login says nothing of whose it is")
        }
    }

    @Test func `a refusal has its reason in the act, and what was refused may be asked for anew`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let id = try await directory.register("zhang.san", "liaison", "ST-X01")
            let path = "/v1/registrations/\(id)/refuse"
            for (body, fault) in [("{}", "/reason required"), (#"{"reason":" "}"#, "/reason length")] {
                let answer = try await directory.client.post(path, body, as: Self.foreign)
                #expect(answer.breaches == [] && answer.faults == [fault])
            }
            for _ in 0..<2 {
                let refused = try await directory.client.post(path, #"{"reason":"查无此人"}"#, as: Self.foreign)
                #expect(
                    refused.status == 200 && refused.json["holding"]?["state"]?.text == "refused",
                    "\(refused.faults)"
                )
                #expect(refused.json["person"]?["state"]?.text == "pending" && refused.breaches == [])
            }
            let acts = try await directory.peopleActs()
            #expect(acts.last == "account:xixing-gongwei@xixing-gongwei registration.decide: 查无此人" && acts.count == 2)
            #expect(try await directory.register("zhang.san", "liaison", "ST-X01") != id)
        }
    }

    @Test func `what cannot be asked for is named, and nothing is stored`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            for (form, fault) in [
                (DirectoryWorld.form("Z", "clerk", "zhujian"), "/login login"),
                (DirectoryWorld.form("zhang.san", "auditor", "binjiang"), "/role appointed"),
                (DirectoryWorld.form("zhang.san", "registrar", "zhujian"), "/role appointed"),
                (DirectoryWorld.form("zhang.san", "screen", "zhujian"), "/role unknown"),
                (DirectoryWorld.form("zhang.san", "clerk", "daibiao"), "/role unit"),
                (DirectoryWorld.form("zhang.san", "clerk", "' OR 1=1 --"), "/unit unknown"),
                (DirectoryWorld.form("zhang.san", "deputy", "binjiang"), "/level required"),
                (
                    DirectoryWorld.form("zhang.san", "observer", "ST-X01", more: #","deputies":["x"]"#),
                    "/deputies unknown"
                ),
                (DirectoryWorld.form("zhang.san", "clerk", "zhujian", more: #","until":"2020-01-01""#), "/until over"),
                (DirectoryWorld.form("zhang.san", "clerk", "zhujian", more: #","from":"0000-01-01""#), "/from date"),
            ] {
                let answer = try await directory.client.post("/v1/registrations", form)
                #expect(answer.breaches == [] && answer.status == 422 && answer.faults == [fault], "\(form)")
            }
            let bare = try await directory.client.post("/v1/registrations", "{}")
            #expect(Set(bare.faults) == ["/login required", "/name required", "/role required", "/unit required"])
            let count = try await directory.world.number("SELECT count(*) FROM people", of: .directory)
            #expect(count == 0)
        }
    }

    @Test func `of those who want one login at once, one gets it, and no one an error`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    let form = DirectoryWorld.form("zhang.san", "clerk", "zhujian").replacing("张三", with: "张\(index)")
                    group.addTask { try await directory.client.post("/v1/registrations", form).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [202] + Array(repeating: 409, count: 7))
            #expect(try await directory.peopleActs().count == 1)
        }
    }

    @Test func `a unit takes no more registrations than somebody could go through`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let form = DirectoryWorld.form("zhang.san", "clerk", "zhujian")
            _ = try await directory.register("zhang.san", "clerk", "zhujian")
            _ = try await directory.engine.database.query(
                """
                INSERT INTO holdings (id, person, role, unit, state, valid_from)
                SELECT gen_random_uuid(), people.id, 'clerk', 'zhujian', 'asked', now()
                FROM people, generate_series(2, \(PeopleDesk.askedLimit))
                """
            )
            let full = try await directory.client.post("/v1/registrations", form.replacing("zhang.san", with: "li.si"))
            #expect(full.status == 429 && full.breaches == [])
            _ = try await directory.register("li.si", "clerk", "jiaoyu")
            #expect(
                try await directory.client.post("/v1/registrations", form).status == 202,
                "who waits already is told so"
            )
            // One program behind one address does not get so far.
            var taken = 0
            for index in 0..<40 {
                let form = DirectoryWorld.form("flood.\(index)", "clerk", "jiaoyu")
                let answer = try await directory.client.post("/v1/registrations", form)
                #expect(answer.breaches == [])
                guard answer.status == 429 else {
                    taken += 1
                    continue
                }
                #expect(answer.headers[.retryAfter].flatMap { Int($0) } ?? 0 > 0)
            }
            #expect(taken < 30)
            directory.clock.advance(.seconds(12))
            let next = DirectoryWorld.form("zhao.liu", "clerk", "jiaoyu")
            #expect(try await directory.client.post("/v1/registrations", next).status == 202, "one in twelve seconds")
            #expect(try await directory.client.post("/v1/registrations", next).status == 429)
        }
    }

    @Test func `a registrar adds people to their own units, with roles that are theirs to give`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            func add(_ form: String, as caller: String) async throws -> ServiceClient.Answer {
                let answer = try await directory.client.post("/v1/people", form, as: caller)
                #expect(answer.breaches == [], "\(form)")
                return answer
            }
            let form = DirectoryWorld.form("zhang.san", "signer", "zhujian")
            #expect(try await add(form, as: Self.foreign).status == 403)
            let made = try await add(form, as: Self.own)
            #expect(made.status == 200 && made.json["holding"]?["state"]?.text == "confirmed")
            #expect(try await add(form, as: Self.own).json == made.json, "the same again")
            #expect(try await add(form.replacing("张三", with: "李四"), as: Self.own).status == 409)
            let clerk = try await add(DirectoryWorld.form("zhang.san", "clerk", "zhujian"), as: Self.own)
            #expect(clerk.json["person"]?["id"] == made.json["person"]?["id"])
            for role in ["registrar", "auditor", "operator"] {
                #expect(
                    try await add(DirectoryWorld.form("li.si", role, "zhujian"), as: Self.own).status == 403,
                    "\(role)"
                )
            }
            for (role, unit) in [
                ("auditor", "binjiang"), ("director", "binjiang"), ("committee", "chengjian"), ("signer", "zhujian"),
                ("clerk", "zhujian"), ("liaison", "ST-X01"),
            ] {
                let form = DirectoryWorld.form("li.si", role, unit)
                #expect(try await add(form, as: "operator/operator").status == 403, "\(role)")
            }
            #expect(try await add(DirectoryWorld.form("li.si", "auditor", "binjiang"), as: Self.above).status == 200)
            _ = try await directory.register("wang.wu", "clerk", "zhujian")
            #expect(
                try await add(
                    form.replacing("zhang.san", with: "wang.wu").replacing("signer", with: "clerk"),
                    as: Self.own
                ).status == 409
            )
            let acts = try await directory.peopleActs()
            #expect(acts.filter { $0 == "account:zhujian@zhujian person.register" }.count == 2, "\(acts)")
        }
    }

    @Test func `nobody decides about themselves`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let desk = directory.desk
            let form = HoldingForm(login: "zhang.san", name: "张三", role: "registrar", unit: "zhujian")
            let made = try await desk.add(form, by: "a", Authority(role: .director, unit: nil, person: nil))
            let me = Authority(role: .registrar, unit: "zhujian", person: made.dossier.person.id)
            await #expect(throws: PeopleDesk.NotEntitled.self) {
                let clerk = HoldingForm(login: "zhang.san", name: "张三", role: "clerk", unit: "zhujian")
                return try await desk.add(clerk, by: "a", me)
            }
            let director = Authority(role: .director, unit: nil, person: made.dossier.person.id)
            await #expect(throws: PeopleDesk.NotEntitled.self) {
                try await desk.end(made.holding.id, reason: "x", by: "a", director)
            }
        }
    }

    @Test func `lists come page by page within the caller's reach`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            func logins(_ base: String, as caller: String) async throws -> [String] {
                var (found, next): ([String], String?) = ([], base)
                while let path = next {
                    let answer = try await directory.client.send(.get, path, as: caller)
                    #expect(answer.breaches == [] && answer.status == 200)
                    found += answer.json["items"]?.elements.compactMap { $0["login"]?.text } ?? []
                    next = answer.json["next"]?.text.map { "\(base)\(base.contains("?") ? "&" : "?")after=\($0)" }
                }
                return found
            }
            let all = try await logins("/v1/people", as: "operator/operator")
            #expect(all.count == 420 && all == all.sorted() && Set(all).count == 420)
            let own = try await logins("/v1/people", as: Self.own)
            #expect(own == ["clerk.zhujian", "registrar.zhujian", "reviewer.zhujian", "signer.zhujian"])
            #expect(try await logins("/v1/people?unit=jiaoyu", as: Self.own) == [])
            let street = try await logins("/v1/people?unit=ST-X0", as: Self.foreign)
            #expect(
                street.count == 47 && street.allSatisfy { $0.contains(".st-x") },
                "24 liaison officers, 23 observers"
            )
            #expect(try await logins("/v1/people?called=Clerk.ZHUJIAN", as: Self.own) == ["clerk.zhujian"], "a login")
            #expect(try await logins("/v1/people?called=clerk", as: Self.own) == [], "and no part of one")
            #expect(try await logins("/v1/people?called=clerk.jiaoyu", as: Self.own) == [], "foreign is not there")
            #expect(try await logins("/v1/people?called=clerk.jiaoyu", as: "operator/operator").count == 1)
            let first = try await directory.client.send(.get, "/v1/people?called=clerk.zhujian", as: Self.own)
            let name = try #require(first.json["items"]?[0]?["name"]?.text)
            let part = Self.encoded(String(name.suffix(1)))
            let parts = try await logins("/v1/people?called=\(part)", as: Self.own)
            #expect(parts.contains("clerk.zhujian"), "\(name): \(parts)")
            #expect(try await logins("/v1/people?called=%25", as: Self.own) == [], "no sign stands for others")
            for query in ["called=", "called=%20", "called=a%00b", "called=\(String(repeating: "a", count: 61))"] {
                let refused = try await directory.client.send(.get, "/v1/people?\(query)", as: Self.own)
                #expect(refused.status == 400 && refused.breaches == [], "\(query)")
            }
            let bad = try await directory.client.send(.get, "/v1/people?after=A", as: Self.own)
            #expect(bad.status == 400 && bad.breaches == [])

            let list = try await directory.client.send(.get, "/v1/people?unit=zhujian", as: Self.own)
            let id = try #require(list.json["items"]?[0]?["id"]?.text)
            #expect(try await directory.client.send(.get, "/v1/people/\(id)", as: Self.own).status == 200)
            #expect(try await directory.client.send(.get, "/v1/people/\(id)", as: Self.foreign).status == 404)
        }
    }
}
