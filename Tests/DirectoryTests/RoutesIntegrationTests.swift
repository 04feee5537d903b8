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

/// Tokens and keys over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct RoutesIntegrationTests {
    @Test func `the document names the routes that there are`() async throws {
        try await DirectoryWorld.with { directory in
            let differences = try RouteContract.differences(document: Documents.openAPI(of: .directory)) { router in
                directory.routes.add(to: router)
                directory.codes.add(to: router)
                ActsRoutes(engine: directory.engine).add(to: router)
            }
            #expect(differences == [])
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await DirectoryWorld.with { service in
            let outcome = try await RightsSweep.run(
                { router in
                    service.routes.add(to: router)
                    service.codes.add(to: router)
                    ActsRoutes(engine: service.engine).add(to: router)
                },
                service.client
            )
            #expect(outcome.breaches == [])
            #expect(outcome.cells >= Role.allCases.count + 2)
        }
    }

    @Test func `name and secret get a token that every service believes`() async throws {
        try await DirectoryWorld.with { directory in
            let secret = try await directory.account("zhujian")
            let tokens = AccessTokens(database: directory.engine.database, logger: .silent)
            let basic = Data("zhujian:\(secret)".utf8).base64EncodedString()
            let answers = [
                try await directory.token("grant_type=client_credentials&client_id=zhujian&client_secret=\(secret)"),
                try await directory.token(
                    "grant_type=client_credentials",
                    headers: [.authorization: "Basic \(basic)"]
                ),
            ]
            for answer in answers {
                #expect(answer.status == 200)
                #expect(answer.headers[.cacheControl] == "no-store")
                let token = try #require(answer.json["access_token"]?.text)
                let caller = await tokens.caller(of: token)
                #expect(caller == Caller(unit: "zhujian", role: .department, subject: "account:zhujian"))
                #expect(caller?.actor == "account:zhujian@zhujian")
            }
        }
    }

    @Test func `who is not known, knows no secret or has ended gets one and the same answer`() async throws {
        try await DirectoryWorld.with { directory in
            let (secret, other) = (try await directory.account("zhujian"), try await directory.account("jiaoyu"))
            try await directory.engine.outbox.transaction {
                try Roster.end(try await Roster.known("jiaoyu", in: $0), in: $0)
            }
            let grant = "grant_type=client_credentials"
            var bodies: Set<String> = []
            for form in [
                "\(grant)&client_id=nobody&client_secret=\(secret)",
                "\(grant)&client_id=zhujian&client_secret=\(other)",
                "\(grant)&client_id=jiaoyu&client_secret=\(other)", "\(grant)&client_id=zhujian&client_secret=",
                "\(grant)&client_id=zhujian&client_secret=\(secret)x", "\(grant)&client_id=zhujian", grant,
                "\(grant)&client_id=%00&client_secret=\(secret)",
                "\(grant)&client_id=zhujian&client_secret=\(String(repeating: "a", count: 3_000))",
                "\(grant)&client_id=' OR 1=1 --&client_secret=\(secret)",
            ] {
                let answer = try await directory.token(form)
                #expect(answer.status == 401, "\(form)")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
                bodies.insert(answer.json["detail"]?.text ?? "")
            }
            #expect(bodies.count == 1)
            for header in [
                "Basic", "Basic !!!", "Bearer \(secret)", "Basic \(Data("zhujian".utf8).base64EncodedString())",
            ] {
                #expect(try await directory.token(grant, headers: [.authorization: header]).status == 401, "\(header)")
            }
        }
    }

    @Test func `a bad form is named`() async throws {
        try await DirectoryWorld.with { directory in
            let empty = try await directory.token("")
            #expect(empty.status == 422)
            #expect(try await directory.token("grant_type=password").faults == ["/grant_type unknown"])
            #expect(try await directory.token("grant_type=a&grant_type=b").faults == [" duplicate"])
            #expect(try await directory.token("grant_type").faults == [" form"])
            #expect(try await directory.token("grant_type=%zz").faults == [" form"])
            let long = "grant_type=" + String(repeating: "a", count: 5_000)
            #expect(try await directory.token(long).status == 413)
            #expect(try await directory.token("{}", headers: [.contentType: "application/json"]).status == 415)
        }
    }

    @Test func `a new key is known before it signs, and what the old one signed stays good`() async throws {
        try await DirectoryWorld.with { directory in
            let secret = try await directory.account("zhujian")
            let form = "grant_type=client_credentials&client_id=zhujian&client_secret=\(secret)"
            let tokens = AccessTokens(database: directory.engine.database, logger: .silent)
            func keys() async throws -> [String] {
                try await directory.client.send(.get, "/v1/jwks").json["keys"]?.elements.compactMap { $0["kid"]?.text }
                    ?? []
            }
            let first = try await keys()
            let token = try #require(try await directory.token(form).json["access_token"]?.text)
            let new = try await directory.engine.outbox.transaction { try await DirectoryWorld.rotate(in: $0) }
            #expect(try await keys() == first + [try #require(new)])
            #expect(await tokens.caller(of: token) != nil)
            try await directory.engine.outbox.transaction {
                _ = try await KeyRing.revoke(first[0], lifetime: DirectoryWorld.lifetime, by: "operator:test", in: $0)
            }
            let strict = AccessTokens(database: directory.engine.database, logger: .silent)
            #expect(await strict.caller(of: token) == nil, "revoked is revoked at once")
        }
    }

    @Test func `accounts are shown without their secrets, and every change is an act`() async throws {
        try await DirectoryWorld.with { directory in
            let secret = try await directory.account("zhujian")
            let answer = try await directory.client.send(.get, "/v1/accounts", as: "operator/operator")
            #expect(answer.breaches == [])
            #expect(answer.json["items"]?.elements.map { $0["account"]?.text } == ["zhujian"])
            let hash = Account.hash(secret).map { String($0, radix: 16) }.joined()
            for text in [secret, hash] { #expect(!String(decoding: answer.body, as: UTF8.self).contains(text)) }
            let acts = try await directory.engine.database.query(
                "SELECT name, authority FROM acts ORDER BY occurred_at"
            )
            .map { try $0["name", as: String.self] + " " + $0["authority", as: String.self] }
            #expect(acts == ["signing-keys.published signing-key.rotate", "account.changed account.add"])
        }
    }
}
