import Foundation
import HTTPSupport
import Support
import Synchronization
import Testing

@testable import Portal

/// The officer's page of what is held back.
@Suite(.timeLimit(.minutes(5)))
struct QuarantinePageTests {
    private static let (flood, item) = (QuarantinePlayer.flood, QuarantinePlayer.item)

    private static func with(
        _ body: @escaping @Sendable (Browser, QuarantinePlayer, _ token: String) async throws -> Void
    ) async throws {
        let (people, quarantine) = (DirectoryPlayer(), QuarantinePlayer())
        try await RunningService.with(
            logger: .silent,
            routes: {
                people.add(to: $0)
                quarantine.add(to: $0)
            }
        ) { port, _ in
            let both = "http://127.0.0.1:\(port)"
            try await PortalWorld.with(intake: both, directory: both) { world in
                let browser = world.browser()
                try await browser.signIn()
                let token = try #require(try await browser.get("/account").value("csrf"))
                let chosen = try await browser.post(
                    "/account/role",
                    [("csrf", token), ("holding", DirectoryPlayer.liaison)]
                )
                #expect(chosen.status == 303)
                try await body(browser, quarantine, try #require(try await browser.get("/account").value("csrf")))
            }
        }
    }

    @Test func `an officer sees what is held back and why, as text`() async throws {
        try await Self.with { browser, _, _ in
            #expect(try await browser.get("/account").html.contains("href=\"/unit/quarantine\""))
            let page = try await browser.get("/unit/quarantine")
            #expect(page.status == 200 && page.html.contains("共 201 件"))
            #expect(page.html.contains("同一地址经同一入口提交过多") && page.html.contains("公交站太远&lt;b&gt;"))
            #expect(!page.html.contains("<script") && !page.html.contains("<b>"))
            #expect(page.html.contains("href=\"/unit/quarantine/\(Self.flood)\""))
            let each = try await browser.get("/unit/quarantine/\(Self.flood)")
            #expect(each.status == 200 && each.value("item") == Self.item && each.html.contains("after="))
            #expect(try await browser.get("/unit/quarantine/\(Self.item)").status == 404)
            #expect(try await browser.get("/unit/quarantine/none").status == 404)
            let english = try await browser.get("/unit/quarantine?lang=en")
            #expect(english.html.contains("Items held back") && english.html.contains("201 in all"))
        }
    }

    @Test func `one item or a whole flood is released or refused, and a refusal says why`() async throws {
        try await Self.with { browser, player, token in
            let form = [("csrf", token), ("flood", Self.flood)]
            let unsaid = try await browser.post("/unit/quarantine", form + [("decision", "refuse"), ("reason", " ")])
            #expect(unsaid.status == 422 && unsaid.html.contains("请写明理由"))
            let long = try await browser.post(
                "/unit/quarantine",
                form + [("item", Self.item), ("decision", "refuse"), ("reason", "太长")]
            )
            #expect(long.status == 422 && long.html.contains("太长") && !long.html.contains("too long"))
            #expect(player.decisions.withLock { $0 } == [])
            for (fields, back) in [
                ([("decision", "release")], "/unit/quarantine?done=heldReleased"),
                ([("decision", "refuse"), ("reason", "重复")], "/unit/quarantine?done=heldRefused"),
                (
                    [("item", Self.item), ("decision", "release"), ("reason", "")],
                    "/unit/quarantine/\(Self.flood)?done=heldReleased"
                ),
                (
                    [("item", Self.item), ("decision", "refuse"), ("reason", "无关")],
                    "/unit/quarantine/\(Self.flood)?done=heldRefused"
                ),
            ] {
                let done = try await browser.post("/unit/quarantine", form + fields)
                #expect(done.status == 303 && done.header("Location") == back)
                #expect(try await browser.get(back).status == 200)
            }
            #expect(
                player.decisions.withLock { $0 } == [
                    "release flood \(Self.flood) -", "refuse flood \(Self.flood) 重复", "release items \(Self.item) -",
                    "refuse items \(Self.item) 无关",
                ]
            )
            player.left.withLock { $0 = 0 }
            let gone = try await browser.post("/unit/quarantine", form + [("decision", "release")])
            #expect(gone.header("Location") == "/unit/quarantine?done=heldGone")
            #expect(try await browser.get("/unit/quarantine?done=heldGone").html.contains("已由他人处理"))
        }
    }
}
