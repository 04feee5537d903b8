import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// What is held of a person is handed to them, and erased, at their request.
@Suite(.timeLimit(.minutes(5)))
struct PersonalDataIntegrationTests {
    /// Tables in which a person's id may stand for good: what roles were held, and by what their events are counted.
    private static let staying: Set<String> = ["people", "holdings", "credentials", "erased", "acts", "codes"]

    /// Every text column and body of the schema in which words stand.
    private func places(of words: String, in directory: DirectoryWorld) async throws -> [String] {
        let database = directory.engine.database
        let tables = try await database.query(
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'directory' AND table_type = 'BASE TABLE'"
        ).map { try $0["name", as: String.self] }
        var found: [String] = []
        for table in tables {
            let count = try await database.query(
                """
                SELECT count(*) FROM directory.\(unsafe: table) AS t
                WHERE position(\(words) IN to_jsonb(t)::text) > 0
                      OR position(encode(convert_to(\(words), 'UTF8'), 'hex') IN to_jsonb(t)::text) > 0
                """
            )[0].value(at: 0, as: Int.self)
            if count > 0 { found.append(table) }
        }
        return found
    }

    private func rows(of person: SuggestionID, in directory: DirectoryWorld) async throws -> Set<String> {
        Set(try await places(of: person.description, in: directory))
    }

    private func verify(_ directory: DirectoryWorld) async throws -> SealVerification {
        let sealer = Sealer(outbox: directory.engine.outbox, logger: .silent)
        let database = directory.engine.database
        try await eventually("everything is sealed") {
            _ = try await sealer.seal()
            return try await SealVerification.of(database, published: [:]).unsealed == 0
        }
        return try await SealVerification.of(
            database,
            published: [:],
            told: try await SealVerification.told(in: database)
        )
    }

    @Test func `a deputy who has left gets all that is held, and is erased with it, and the chain holds`() async throws
    {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let officer = "binjiang/registrar"
            let form =
                #"{"login":"deputy.gone","name":"欧阳鸣雁","role":"deputy","unit":"binjiang","level":"district","delegation":"一团","stations":["ST-X01"]}"#
            let added = try await directory.client.post("/v1/people", form, as: officer)
            #expect(added.status == 200, "\(added.faults)")
            let id = try #require(added.json["person"]?["id"]?.text.flatMap { SuggestionID($0) })
            let holding = try #require(added.json["holding"]?["holding"]?.text)
            var person = Enrolled(id: id, login: "deputy.gone")
            let invitation = try await directory.invitation(of: person)
            _ = try await directory.send(.post, "/v1/invitation", ["token": invitation, "password": person.password])
            person = try await directory.enrol(person)
            let token = try await directory.goodToken(of: try await directory.session(person))
            #expect(try await verify(directory).faults == [])

            let mine = try await directory.send(.post, "/v1/me/export", token: token)
            #expect(mine.status == 200)
            #expect(mine.json["name"]?.text == "欧阳鸣雁" && mine.json["login"]?.text == "deputy.gone")
            #expect(mine.json["sessions"]?.elements.count == 1 && mine.json["holdings"]?.elements.count == 1)
            #expect(mine.json["signIn"]?["factorSince"]?.text != nil)
            let acts = mine.json["acts"]?.elements.compactMap { $0["name"]?.text } ?? []
            for name in ["person.changed", "credential.changed", "session.started"] {
                #expect(acts.contains(name), "\(name)")
            }
            let text = String(decoding: mine.body, as: UTF8.self)
            let secrets = try await directory.engine.database.query("SELECT encode(secret, 'hex') AS s FROM sessions")
            for row in secrets { #expect(!text.contains(try row["s", as: String.self])) }

            // Who acts in the state's name stays known.
            let why = ["reason": "本人书面申请"]
            let early = try await directory.send(.post, "/v1/people/\(id)/erasure", why, as: officer)
            #expect(early.status == 409)
            let own = try await directory.send(
                .post,
                "/v1/me/erasure",
                ["password": person.password, "code": person.recovery[0]],
                token: token
            )
            #expect(own.status == 409)
            let ended = try await directory.send(
                .post,
                "/v1/holdings/\(holding)/end",
                ["reason": "欧阳鸣雁已调离"],
                as: officer
            )
            #expect(ended.status == 200)
            let before = Set(try await places(of: "欧阳鸣雁", in: directory))
            #expect(before.isSuperset(of: ["people", "acts"]), "\(before)")

            for _ in 0..<2 {
                let erased = try await directory.send(.post, "/v1/people/\(id)/erasure", why, as: officer)
                #expect(erased.status == 204)
            }
            #expect(try await places(of: "欧阳鸣雁", in: directory) == [])
            #expect(try await places(of: "deputy.gone", in: directory) == [])
            #expect(try await rows(of: id, in: directory).subtracting(Self.staying).subtracting(["outbox"]) == [])
            #expect(try await directory.acts("person.erased").count == 1)
            let found = try await verify(directory)
            #expect(found.faults == [] && found.erased >= 2)

            // The roles stay under the id; the login is free, and nobody is who they were.
            let seen = try await directory.send(.get, "/v1/people/\(id)", as: officer)
            #expect(seen.json["name"]?.text == Erasure.mark && seen.json["state"]?.text == "ended")
            #expect(seen.json["holdings"]?.elements.count == 1)
            #expect(try await directory.signIn(person).status == 401)
            let after = try await directory.send(
                .get,
                "/v1/people?after=\(Person.erasedLogin(of: id))",
                as: officer
            )
            #expect(after.status == 200)
        }
    }

