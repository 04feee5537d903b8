import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import Support
import Testing

@testable import Portal

/// What holds for every page, with no service behind.
@Suite(.timeLimit(.minutes(5)))
struct PagesTests {
    private static let open = [
        "/", "/privacy", "/hand-in", "/status", "/status/own", "/sign-in", "/register", "/register/voter",
        "/invitation", "/receipt",
        "/nothing", "/c/ABC", "/C/ABC",
    ]

    @Test func `a method that a page does not answer is told which it does`() async throws {
        try await PortalWorld.with { world in
            for (path, allow) in [("/hand-in", "GET, HEAD, POST"), ("/privacy", "GET, HEAD")] {
                let page = try await world.browser().ask("DELETE", path)
                #expect(page.status == 405 && page.header("Allow") == allow, "\(path)")
                #expect(page.html.contains("<h1"))
            }
            #expect(try await world.browser().ask("DELETE", "/nothing").status == 404)
        }
    }

    @Test func `every page is guarded, in one language, and stored nowhere`() async throws {
        try await PortalWorld.with { world in
            for path in Self.open {
                let page = try await world.browser().get(path)
                #expect(page.status == (path == "/nothing" ? 404 : 200), "\(path)")
                #expect(
                    page.header("Content-Security-Policy")
                        == "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
                    "\(path)"
                )
                #expect(page.header("X-Content-Type-Options") == "nosniff" && page.header("X-Frame-Options") == "DENY")
                #expect(page.header("Cache-Control") == "no-store", "\(path)")
                #expect(page.header("Referrer-Policy") == "same-origin")
                #expect(page.html.contains("<html lang=\"zh-Hans\">") && page.header("Content-Language") == "zh-Hans")
                #expect(page.html.matches(of: /<h1[ >]/).count == 1 && !page.html.contains("<script"), "\(path)")
                #expect(!page.html.contains("{{"), "\(path)")
                let ids = page.html.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
                #expect(Set(ids).count == ids.count, "\(path)")
                for field in page.html.matches(of: #/ for="([^"]+)"/#) {
                    #expect(ids.contains(String(field.1)), "\(path)")
                }
            }
        }
    }

    @Test func `English is asked for and remembered; the browser's own language is not asked`() async throws {
        try await PortalWorld.with { world in
            let browser = world.browser()
            let first = try await browser.get("/", headers: [("Accept-Language", "en-GB,en;q=0.9")])
            #expect(first.html.contains("有话对代表说"))
            let asked = try await browser.get("/?lang=en")
            #expect(asked.html.contains("<html lang=\"en\">") && asked.html.contains("Tell your deputies"))
            #expect(try await browser.get("/status").html.contains("Follow an item"))
            #expect(try await browser.get("/status?lang=zh").html.contains("查询进度"))
            #expect(try await browser.get("/status?lang=fr").html.contains("查询进度"))
            #expect(try await browser.get("/nothing?lang=en").status == 404)
            #expect(try await browser.get("/status").html.contains("Follow an item"), "on a page that is none too")
        }
    }

    @Test func `cookies are kept from scripts, other sites, and with https from plain connections`() async throws {
        try await PortalWorld.with { world in
            let cookie = try await world.browser().get("/hand-in").header("Set-Cookie") ?? ""
            #expect(cookie.hasPrefix("ebinda-visit=") && cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
            #expect(try await world.browser().get("/").header("Set-Cookie") == nil, "a page without a form sets none")
        }
        try await PortalWorld.with(base: "https://rd.example") { world in
            let cookie = try await world.browser().get("/hand-in").header("Set-Cookie") ?? ""
            #expect(cookie.hasPrefix("__Host-ebinda-visit=") && cookie.hasSuffix("; HttpOnly; SameSite=Lax; Secure"))
            #expect(cookie.contains("; Path=/;") && !cookie.contains("Domain"))
        }
    }

    @Test func `a form without its token, with a forged one, or with another browser's is refused`() async throws {
        try await PortalWorld.with { world in
            let (mine, other) = (world.browser(), world.browser())
            let page = try await mine.get("/status")
            let token = try #require(page.value("csrf"))
            let foreign = try #require(try await other.get("/status").value("csrf"))
            let item = [("number", "BJ-0123456789"), ("secret", "ABCDEFGHJKMN")]
            let good = try await mine.post("/status", [("csrf", token)] + item)
            #expect(good.status == 503, "taken: Intake is away")
            for wrong in [[], [("csrf", "")], [("csrf", foreign)], [("csrf", String(token.reversed()))]] {
                #expect(try await mine.post("/status", wrong + item).status == 403)
                #expect(try await mine.upload("/hand-in", wrong + [("title", "x")]).status == 403)
            }
            // Neither does the token alone do, without the browser that it was made for.
            #expect(try await world.browser().post("/status", [("csrf", token)] + item).status == 403)
        }
    }

    @Test func `a form that comes from another site is refused though it had the token`() async throws {
        try await PortalWorld.with { world in
            let browser = world.browser()
            let token = try #require(try await browser.get("/status").value("csrf"))
            let form = [("csrf", token), ("number", "BJ-1"), ("secret", "A")]
            for header in [
                ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://pages.example:81"),
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
            ] {
                #expect(try await browser.post("/status", form, headers: [header]).status == 403, "\(header)")
                #expect(try await browser.upload("/hand-in", form, headers: [header]).status == 403, "\(header)")
            }
            let own = [("Origin", PortalWorld.origin), ("Sec-Fetch-Site", "same-origin")]
            #expect(try await browser.post("/status", form, headers: own).status == 503)
        }
    }

    @Test func `what is typed comes back escaped in every field`() async throws {
        try await PortalWorld.with { world in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let hostile = "\"\u{301}><script>alert(1)</script>'{{csrf}}&"
            let names = ["station", "title", "text", "name", "phone", "code", "mode", "manner"]
            let form =
                [("csrf", page.value("csrf") ?? ""), ("key", page.value("key") ?? "")] + names.map { ($0, hostile) }
            let back = try await browser.upload("/hand-in", form)
            #expect(back.status == 422, "Intake is away: it comes back")
            #expect(!back.html.contains("<script") && !back.html.contains("\"\u{301}>"))
            #expect(
                back.value("title")?.contains("&lt;script&gt;") == true
                    && back.value("title")?.contains("{{csrf}}") == true
            )
            #expect(back.value("phone")?.contains("&quot") == true)
            #expect(back.html.contains("&lt;/script&gt;&#39;{{csrf}}&amp;</textarea>"))
            let sign = try await browser.post("/sign-in", [("csrf", back.value("csrf") ?? ""), ("login", hostile)])
            #expect(sign.html.contains("&lt;script&gt;") && !sign.html.contains("<script"))
            let status = try await browser.post("/status", [("csrf", back.value("csrf") ?? ""), ("number", hostile)])
            #expect(status.status == 422 && !status.html.contains("<SCRIPT"))
        }
    }

    @Test func `a header cannot be written by what is typed`() async throws {
        try await PortalWorld.with { world in
            for path in [
                "/sign-in?next=/%0d%0aSet-Cookie:%20x=1", "/?lang=en%0d%0aX:%20y", "/hand-in?station=%0d%0aX:y",
            ] {
                let page = try await world.browser().get(path)
                #expect(page.status == 200 && page.header("X") == nil, "\(path)")
                #expect(!page.all("Set-Cookie").contains { $0.hasPrefix("x=") })
            }
        }
    }

    @Test func `with every service away a page says so, and what was typed stays`() async throws {
        try await PortalWorld.with { world in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            #expect(page.html.contains("西兴街道第1联络站"), "stations are known from the routing data")
            let form = [
                ("csrf", page.value("csrf") ?? ""), ("key", page.value("key") ?? ""), ("station", "ST-X01"),
                ("title", "公交站太远"), ("text", "早晚高峰"),
            ]
            let back = try await browser.upload("/hand-in", form)
            #expect(back.html.contains("还没有提交成功") && back.value("title") == "公交站太远")
            #expect(back.value("key") == page.value("key"), "pressed again, it is the same request")
            #expect(back.html.contains("<option value=\"ST-X01\" selected>"))
            let sign = try await browser.post(
                "/sign-in",
                [("csrf", page.value("csrf") ?? ""), ("login", "a"), ("password", "b")]
            )
            #expect(sign.status == 503 && sign.html.contains("服务暂时不可用") && sign.header("Retry-After") != nil)
        }
    }

    @Test func `bodies have limits, and arrive in time or not at all`() async throws {
        var http = HTTPConfiguration()
        http.readTimeout = .milliseconds(150)
        try await PortalWorld.with(http: http) { world in
            let browser = world.browser()
            let token = try await browser.get("/hand-in").value("csrf") ?? ""
            let long = String(repeating: "x", count: 70_000)
            #expect(try await browser.post("/status", [("csrf", token), ("number", long)]).status == 413)
            #expect(try await browser.upload("/hand-in", [("csrf", token), ("title", long)]).status == 413)
            #expect(try await browser.post("/hand-in", [("csrf", token)]).status == 400, "no form with files")
            let many = (0..<70).map { ("f\($0)", "x") }
            #expect(try await browser.upload("/hand-in", [("csrf", token)] + many).status == 413)
            #expect(try await browser.upload("/hand-in", [("csrf", token), ("csrf", token)]).status == 400, "twice")
            for (path, type) in [
                ("/status", "application/x-www-form-urlencoded"), ("/hand-in", "multipart/form-data; boundary=B"),
            ] {
                let answer = try await RawConnection.open(port: world.port) { connection in
                    try await connection.send(
                        "POST \(path) HTTP/1.1\nHost: x\nContent-Type: \(type)\nContent-Length: 9000\nConnection: close\n\n--B"
                    )
                    return try await connection.read(until: "\r\n")
                }
                #expect(answer.hasPrefix("HTTP/1.1 408"), "\(path): \(answer)")
            }
        }
    }

    @Test func `the document names every page`() throws {
        let document = try Documents.openAPI(of: .portal)
        let differences = try PortalWorld.routes { try RouteContract.differences(document: document, adding: $0) }
        #expect(differences == [])
    }

    @Test func `a configuration that is wrong is told with its key`() async throws {
        for (more, key) in [
            (["EBINDA_PORTAL_PUBLIC_BASE": "pages.example"], "portal.publicBase"),
            (["EBINDA_PORTAL_PUBLIC_BASE": "https://a.example,http://b.example"], "portal.publicBase"),
            (["EBINDA_PORTAL_KEY": "5a"], "portal.key"),
            (["EBINDA_PORTAL_PROVIDERS": "浙政钉"], "portal.providers"),
            (["EBINDA_PORTAL_RULES_FILE": "/nowhere"], "portal.rulesFile"),
        ] {
            let error = await #expect(throws: ConfigurationError.self) {
                try await PortalWorld.with(more: more) { _ in }
            }
            #expect(error?.key == key)
        }
    }
}
