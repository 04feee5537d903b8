import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import Support
import Testing

@testable import Directory

/// Signing in at an outside provider that really runs.
@Suite(.timeLimit(.minutes(5)))
struct ProviderIntegrationTests {
    @Test func `who is linked signs in at the provider, and nobody else does`() async throws {
        try await OutsideProvider.with { provider in
            try await DirectoryWorld.with(providers: [provider.link]) { directory in
                let person = try await directory.person("zhang.wei", [(.deputy, "district")])
                func start() async throws -> (location: String, state: String) {
                    let answer = try await directory.send(.get, "/v1/oidc/mock/start")
                    #expect(answer.status == 200)
                    return (answer.json["location"]?.text ?? "", answer.json["state"]?.text ?? "")
                }
                func finish(_ state: String, _ code: String) async throws -> ServiceClient.Answer {
                    try await directory.send(.post, "/v1/oidc/mock/finish", ["state": state, "code": code])
                }
                let list = try await directory.send(.get, "/v1/oidc")
                #expect(list.json["items"]?.elements.map { $0["label"]?.text } == ["模拟"])
                let first = try await start()
                let back = try await provider.authorize(first.location, as: "gov-4711")
                #expect(back.state == first.state)
                let stranger = try await finish(back.state, back.code)
                #expect(stranger.status == 403 && stranger.json["type"]?.text == "/problems/identity-not-linked")
                try await directory.engine.outbox.transaction {
                    let act = Act(actor: "operator:test", authority: "identity.link")
                    try await ProviderDesk.link("mock", "gov-4711", to: person.id, at: .now, by: act, in: $0)
                }
                #expect(try await finish(back.state, back.code).status == 401, "a state is good once")
                let second = try await start()
                let again = try await provider.authorize(second.location, as: "gov-4711")
                #expect(try await finish(first.state, again.code).status == 401, "another state")
                let answer = try await finish(again.state, again.code)
                #expect(answer.status == 200)
                let secret = try #require(answer.json["secret"]?.text)
                #expect(try await directory.token(of: secret).status == 200)
                let third = try await start()
                #expect(try await finish(third.state, again.code).status == 401, "a code is good once")
                let fourth = try await start()
                directory.clock.advance(ProviderDesk.stateLifetime)
                let late = try await provider.authorize(fourth.location, as: "gov-4711")
                #expect(try await finish(late.state, late.code).status == 401, "too late")
                #expect(try await directory.send(.get, "/v1/oidc/nobody/start").status == 404)
                let elsewhere = try await directory.client.send(
                    .get,
                    "/v1/oidc/mock/start?return=https://evil.example/"
                )
                #expect(elsewhere.faults == ["/return unknown"])
            }
        }
    }

    @Test func `a link is made by who has begun it, and the second factor is asked for`() async throws {
        try await OutsideProvider.with { provider in
            try await DirectoryWorld.with(providers: [provider.link]) { directory in
                let person = try await directory.enrol(try await directory.person("zhang.wei", [(.signer, "zhujian")]))
                let other = try await directory.person("li.na")
                let mine = try await directory.goodToken(of: try await directory.session(person))
                let theirs = try await directory.goodToken(of: try await directory.session(other))
                func begin(_ token: String) async throws -> (code: String, state: String) {
                    let answer = try await directory.send(.post, "/v1/me/oidc/mock/start", token: token)
                    return try await provider.authorize(answer.json["location"]?.text ?? "", as: "gov-4711")
                }
                func link(_ back: (code: String, state: String), _ token: String) async throws -> Int {
                    let body = ["state": back.state, "code": back.code]
                    return try await directory.send(.post, "/v1/me/oidc/mock/finish", body, token: token).status
                }
                #expect(try await link(try await begin(mine), theirs) == 401, "somebody else's state")
                let back = try await begin(mine)
                let body = ["state": back.state, "code": back.code]
                #expect(
                    try await directory.send(.post, "/v1/oidc/mock/finish", body).status == 401,
                    "not for a sign-in"
                )
                #expect(try await link(try await begin(mine), mine) == 204)
                #expect(try await link(try await begin(mine), mine) == 204, "again is harmless")
                #expect(try await link(try await begin(theirs), theirs) == 409, "it is somebody's")
                let start = try await directory.send(.get, "/v1/oidc/mock/start").json["location"]?.text ?? ""
                let arrived = try await provider.authorize(start, as: "gov-4711")
                let answer = try await directory.send(
                    .post,
                    "/v1/oidc/mock/finish",
                    ["state": arrived.state, "code": arrived.code]
                )
                #expect(answer.status == 200 && answer.json["secret"] == nil)
                directory.clock.advance(.seconds(OneTimeCode.step))
                let shown = try await directory.send(
                    .post,
                    "/v1/sign-in/factor",
                    ["challenge": answer.json["challenge"]?.text ?? "", "code": directory.code(of: person)]
                )
                #expect(shown.status == 200)
                #expect(try await directory.send(.delete, "/v1/me/oidc/mock", token: mine).status == 204)
                #expect(try await directory.send(.delete, "/v1/me/oidc/mock", token: mine).status == 404)
            }
        }
    }

    @Test func `a provider that is away is no fault of ours`() async throws {
        let provider = Provider(
            name: "away",
            label: "离线",
            // Port 1 is nobody's.
            issuer: "http://127.0.0.1:1",
            clientID: "ebinda",
            returns: [OutsideProvider.returnAddress]
        )
        let link = ProviderLink(provider: provider, secret: Secret("x"))
        try await DirectoryWorld.with(providers: [link]) { directory in
            let answer = try await directory.send(.get, "/v1/oidc/away/start")
            #expect(answer.status == 503)
        }
    }

    @Test func `an id token is for this sign-in at this provider, now`() {
        let now = Date()
        let provider = Provider(name: "p", label: "p", issuer: "https://p", clientID: "us", returns: [])
        func isGood(
            issuer: String = "https://p",
            subject: String = "s",
            audience: [String] = ["us"],
            party: String? = nil,
            nonce: String? = "n",
            issued: Double = 0,
            ends: Double = 300
        ) -> Bool {
            ProviderClaims(
                issuer: issuer,
                subject: subject,
                audience: audience,
                party: party,
                nonce: nonce,
                issuedAt: now.addingTimeInterval(issued),
                endsAt: now.addingTimeInterval(ends)
            )
            .isGood(from: provider, nonce: "n", at: now)
        }
        #expect(isGood() && isGood(audience: ["us", "them"], party: "us") && isGood(party: "us"))
        #expect(!isGood(issuer: "https://q") && !isGood(audience: ["them"]) && !isGood(audience: ["us", "them"]))
        #expect(!isGood(party: "them") && !isGood(nonce: "m") && !isGood(nonce: nil) && !isGood(subject: ""))
        #expect(!isGood(issued: 600) && !isGood(ends: -61) && isGood(ends: -59))
        for good in ["https://sso.example.gov.cn/realms/x", "http://127.0.0.1:8080", "http://localhost/a"] {
            #expect(Provider.isSafe(good), "\(good)")
        }
        for bad in ["http://sso.example.gov.cn", "ftp://127.0.0.1", "https://", "nonsense", "https://a:b@c/"] {
            #expect(!Provider.isSafe(bad), "\(bad)")
        }
    }
}
