import Bootstrap
import Foundation
import HTTPSupport
import Hummingbird
import Support
import Synchronization
import Testing

@testable import Portal

/// What is held of another person, on the page of the officer who acts for them.
@Suite(.timeLimit(.minutes(2)))
struct OthersDataTests {
    private static let path = "/unit/people/data"

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
                let page = try await browser.get(path)
                #expect(page.status == 200 && page.html.contains("他人的个人信息"))
                try await body(browser, player, page.value("csrf") ?? "")
            }
        }
    }

    /// The fields of a form about somebody.
    private static func about(_ person: String, _ token: String, _ more: [(String, String)]) -> [(String, String)] {
        [("csrf", token), ("person", person)] + more
    }

    @Test func `the officer's menu leads to it, and nobody else's does or gets in`() async throws {
        try await Self.with { browser, _, _ in
            let account = try await browser.get("/account")
            #expect(account.html.contains(#"href="\#(Self.path)""#))
            let token = account.value("csrf") ?? ""
            _ = try await browser.post("/account/role", [("csrf", token), ("holding", DirectoryPlayer.liaison)])
            #expect(try await !browser.get("/account").html.contains(Self.path))
            let page = try await browser.get(Self.path)
            #expect(page.status == 403 && !page.html.contains("name=\"called\""))
        }
    }

    @Test func `a person is found by login or name, and chosen; their name is text and stands in no address`()
        async throws
    {
        try await Self.with { browser, player, token in
            let empty = try await browser.post(Self.path, [("csrf", token), ("what", "find"), ("called", " ")])
            #expect(empty.status == 422 && empty.html.contains("请输入登录名或姓名"))
            let found = try await browser.post(Self.path, [("csrf", token), ("what", "find"), ("called", "钱伟")])
            #expect(found.status == 200 && found.html.contains("qian.wei") && !found.html.contains("<script"))
            #expect(found.html.contains(#"value="\#(DirectoryPlayer.liaison)""#))
            let hostile = [("csrf", token), ("what", "find"), ("called", DirectoryPlayer.hostile)]
            #expect(try await !browser.post(Self.path, hostile).html.contains("<script"))
            let chosen = try await browser.post(
                Self.path,
                Self.about(DirectoryPlayer.liaison, token, [("what", "choose")])
            )
            #expect(
                chosen.status == 200 && chosen.html.contains("&lt;script&gt;钱伟") && !chosen.html.contains("<script")
            )
            #expect(chosen.html.contains("2026年11月1日"))
            let nobody = try await browser.post(
                Self.path,
                Self.about(DirectoryPlayer.session, token, [("what", "choose")])
            )
            #expect(nobody.status == 404)
            for person in ["", "../me", "x"] {
                let page = try await browser.post(Self.path, Self.about(person, token, [("what", "choose")]))
                #expect(page.status == 400, "\(person)")
            }
            #expect(player.state.withLock { $0.changes.isEmpty }, "looking for them asks for nothing")
        }
    }

    @Test func `their data is a file, with the reason in the act`() async throws {
        try await Self.with { browser, player, token in
            func file(_ reason: String, of person: String = DirectoryPlayer.liaison) async throws -> Browser.Page {
                try await browser.post(Self.path, Self.about(person, token, [("what", "file"), ("reason", reason)]))
            }
            let unreasoned = try await file("  ")
            #expect(unreasoned.status == 422 && unreasoned.html.contains("请写明理由"))
            let long = try await file(String(repeating: "字", count: 201))
            #expect(long.status == 422 && long.html.contains("最多200字") && !long.html.contains("at most"))
            let elsewhere = try await file("本人书面申请", of: DirectoryPlayer.registrar)
            #expect(elsewhere.status == 403 && elsewhere.html.contains("此人还在其他单位任过职"))
            #expect(player.state.withLock { $0.changes.isEmpty })
            let good = try await file("本人书面申请")
            #expect(good.status == 200 && good.html == DirectoryPlayer.held)
            #expect(good.header("Content-Disposition") == "attachment; filename=\"ebinda-person-data.json\"")
            #expect(good.header("Cache-Control") == "private, no-store")
            #expect(player.state.withLock { $0.changes } == ["export \(DirectoryPlayer.liaison) 本人书面申请"])
        }
    }

    @Test func `an erasure wants the tick and the reason, and waits for a role to end`() async throws {
        try await Self.with { browser, player, token in
            func erase(_ more: [(String, String)]) async throws -> Browser.Page {
                try await browser.post(
                    Self.path,
                    Self.about(DirectoryPlayer.liaison, token, [("what", "erase")] + more)
                )
            }
            let slip = try await erase([("reason", "本人书面申请")])
            #expect(slip.status == 422 && slip.html.contains("请先勾选确认"))
            #expect(slip.html.contains(#"value="本人书面申请""#), "what was typed is still there")
            let unreasoned = try await erase([("sure", "yes")])
            #expect(unreasoned.status == 422 && unreasoned.html.contains("请写明理由"))
            let early = try await erase([("sure", "yes"), ("reason", "太早")])
            #expect(early.status == 409 && early.html.contains("仍在任职"))
            #expect(player.state.withLock { $0.changes.isEmpty })
            let done = try await erase([("sure", "yes"), ("reason", "本人书面申请")])
            #expect(done.status == 200 && done.html.contains("此人的账号和个人信息已删除"))
            #expect(!done.html.contains("qian.wei") && !done.html.contains("钱伟"))
            #expect(player.state.withLock { $0.changes } == ["erasure \(DirectoryPlayer.liaison) 本人书面申请"])
            #expect(try await browser.get("/account").status == 200, "the officer stays signed in")
        }
    }

    @Test func `it speaks English where English is asked for`() async throws {
        try await Self.with { browser, _, token in
            let page = try await browser.get("\(Self.path)?lang=en")
            #expect(page.html.contains("Another person’s data"))
            let early = try await browser.post(
                Self.path,
                Self.about(DirectoryPlayer.liaison, token, [("what", "erase"), ("sure", "yes"), ("reason", "太早")])
            )
            #expect(early.status == 409 && early.html.contains("a role still runs; end it first"))
        }
    }
}
