import Bootstrap
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import Support
import Synchronization
import Testing

@testable import Portal

/// Signing in and what follows, with Directory played.
@Suite(.timeLimit(.minutes(5)))
struct SignInTests {
    private static func withDirectory(
        _ body: @escaping @Sendable (PortalWorld, DirectoryPlayer) async throws -> Void
    ) async throws {
        let player = DirectoryPlayer()
        try await RunningService.with(logger: .silent, routes: { player.add(to: $0) }) { port, _ in
            try await PortalWorld.with(directory: "http://127.0.0.1:\(port)") { try await body($0, player) }
        }
    }

    private static func signIn(
        _ browser: Browser,
        login: String = "wang.fang",
        password: String = "three quiet rivers",
        next: String = "/account"
    ) async throws -> Browser.Page {
        let page = try await browser.get("/sign-in?next=\(next)")
        return try await browser.post(
            "/sign-in",
            [
                ("csrf", page.value("csrf") ?? ""), ("next", page.value("next") ?? ""), ("login", login),
                ("password", password),
            ]
        )
    }

    @Test
    func `signing in makes another session and another name for the browser: nothing planted before is worth anything`()
        async throws
    {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            await browser.plant("ebinda-session", "planted-by-somebody")
            let before = try await browser.get("/status").value("csrf") ?? ""
            let visit = await browser.cookies["ebinda-visit"]
            #expect(try await Self.signIn(browser).status == 303)
            let session = try #require(await browser.cookies["ebinda-session"])
            #expect(session != "planted-by-somebody" && session.count > 100)
            #expect(await browser.cookies["ebinda-visit"] != visit)
            #expect(try await browser.post("/sign-out", [("csrf", before)]).status == 403, "the token from before")
            #expect(try await Self.signIn(browser).status == 303)
            #expect(await browser.cookies["ebinda-session"] != session, "another at each sign-in")
            // Changed in one letter, it is none.
            let thief = world.browser()
            await thief.plant("ebinda-session", String(session.dropLast(4)) + "AAAA")
            #expect(try await thief.get("/account").status == 303)
        }
    }

    @Test func `the cookie tells nobody what Directory's secret is`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            let answer = try await Self.signIn(browser)
            let cookie = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("ebinda-session=") })
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax") && !cookie.contains("the-secret"))
            let value = await browser.cookies["ebinda-session"] ?? ""
            #expect(
                Base64URL.decoded(value).map { !String(decoding: $0, as: UTF8.self).contains("the-secret") } == true
            )
        }
    }

    @Test func `a wrong password, a lock and an empty form each have their words`() async throws {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            let wrong = try await Self.signIn(browser, password: "wrong")
            #expect(wrong.status == 401 && wrong.html.contains("登录名或密码不正确") && wrong.value("login") == "wang.fang")
            #expect(wrong.value("password") == nil, "a password does not come back")
            #expect(try await Self.signIn(browser, password: "").html.contains("请输入登录名和密码"))
            player.state.withLock { $0.isLocked = true }
            let locked = try await Self.signIn(browser)
            #expect(locked.status == 429 && locked.html.contains("约 5 分钟") && locked.header("Retry-After") == "300")
        }
    }

    @Test func `the second factor is asked for in the browser that gave the password, and nowhere else`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            let page = try await Self.signIn(browser, login: "factor", next: "/unit/people")
            let challenge = try #require(page.value("challenge"))
            #expect(page.status == 200 && !challenge.contains("the-challenge"))
            #expect(await browser.cookies["ebinda-session"] == nil)
            let wrong = try await browser.post(
                "/sign-in/factor",
                [("csrf", page.value("csrf") ?? ""), ("challenge", challenge), ("code", "000000")]
            )
            #expect(wrong.status == 401 && wrong.html.contains("验证码不正确"))
            let stolen = try await world.browserWithToken { other, token in
                try await other.post(
                    "/sign-in/factor",
                    [("csrf", token), ("challenge", challenge), ("code", "123456")]
                )
            }
            #expect(stolen.status == 403)
            let good = try await browser.post(
                "/sign-in/factor",
                [("csrf", page.value("csrf") ?? ""), ("challenge", challenge), ("code", " 123 456 ")]
            )
            #expect(good.status == 303 && good.header("Location") == "/unit/people")
        }
    }

    @Test func `signing in leads to a page of ours alone`() async throws {
        try await Self.withDirectory { world, _ in
            for next in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/account%0d%0aX:y"] {
                let answer = try await Self.signIn(world.browser(), next: next)
                #expect(answer.status == 303 && answer.header("Location") == "/account", "\(next)")
            }
        }
    }

    @Test func `pages of people's own want a sign-in, show what Directory says, and escape it`() async throws {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            let pages = [
                "/account", "/account/sessions", "/account/password", "/account/factor", "/unit/people", "/unit/codes",
            ]
            for path in pages {
                let page = try await browser.get(path)
                #expect(page.status == 303 && page.header("Location")?.hasPrefix("/sign-in?next=") == true, "\(path)")
            }
            _ = try await Self.signIn(browser)
            for path in pages {
                let page = try await browser.get(path)
                #expect(page.status == 200 && page.header("Cache-Control") == "no-store", "\(path)")
                #expect(!page.html.contains("<script") && !page.html.contains("\"\u{301}"), "\(path)")
                #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
            }
            #expect(try await browser.get("/account").html.contains("&lt;script&gt;"))
            #expect(player.state.withLock { $0.tokens } == 1, "one token serves them all")
            #expect(player.state.withLock { $0.authorizations.count } == 1)
        }
    }

    @Test func `a role is chosen, and what may be done follows it`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            #expect(try await browser.get("/account").html.contains("/unit/people"))
            #expect(!(try await browser.get("/hand-in").html.contains("name=\"manner\"")))
            let token = try await browser.get("/account").value("csrf") ?? ""
            let chosen = try await browser.post(
                "/account/role",
                [("csrf", token), ("holding", DirectoryPlayer.liaison)]
            )
            #expect(chosen.status == 303)
            let page = try await browser.get("/account")
            #expect(!page.html.contains("/unit/people") && page.html.contains("/unit/codes"))
            #expect(
                try await browser.get("/hand-in").html.contains("name=\"manner\""),
                "a liaison officer stands in for others"
            )
            let foreign = try await browser.post(
                "/account/role",
                [("csrf", page.value("csrf") ?? ""), ("holding", "01930000-0000-7000-8000-0000000000ff")]
            )
            #expect(foreign.status == 403 && foreign.html.contains("暂时不能使用此身份"))
            #expect(foreign.html.contains("href=\"/account/factor\">"), "where a second factor is set up")
        }
    }

    @Test func `an officer is offered what they may do about others, and nothing about themselves`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            let rows = try await browser.get("/unit/people").html.split(separator: "<article").dropFirst()
            let (own, other) = (rows.first { $0.contains("wang.fang") }, rows.first { $0.contains("qian.wei") })
            for action in ["/unit/invitation", "/unit/holdings/end", "/unit/holdings/substitute"] {
                #expect(own?.contains("action=\"\(action)\"") == false, "\(action)")
                #expect(other?.contains("action=\"\(action)\"") == true, "\(action)")
            }
        }
    }

    @Test func `a session that Directory has ended is over here too, and signing out ends Directory's`() async throws {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            let token = try await browser.get("/account").value("csrf") ?? ""
            #expect(try await browser.post("/sign-out", [("csrf", token)]).status == 303)
            #expect(player.state.withLock { $0.ended } == [DirectoryPlayer.session])
            #expect(try await browser.get("/account").status == 303)
            _ = try await Self.signIn(browser)
            player.state.withLock { $0.knowsSession = false }
            let page = try await browser.get("/account")
            #expect(page.status == 401 && page.html.contains("请重新登录"))
            #expect(!page.html.contains("href=\"/account\""), "nothing of a session that is none")
            #expect(await browser.cookies["ebinda-session"] == nil)
        }
    }

    @Test func `what a station's officer changes is asked twice where walls are concerned, and sent on`() async throws {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            let token = try await browser.get("/unit/codes").value("csrf") ?? ""
            let first = try await browser.post(
                "/unit/codes/change",
                [("csrf", token), ("code", "C1"), ("change", "rotate")]
            )
            #expect(first.status == 200 && first.html.contains("更换二维码？"))
            #expect(player.state.withLock { $0.changes } == [])
            let sure = [("csrf", token), ("code", "C1"), ("change", "rotate"), ("confirmed", "yes")]
            #expect(try await browser.post("/unit/codes/change", sure).header("Location") == "/unit/codes?done=rotated")
            let escape = [("csrf", token), ("code", "../accounts"), ("change", "rotate"), ("confirmed", "yes")]
            #expect(try await browser.post("/unit/codes/change", escape).status == 404)
            let confirm = [("csrf", token), ("holding", DirectoryPlayer.liaison), ("decision", "confirm")]
            #expect(try await browser.post("/unit/registrations", confirm).status == 303)
            let refuse = [
                ("csrf", token), ("holding", DirectoryPlayer.liaison), ("decision", "refuse"), ("reason", ""),
            ]
            #expect(try await browser.post("/unit/registrations", refuse).html.contains("请写明理由"))
            #expect(
                player.state.withLock { $0.changes }
                    == ["/v1/codes/C1/rotate", "/v1/registrations/\(DirectoryPlayer.liaison)/confirm"]
            )
            let sheet = try await browser.get("/unit/sheets/A4")
            #expect(sheet.status == 200 && sheet.html == "%PDF-1.7 sheet")
            #expect(sheet.header("Content-Disposition") == "attachment; filename=\"xixing-gongwei-A4.pdf\"")
            // What another service says is HTML is none of ours.
            #expect(try await browser.get("/unit/codes/C1/qr.svg").status == 500)
        }
    }

    @Test func `a registrar chooses for which station a code is; a station's officer has nothing to choose`()
        async throws
    {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            let page = try await browser.get("/unit/codes")
            let offered = page.html.matches(of: /<option value="([^"]*)"/).map { String($0.1) }
            #expect(offered == ["", "ST-X0", "ST-X01"], "neither one that has ended nor another subdistrict's")
            #expect(page.html.contains("<optgroup label=\"西兴中心站\">") && page.html.contains("吴书望 "))
            let token = page.value("csrf") ?? ""
            for (station, words) in [("", "请选择站点"), ("ST-C0", "本单位没有这个站点")] {
                let again = try await browser.post(
                    "/unit/codes",
                    [("csrf", token), ("station", station), ("place", "大厅\"")]
                )
                #expect(again.status == 422 && again.html.contains(words), "\(station)")
                #expect(again.value("place") == "大厅&quot;", "what was typed is still there")
                #expect(again.html.contains("href=\"#station\""), "and the fault leads to its field")
            }
            let wrong = [("csrf", token), ("station", "ST-X01"), ("place", "wrong")]
            let refused = try await browser.post("/unit/codes", wrong)
            #expect(refused.status == 422 && refused.html.contains("<p class=\"fault\" id=\"place-fault\">太长</p>"))
            #expect(refused.html.contains("<option value=\"ST-X01\" selected>"))
            #expect(player.state.withLock { $0.changes } == [])
            for more in [[("place", "大厅")], [("activity", "接待日")]] {
                let made = try await browser.post("/unit/codes", [("csrf", token), ("station", "ST-X01")] + more)
                #expect(made.status == 303)
            }
            let role = [("csrf", token), ("holding", DirectoryPlayer.liaison)]
            #expect(try await browser.post("/account/role", role).status == 303)
            let own = try await browser.get("/unit/codes")
            #expect(!own.html.contains("<select"), "there is one")
            #expect(try await browser.post("/unit/codes", [("csrf", own.value("csrf") ?? "")]).status == 303)
            #expect(
                player.state.withLock { $0.changes } == [
                    "/v1/codes station ST-X01 - 大厅", "/v1/codes activity 接待日 ST-X01 -", "/v1/codes station ST-X01 - -",
                ]
            )
        }
    }

    @Test func `a station that was opened is there to choose, below its subdistrict`() async throws {
        try await Self.withDirectory { world, _ in
            let html = try await world.browser().get("/hand-in").html
            let groups = html.split(separator: "<optgroup label=\"").dropFirst().map { group in
                let offered = group.prefix(upTo: group.range(of: "</optgroup>")?.lowerBound ?? group.endIndex)
                return [String(group.prefix { $0 != "\"" })]
                    + offered.matches(of: /<option value="([^"]+)"/).map { String($0.1) }
            }
            #expect(groups.contains(["长河街道办事处", "ST-C0", "ST-N01"]), "\(groups)")
            #expect(html.contains(">新开的站</option>"))
            let register = try await world.browser().get("/register")
            #expect(register.status == 200 && register.html.contains("<option value=\"ST-N01\">新开的站</option>"))
        }
    }

    @Test func `a code says how much was handed in through it, and nothing while Intake does not say`() async throws {
        let routes: @Sendable (Router<HTTPContext>) -> Void = { router in
            DirectoryPlayer().add(to: router)
            router.get("/v1/hand-ins") { request, _ in
                guard request.headers[.authorization] != nil else { throw Problem.unauthorized(challenge: "Bearer") }
                return Response(
                    status: .ok,
                    headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: .init(string: #"{"items":[{"code":"C1","handIns":17}]}"#))
                )
            }
        }
        try await RunningService.with(logger: .silent, routes: { routes($0) }) { port, _ in
            let both = "http://127.0.0.1:\(port)"
            for (intake, words) in [(both, ["提交 17", "提交 0"]), (PortalWorld.nobody, [])] {
                try await PortalWorld.with(intake: intake, directory: both) { world in
                    let browser = world.browser()
                    _ = try await Self.signIn(browser)
                    let page = try await browser.get("/unit/codes")
                    #expect(page.status == 200)
                    #expect(page.html.matches(of: /提交 [0-9]+/).map { String($0.output) } == words)
                }
            }
        }
    }

    @Test func `what is ended is named before it is`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            _ = try await Self.signIn(browser)
            let token = try await browser.get("/unit/codes").value("csrf") ?? ""
            let form = [("csrf", token), ("code", "C1"), ("change", "revoke"), ("name", "活动码 <b>")]
            let page = try await browser.post("/unit/codes/change", form)
            #expect(page.status == 200 && page.html.contains("活动码 &lt;b&gt;") && page.html.contains("停用二维码？"))
        }
    }

    @Test func `a code leads to its card; one that is good no more still leads to the station`() async throws {
        try await Self.withDirectory { world, _ in
            for path in ["/c/GOOD", "/C/GOOD"] {
                let page = try await world.browser().get(path)
                #expect(page.status == 200 && page.html.contains("区人大代表") && page.html.contains("&lt;script&gt;"))
                #expect(
                    page.value("code") == "GOOD" && page.value("station") == "ST-X01" && !page.html.contains("<script")
                )
            }
            let old = try await world.browser().get("/c/OLD")
            #expect(old.html.contains("停用") && old.html.contains("/hand-in?station=ST-X01"))
            let forged = try await world.browser().get("/c/NONE")
            #expect(forged.html.contains("假冒") && forged.html.contains("href=\"/hand-in\""))
            #expect(try await world.browser().get("/c/%2e%2e%2faccounts").status == 404)
        }
    }
}
