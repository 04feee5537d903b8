import Bootstrap
import Foundation
import HTTPSupport
import Support
import Synchronization
import Testing

@testable import Portal

/// Registering as a voter with a phone, with Directory played.
@Suite(.timeLimit(.minutes(5)))
struct VoterTests {
    private static func withDirectory(
        _ body: @escaping @Sendable (PortalWorld, DirectoryPlayer) async throws -> Void
    ) async throws {
        let player = DirectoryPlayer()
        try await RunningService.with(logger: .silent, routes: { player.add(to: $0) }) { port, _ in
            try await PortalWorld.with(directory: "http://127.0.0.1:\(port)") { try await body($0, player) }
        }
    }

    private static func ask(_ browser: Browser, _ phone: String) async throws -> Browser.Page {
        let page = try await browser.get("/register/voter")
        return try await browser.post("/register/voter", [("csrf", page.value("csrf") ?? ""), ("phone", phone)])
    }

    private static func confirm(
        _ browser: Browser,
        _ page: Browser.Page,
        code: String = "123 456",
        login: String = "Zhang.San",
        password: String = "three quiet rivers",
        again: String? = nil
    ) async throws -> Browser.Page {
        try await browser.post(
            "/register/voter/code",
            [
                ("csrf", page.value("csrf") ?? ""), ("registration", page.value("registration") ?? ""), ("code", code),
                ("login", login), ("name", "张三"), ("password", password), ("again", again ?? password),
            ]
        )
    }

    @Test func `a voter registers with the code from the phone, and is led to signing in`() async throws {
        try await Self.withDirectory { world, player in
            let browser = world.browser()
            let register = try await browser.get("/register")
            #expect(register.html.contains("href=\"/register/voter\"") && !register.html.contains("value=\"voter\""))
            let asked = try await Self.ask(browser, "13800001234")
            #expect(asked.status == 200 && asked.html.contains("短信已发往您的手机"))
            #expect(asked.value("registration") == DirectoryPlayer.session)
            #expect(!asked.html.contains("13800001234"), "the number goes no further")
            #expect(player.state.withLock { $0.phones } == ["13800001234"])
            let done = try await Self.confirm(browser, asked)
            #expect(done.status == 200 && done.html.contains("注册成功") && done.html.contains("href=\"/sign-in\""))
        }
    }

    @Test func `what is wrong is said beside its field, and neither code nor password comes back`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            let number = try await Self.ask(browser, "1234")
            #expect(number.status == 422 && number.html.contains("应为11位手机号码") && number.value("phone") == "1234")
            let asked = try await Self.ask(browser, "13800001234")
            for (page, words) in [
                (try await Self.confirm(browser, asked, code: "654321"), "验证码不正确"),
                (try await Self.confirm(browser, asked, login: "taken"), "这个登录名已被使用"),
                (try await Self.confirm(browser, asked, password: "short"), "至少10字"),
                (try await Self.confirm(browser, asked, again: "three loud rivers"), "两次输入的新密码不一样"),
            ] {
                #expect(page.status == 422 && page.html.contains(words), "\(words)")
                #expect(page.value("registration") == DirectoryPlayer.session && page.value("name") == "张三")
                #expect(!page.html.contains("654321") && !page.html.contains("rivers"))
            }
        }
    }

    @Test func `too many messages, and a form that is not ours, have their pages`() async throws {
        try await Self.withDirectory { world, _ in
            let browser = world.browser()
            for _ in 0..<3 { #expect(try await Self.ask(browser, "13800001234").status == 200) }
            #expect(try await Self.ask(browser, "13800001234").status == 429)
            let page = try await browser.get("/register/voter")
            let csrf = ("csrf", page.value("csrf") ?? "")
            let odd = try await browser.post("/register/voter/code", [csrf, ("registration", "../people")])
            #expect(odd.status == 400)
            #expect(try await browser.post("/register/voter", [("phone", "13800001234")]).status == 403)
        }
    }
}
