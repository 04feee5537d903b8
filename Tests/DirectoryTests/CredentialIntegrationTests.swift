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

/// What is a person's own: sessions, password, second factor, invitation, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct CredentialIntegrationTests {
    @Test func `sessions are listed without their secrets, and ended by their person alone`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.deputy, "district")])
            let other = try await directory.person("li.na")
            let (first, second) = (try await directory.session(person), try await directory.session(person))
            let token = try await directory.goodToken(of: first)
            let list = try await directory.send(.get, "/v1/me/sessions", token: token)
            let ids = list.json["items"]?.elements.compactMap { $0["session"]?.text } ?? []
            #expect(ids.count == 2)
            #expect(!String(decoding: list.body, as: UTF8.self).contains(first))
            let theirs = try await directory.goodToken(of: try await directory.session(other))
            #expect(try await directory.send(.delete, "/v1/me/sessions/\(ids[0])", token: theirs).status == 404)
            #expect(try await directory.token(of: second).status == 200, "it is not theirs")
            #expect(try await directory.send(.delete, "/v1/me/sessions/\(ids[0])", token: token).status == 204)
            #expect(try await directory.send(.delete, "/v1/me/sessions/\(ids[0])", token: token).status == 404)
            #expect(try await directory.token(of: second).status == 401, "ended")
            #expect(try await directory.token(of: first).status == 200)
            #expect(try await directory.acts("session.ended") == ["person:\(person.id)@district own.session"])
        }
    }

    @Test func `a session ends by itself: idle, of staff sooner, and whatever is done`() async throws {
        try await DirectoryWorld.with { directory in
            let (staff, deputy) = (
                try await directory.person("zhang.wei", [(.signer, "zhujian")]),
                try await directory.person("li.na", [(.deputy, "district")])
            )
            let (short, long) = (try await directory.session(staff), try await directory.session(deputy))
            // Used every twenty minutes a session of staff lasts a working day.
            for _ in 0..<35 {
                directory.clock.advance(.seconds(1_200))
                #expect(try await directory.token(of: short).status == 200)
            }
            directory.clock.advance(.seconds(1_200))
            #expect(try await directory.token(of: short).status == 401, "twelve hours")
            let idle = try await directory.session(staff)
            directory.clock.advance(.seconds(1_800))
            #expect(try await directory.token(of: idle).status == 401, "half an hour")
            #expect(try await directory.token(of: long).status == 200)
            directory.clock.advance(.seconds(30 * 86_400))
            #expect(try await directory.token(of: long).status == 401, "thirty days")
        }
    }

    @Test func `forged and foreign secrets get nothing`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.deputy, "district")])
            let answer = try await directory.signIn(person)
            let secret = try #require(answer.json["secret"]?.text)
            let session = try #require(answer.json["session"]?.text)
            let stored = try await directory.engine.database.query(
                "SELECT encode(secret, 'hex') AS secret FROM sessions"
            )
            let hash = try stored[0]["secret", as: String.self]
            #expect(hash == Account.hash(secret).map { String(format: "%02x", $0) }.joined(), "only its hash is kept")
            for forged in [
                "", session, hash, String(secret.dropLast()), secret + "A", Secrets.make(), "%00",
                "'%20OR%20true--", String(secret.reversed()),
            ] {
                #expect(try await directory.token(of: forged).status == 401, "\(forged)")
            }
            #expect(try await directory.token("grant_type=refresh_token").status == 401)
            let token = try await directory.goodToken(of: secret)
            for path in ["/v1/me", "/v1/me/sessions"] {
                #expect(try await directory.send(.get, path, token: secret).status == 401, "a secret is no token")
                #expect(try await directory.send(.get, path, token: token + "x").status == 401)
            }
            // What was known before the sign-in is worth nothing after it: nobody can fix a session in advance.
            let again = try await directory.client.post(
                "/v1/sign-in",
                """
                {"login": "\(person.login)", "password": "\(person.password)", "secret": "\(Secrets.make())", "session": "\(session)"}
                """
            )
            #expect(
                again.status == 200 && again.json["session"]?.text != session && again.json["secret"]?.text != secret
            )
        }
    }

    @Test func `another password ends every session, and wants the old one`() async throws {
        try await DirectoryWorld.with { directory in
            var person = try await directory.person("zhang.wei", [(.deputy, "district")])
            let (first, second) = (try await directory.session(person), try await directory.session(person))
            let token = try await directory.goodToken(of: first)
            func change(_ old: String, _ new: String) async throws -> ServiceClient.Answer {
                try await directory.send(.post, "/v1/me/password", ["old": old, "new": new], token: token)
            }
            let new = "six quiet lanterns"
            #expect(try await change("four green bicycles", new).faults == ["/old wrong"])
            #expect(try await change(person.password, "zhang.wei district").faults == ["/new own-words"])
            #expect(try await change(person.password, "qwertyuiop").faults == ["/new guessable"])
            #expect(try await change(person.password, "short").faults == ["/new length"])
            #expect(try await change(person.password, new).status == 204)
            for secret in [first, second] { #expect(try await directory.token(of: secret).status == 401) }
            #expect(try await directory.signIn(person).status == 401)
            person.password = new
            #expect(try await directory.signIn(person).status == 200)
            let ended = try await directory.acts("session.ended")
            #expect(ended == Array(repeating: "person:\(person.id)@district own.password", count: 2))
        }
    }

    @Test func `a second factor goes with password and code, and a session alone cannot take it away`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
            let secret = try await directory.session(person)
            let token = try await directory.goodToken(of: secret)
            func remove(_ password: String, _ code: String) async throws -> ServiceClient.Answer {
                try await directory.send(
                    .delete,
                    "/v1/me/factor",
                    ["password": password, "code": code],
                    token: token
                )
            }
            #expect(try await directory.send(.post, "/v1/me/factor", token: token).status == 409, "not over another")
            #expect(
                try await directory.send(.post, "/v1/me/factor/confirm", ["code": "123456"], token: token).status == 409
            )
            #expect(try await remove("four green bicycles", person.recovery[0]).faults == ["/password wrong"])
            #expect(try await remove(person.password, "123456").faults == ["/code wrong"])
            #expect(try await directory.token(of: secret).status == 200)
            #expect(try await remove(person.password, person.recovery[0]).status == 204)
            #expect(try await directory.token(of: secret).status == 401)
            let answer = try await directory.signIn(person)
            #expect(answer.json["secret"]?.text != nil, "the password is enough again")
            let left = try await directory.engine.database.query("SELECT 1 FROM recovery_codes")
            #expect(left.isEmpty)
        }
    }

    @Test func `an invitation is good once, for a week, and is not made by officers of other units`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.clerk, "nobody")], withPassword: false)
            let both = try await directory.person("li.na", [(.clerk, "nobody"), (.clerk, "jiaoyu")])
            let foreign = try await directory.person("wang.fang", [(.clerk, "jiaoyu")])
            func invite(_ person: Enrolled, as caller: String) async throws -> ServiceClient.Answer {
                try await directory.send(.post, "/v1/people/\(person.id)/invitation", as: caller)
            }
            let officer = "\(Staff.sweepUnit)/registrar"
            #expect(try await invite(foreign, as: officer).status == 404)
            #expect(try await invite(both, as: officer).status == 403, "who sets a password can become the person")
            #expect(try await invite(both, as: "operator/operator").status == 403, "nor who makes what runs")
            #expect(try await invite(both, as: "binjiang/director").status == 403, "it is no right of theirs")
            let old = try await invite(person, as: officer)
            #expect(old.status == 201)
            let new = try await invite(person, as: officer)
            func accept(_ token: JSON?, _ password: String = person.password) async throws -> ServiceClient.Answer {
                let body = ["token": token?.text ?? "", "password": password]
                return try await directory.send(.post, "/v1/invitation", body)
            }
            #expect(try await accept(old.json["token"]).status == 404, "the later one takes its place")
            #expect(try await accept(new.json["token"], "password12").faults == ["/password own-words"])
            #expect(try await accept(new.json["token"]).status == 204)
            #expect(try await accept(new.json["token"]).status == 404, "used")
            #expect(try await directory.signIn(person).status == 200)
            let late = try await invite(person, as: officer)
            directory.clock.advance(CredentialDesk.invitationLifetime)
            #expect(try await accept(late.json["token"]).status == 404)
            _ = try await directory.engine.database.query(
                "UPDATE people SET state = 'ended' WHERE id = \(person.id.rawValue)"
            )
            #expect(try await invite(person, as: officer).status == 409)
        }
    }

    @Test func `who has ended gets no token more, and their sessions are ended`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.person("zhang.wei", [(.deputy, "district")])
            let (first, second) = (try await directory.session(person), try await directory.session(person))
            _ = try await directory.engine.database.query(
                "UPDATE people SET state = 'ended' WHERE id = \(person.id.rawValue)"
            )
            #expect(try await directory.token(of: first).status == 401)
            #expect(try await directory.acts("session.ended").count == 2)
            _ = try await directory.engine.database.query(
                "UPDATE people SET state = 'active' WHERE id = \(person.id.rawValue)"
            )
            #expect(try await directory.token(of: second).status == 401)
            let third = try await directory.session(person)
            let holding = person.holdings[0]
            let reason = ["reason": "离任"]
            let ended = try await directory.send(.post, "/v1/holdings/\(holding)/end", reason, as: "binjiang/director")
            #expect(ended.status == 200)
            #expect(try await directory.token(of: third).status == 401, "with a role of theirs too")
        }
    }

    @Test func `what has ended by itself is swept, what has not is kept`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
            let secret = try await directory.session(person)
            _ = try await directory.signIn(person)
            _ = try await directory.invitation(of: person)
            func sweep() async throws -> [Int] {
                let (now, desk) = (directory.clock.now, directory.signIn)
                try await directory.engine.outbox.transaction {
                    SessionStore.sweep(at: now, longest: desk.terms.others.whole, in: $0)
                }
                var counts: [Int] = []
                for table in ["sessions", "challenges", "invitations", "attempts", "allowances"] {
                    let rows = try await directory.engine.database.query("SELECT count(*) FROM \(unsafe: table)")
                    counts.append(try rows[0].value(at: 0, as: Int.self))
                }
                return counts
            }
            let kept = try await sweep()
            #expect(kept == [1, 1, 1, 1, 1])
            #expect(try await directory.token(of: secret).status == 200)
            directory.clock.advance(.seconds(31 * 86_400))
            let left = try await sweep()
            #expect(left == [0, 0, 0, 0, 0])
        }
    }

    @Test func `secrets are in no act, no event and no other table in the clear`() async throws {
        try await DirectoryWorld.with { directory in
            let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
            let secret = try await directory.session(person)
            let tables = try await directory.engine.database.query(
                "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()"
            )
            var dump = ""
            for name in try tables.map({ try $0["name", as: String.self] }) {
                let rows = try await directory.engine.database.query("SELECT rows::text FROM \(unsafe: name) AS rows")
                dump += try rows.map { try $0.value(at: 0, as: String.self) }.joined()
            }
            #expect(dump.contains("zhang.wei"), "it is all there")
            for mark in [person.password, secret, Base32.text(person.factor), person.recovery[0], "192.0.2.1"] {
                #expect(!dump.contains(mark))
            }
            #expect(!dump.contains(Data(person.factor).base64EncodedString()))
        }
    }
}