    @Test func `a voter who has registered with a phone erases themselves with the password alone`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("voter.one")
            try await directory.engine.database.execute(
                "INSERT INTO phones (number, person) VALUES (\([UInt8](repeating: 7, count: 32)), \(person.id.rawValue))"
            )
            let token = try await directory.goodToken(of: try await directory.session(person))
            let mine = try await directory.send(.post, "/v1/me/export", token: token)
            guard case .boolean(true)? = mine.json["signIn"]?["phone"] else {
                Issue.record("the number is told of: \(mine.json)")
                return
            }
            let wrong = try await directory.send(.post, "/v1/me/erasure", ["password": "falsch falsch"], token: token)
            #expect(wrong.status == 422)
            let gone = try await directory.send(.post, "/v1/me/erasure", ["password": person.password], token: token)
            #expect(gone.status == 204)
            #expect(try await directory.send(.get, "/v1/me", token: token).status == 404)
            #expect(try await places(of: "voter.one", in: directory) == [])
            #expect(
                try await rows(of: person.id, in: directory).subtracting(Self.staying).subtracting(["outbox"]) == []
            )
            #expect(try await directory.acts("person.erased") == ["person:\(person.id)@binjiang own.erase"])
            #expect(try await verify(directory).faults == [])
        }
    }

    @Test func `a registrar hands out and erases those alone whose roles were all below the unit`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let own = try await directory.person("zhang.wei", [(.clerk, "zhujian")], until: -1)
            let both = try await directory.person("li.na", [(.clerk, "zhujian"), (.clerk, "chengguan")], until: -1)
            let none = try await directory.person("wang.fang")
            let why = ["reason": "本人申请"]
            for action in ["export", "erasure"] {
                for (person, caller, status) in [
                    (none, "zhujian/registrar", 404), (both, "zhujian/registrar", 403),
                    (own, "chengguan/registrar", 404), (own, "zhujian/clerk", 403), (own, "zhujian/auditor", 403),
                    (own, "zhujian/registrar", action == "export" ? 200 : 204),
                    (none, "operator/operator", action == "export" ? 200 : 204),
                ] {
                    let answer = try await directory.send(
                        .post,
                        "/v1/people/\(person.id)/\(action)",
                        why,
                        as: caller
                    )
                    #expect(answer.status == status, "\(action) of \(person.login) by \(caller)")
                }
            }
            let unsaid = try await directory.send(
                .post,
                "/v1/people/\(both.id)/erasure",
                ["reason": " "],
                as: "operator/operator"
            )
            #expect(unsaid.status == 422)
        }
    }

    @Test func `whoever signs in at the moment of their erasure leaves no session behind`() async throws {
        try await DirectoryWorld.with { directory in
            for round in 0..<6 {
                let person = try await directory.person("racer.\(round)")
                async let signed = directory.signIn(person)
                async let erased = directory.send(
                    .post,
                    "/v1/people/\(person.id)/erasure",
                    ["reason": "本人申请"],
                    as: "operator/operator"
                )
                let (first, second) = (try await signed.status, try await erased.status)
                #expect([200, 401].contains(first) && second == 204)
                let left = try await rows(of: person.id, in: directory).subtracting(Self.staying)
                #expect(left.subtracting(["outbox"]) == [], "\(left)")
            }
        }
    }
}
