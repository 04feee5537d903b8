import Bootstrap
import Foundation
import HTTPSupport
import Hummingbird
import Support
import Synchronization
import Testing

@testable import Portal

/// What is held of whoever has signed in, on their own page.
@Suite(.timeLimit(.minutes(2)))
struct OwnDataTests {
    private static func with(_ body: @escaping @Sendable (Browser, DirectoryPlayer, String) async throws -> Void)
        async throws
    {
        let player = DirectoryPlayer()
        let routes: (Router<HTTPContext>) -> Void = { player.add(to: $0) }
        try await RunningService.with(logger: .silent, routes: routes) { port, _ in
            let both = "http://127.0.0.1:\(port)"
            try await PortalWorld.with(intake: both, directory: both) { world in
                let browser = world.browser()
                try await browser.signIn()
                let page = try await browser.get("/account/data")
                #expect(page.status == 200)
                #expect(player.state.withLock { $0.changes.isEmpty }, "looking at the page alone asks for nothing")
                try await body(browser, player, page.value("csrf") ?? "")
            }
        }
    }

    @Test func `a person sees what is held of them, and takes all of it away as a file`() async throws {
        try await Self.with { browser, player, token in
            let page = try await browser.post("/account/data", [("csrf", token), ("what", "show")])
            #expect(page.status == 200 && page.header("Cache-Control") == "no-store")
            #expect(page.html.contains("&lt;script&gt;") && !page.html.contains("<script>"))
            #expect(page.html.contains("2026年3月1日") && page.html.contains("只保存加密摘要"))
            #expect(page.html.contains("<dd>2+</dd>"), "there are older acts than those that came")
            let file = try await browser.post("/account/data", [("csrf", token), ("what", "file")])
            #expect(file.status == 200 && file.html == DirectoryPlayer.held)
            #expect(file.header("Content-Disposition") == "attachment; filename=\"ebinda-my-data.json\"")
            #expect(file.header("Content-Type") == "application/json")
            #expect(player.state.withLock { $0.changes } == ["export", "export"])
        }
    }

    @Test func `an erasure wants the tick, the password, and a role that has ended; then the browser is signed out`()
        async throws
    {
        try await Self.with { browser, player, token in
            func erase(_ more: [(String, String)]) async throws -> Browser.Page {
                try await browser.post("/account/data", [("csrf", token), ("what", "erase")] + more)
            }
            let sure = ("sure", "yes")
            let slip = try await erase([("password", "three quiet rivers")])
            #expect(slip.status == 422 && slip.html.contains("请先勾选确认"))
            let wrong = try await erase([sure, ("password", "three wild rivers")])
            #expect(wrong.status == 422 && wrong.html.contains("密码或验证码不正确"))
            let held = try await erase([sure, ("password", "three quiet rivers"), ("code", "654321")])
            #expect(held.status == 409 && held.html.contains("仍在任职"))
            #expect(player.state.withLock { $0.changes.isEmpty })
            let done = try await erase([sure, ("password", "three quiet rivers"), ("code", "")])
            #expect(done.status == 200 && done.html.contains("您的账号和个人信息已删除"))
            #expect(player.state.withLock { $0.changes } == ["erasure"])
            let after = try await browser.get("/account")
            #expect(after.status == 303, "signed out")
        }
    }
}
