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

/// Signing in and the tokens of people, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct SignInIntegrationTests {
    @Test func `login and password make a session, whose secret gets tokens that every service believes`() async throws
    {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.deputy, "zhujian")])
            let answer = try await directory.signIn(person)
            #expect(answer.status == 200 && answer.headers[.cacheControl] == "no-store")
            let secret = try #require(answer.json["secret"]?.text)
            let token = try await directory.token(of: secret)
            #expect(token.status == 200 && token.headers[.cacheControl] == "no-store")
            #expect(token.json["holdings"]?.elements.map { $0["role"]?.text } == ["deputy"])
            #expect(token.json["holdings"]?.elements.map { $0["unitName"]?.text } == ["住建局 zhujian"])
            let tokens = AccessTokens(database: directory.engine.database, logger: .silent)
            let caller = await tokens.caller(of: token.json["access_token"]?.text ?? "")
            #expect(caller == Caller(unit: "zhujian", role: .deputy, subject: "person:\(person.id)"))
            // The login as people type it.
            let typed = try await directory.send(
                .post,
                "/v1/sign-in",
                ["login": " Zhang.Wei", "password": person.password]
            )
            #expect(typed.status == 200)
            #expect(typed.json["secret"]?.text != secret, "a new secret at each sign-in")
            #expect(
                try await directory.acts("session.started") == Array(repeating: "person:\(person.id) sign-in", count: 2)
            )
        }
    }

    @Test func `whatever is wrong gets one and the same answer`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei")
            let ended = try await directory.person("li.na")
            let pending = try await directory.person("wang.fang")
            let none = try await directory.person("liu.yang", withPassword: false)
            _ = try await directory.engine.database.query(
                "UPDATE people SET state = 'ended' WHERE id = \(ended.id.rawValue)"
            )
            _ = try await directory.engine.database.query(
                "UPDATE people SET state = 'pending' WHERE id = \(pending.id.rawValue)"
            )
            var bodies: Set<String> = []
            for (login, password) in [
                (person.login, "four green bicycles"), (ended.login, ended.password), (pending.login, pending.password),
                (none.login, none.password), ("nobody.here", person.password), ("\u{0}", person.password),
                ("' OR 1=1 --", person.password), (person.login, ""), ("", person.password),
                (person.login, String(repeating: "a", count: 3_000)), (String(repeating: "a", count: 3_000), "x"),
            ] {
                let answer = try await directory.send(.post, "/v1/sign-in", ["login": login, "password": password])
                #expect(answer.status == 401, "\(login.prefix(20))")
                #expect(answer.headers[.wwwAuthenticate] != nil)
                var members = answer.json.members
                members["traceId"] = nil
                bodies.insert("\(members.sorted { $0.key < $1.key })")
            }
            #expect(bodies.count == 1)
            #expect(try await directory.acts("session.started") == [])
            let bad = try await directory.send(.post, "/v1/sign-in", ["login": "x"])
            #expect(bad.faults == ["/password required"])
        }
    }

    @Test func `five failures lock a login whether it is there or not, and the right password is not looked at`()
        async throws
    {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei")
            var answers: [String: [String]] = [:]
            for login in [person.login, "nobody.here"] {
                for attempt in 0..<7 {
                    let password = attempt == 6 ? person.password : "four green bicycles"
                    let answer = try await directory.send(.post, "/v1/sign-in", ["login": login, "password": password])
                    answers[login, default: []].append(
                        "\(answer.status) \(answer.json["type"]?.text ?? "") \(answer.headers[.retryAfter] ?? "")"
                    )
                }
            }
            #expect(answers[person.login] == answers["nobody.here"])
            #expect(
                answers[person.login] == Array(repeating: "401 /problems/sign-in-refused ", count: 5)
                    + Array(repeating: "429 /problems/sign-in-locked 900", count: 2)
            )
            #expect(try await directory.acts("sign-in.locked") == ["rule:sign-in-limit sign-in"], "of whoever is there")
            directory.clock.advance(.seconds(899))
            #expect(try await directory.signIn(person).status == 429)
            directory.clock.advance(.seconds(1))
            let answer = try await directory.signIn(person)
            #expect(answer.status == 200)
            #expect(answer.json["lockedAt"]?.text != nil, "with notice")
            let next = try await directory.signIn(person)
            #expect(next.status == 200 && next.json["lockedAt"] == nil, "once")
        }
    }

    @Test func `guesses that come together are not more than guesses in turn`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<20 {
                    group.addTask { try await directory.signIn(person, password: "guess number \(index)").status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 401 } == 5 && statuses.count { $0 == 429 } == 15)
        }
    }

    @Test func `an address that tries many logins is paced, and one that signs in is not`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei")
            for _ in 0..<65 { #expect(try await directory.signIn(person).status == 200) }
            var statuses: [Int] = []
            for index in 0..<62 {
                let body = ["login": "nobody-\(index)", "password": person.password]
                statuses.append(try await directory.send(.post, "/v1/sign-in", body).status)
            }
            #expect(statuses == Array(repeating: 401, count: 60) + [429, 429])
            let crowded = try await directory.send(.post, "/v1/invitation", ["token": "x", "password": "y"])
            #expect(crowded.status == 429 && crowded.headers[.retryAfter] == "6")
            directory.clock.advance(.seconds(6))
            #expect(try await directory.signIn(person).status == 200)
        }
    }

    @Test func `with a second factor the password alone makes no session, and a code is good once`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
            func challenge() async throws -> String {
                let answer = try await directory.signIn(person)
                #expect(answer.status == 200 && answer.json["secret"] == nil && answer.json["session"] == nil)
                return try #require(answer.json["challenge"]?.text)
            }
            func show(_ challenge: String, _ code: String) async throws -> ServiceClient.Answer {
                try await directory.send(.post, "/v1/sign-in/factor", ["challenge": challenge, "code": code])
            }
            let first = try await challenge()
            // The code with which it was confirmed has been used.
            #expect(try await show(first, directory.code(of: person)).status == 401)
            directory.clock.advance(.seconds(OneTimeCode.step))
            let code = directory.code(of: person)
            let answer = try await show(first, code)
            #expect(answer.status == 200 && answer.json["secret"]?.text != nil)
            #expect(
                try await show(first, directory.code(of: person, steps: 1)).status == 401,
                "a challenge is good once"
            )
            let second = try await challenge()
            #expect(try await show(second, code).status == 401, "a code is good once")
            #expect(try await show(second, directory.code(of: person, steps: 1)).status == 200)
            let third = try await challenge()
            #expect(try await show(third, person.recovery[0]).status == 200)
            let fourth = try await challenge()
            #expect(try await show(fourth, person.recovery[0]).status == 401, "a recovery code too")
            #expect(try await show(fourth, person.recovery[1].lowercased()).status == 200)
            let late = try await challenge()
            directory.clock.advance(SignInDesk.challengeLifetime)
            #expect(try await show(late, directory.code(of: person)).status == 401)
            #expect(try await show(Secrets.make(), directory.code(of: person)).status == 401)
            #expect(try await show("x\u{0}", "\u{0}").status == 401)
            let recovered = try await directory.acts("credential.changed").filter { $0.hasSuffix(" sign-in") }
            #expect(recovered.count == 2)
        }
    }

    @Test func `codes that are guessed lock the login, however many challenges there are`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
            var statuses: [Int] = []
            for index in 0..<6 {
                let answer = try await directory.signIn(person)
                guard let challenge = answer.json["challenge"]?.text else {
                    statuses.append(answer.status)
                    continue
                }
                let body = ["challenge": challenge, "code": String(100_000 + index)]
                statuses.append(try await directory.send(.post, "/v1/sign-in/factor", body).status)
            }
            #expect(statuses == [401, 401, 401, 401, 401, 429])
        }
    }

    @Test func `a role of staff is given to a session with a second factor alone`() async throws {
        try await DirectoryWorld.with { directory in
            var person = try await directory.person("zhang.wei", [(.signer, "zhujian"), (.deputy, "district")])
            let bare = try await directory.session(person)
            let first = try await directory.token(of: bare)
            #expect(first.json["holding"]?.text == person.holdings[1], "the first that may be given")
            let refused = try await directory.token(of: bare, holding: person.holdings[0])
            #expect(refused.status == 403 && refused.json["type"]?.text == "/problems/factor-required")
            person = try await directory.enrol(person)
            #expect(try await directory.token(of: bare).status == 401, "it has ended with the change")
            let secret = try await directory.session(person)
            let second = try await directory.token(of: secret, holding: person.holdings[0])
            #expect(second.status == 200 && second.json["holding"]?.text == person.holdings[0])
            let me = try await directory.send(.get, "/v1/me", token: second.json["access_token"]?.text)
            #expect(me.status == 200 && me.json["factor"] == .boolean(true))
        }
    }

    @Test func `a token is for a role of today: of nobody else, not ended, not yet, not over`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.deputy, "district"), (.liaison, "station-1")])
            let other = try await directory.person("li.na", [(.liaison, "station-2")])
            let over = try await directory.person("wang.fang", [(.liaison, "station-3")], until: -1)
            let substitute = try await directory.person("liu.yang", [(.liaison, "station-1")], until: 0)
            let secret = try await directory.session(person)
            for (index, role) in [("0", "deputy"), ("1", "liaison")].map({ (Int($0.0) ?? 0, $0.1) }) {
                let token = try await directory.goodToken(of: secret, holding: person.holdings[index])
                let tokens = AccessTokens(database: directory.engine.database, logger: .silent)
                #expect(await tokens.caller(of: token)?.role.rawValue == role)
            }
            #expect(try await directory.token(of: secret, holding: other.holdings[0]).status == 403)
            #expect(try await directory.token(of: secret, holding: "nonsense").faults == ["/holding uuid"])
            let none = try await directory.token(of: try await directory.session(over))
            #expect(none.json["holdings"] == .array([]) && none.json["holding"] == nil)
            let tokens = AccessTokens(database: directory.engine.database, logger: .silent)
            let caller = await tokens.caller(of: none.json["access_token"]?.text ?? "")
            #expect(caller?.role == .voter && caller?.unit == "binjiang")
            let until = try await directory.token(of: try await directory.session(substitute)).json["holdings"]
            #expect(until?.elements.first?["until"]?.text?.count == 10)
            _ = try await directory.engine.database.query(
                "UPDATE holdings SET state = 'ended' WHERE id = \(try #require(UUID(uuidString: person.holdings[0])))"
            )
            #expect(try await directory.token(of: secret, holding: person.holdings[0]).status == 403)
        }
    }

    @Test func `a lock names the registrar who is nearest, and never the person themselves`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            _ = try await directory.person("top.one", [(.registrar, "quban")], withPassword: false)
            let clerk = try await directory.person("zhang.wei", [(.clerk, "zhujian")])
            let registrar = try await directory.person("li.na", [(.registrar, "chengguan")])
            let under = try await directory.person("wang.fang", [(.clerk, "chengguan")])
            let voter = try await directory.person("zhao.lei")
            for person in [clerk, registrar, under, voter] {
                for _ in 0..<5 { _ = try await directory.signIn(person, password: "falsch falsch falsch") }
            }
            let rows = try await directory.engine.database.query(
                "SELECT convert_from(body, 'UTF8') AS body FROM acts WHERE name = 'sign-in.locked'"
            )
            let told = try rows.map { row in
                try EventCoding.decode(SignInLocked.self, from: Array(try row["body", as: String.self].utf8))
            }
            let registrars = Dictionary(told.map { ($0.person, $0.registrars?.map(\.rawValue)) }) { first, _ in first }
            #expect(
                registrars == [clerk.id: ["quban"], registrar.id: ["quban"], under.id: ["chengguan"], voter.id: nil]
            )
        }
    }
}
