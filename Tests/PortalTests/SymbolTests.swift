import Bootstrap
import Foundation
import HTTPSupport
import Support
import Testing

@testable import Portal

/// The secret of a second factor as a symbol, read by another program than the one that made it: zbar.
@Suite(.timeLimit(.minutes(5)))
struct SymbolTests {
    @Test func `the symbol on the page reads as exactly what the authenticator must know, again after a wrong code`()
        async throws
    {
        let player = DirectoryPlayer()
        try await RunningService.with(logger: .silent, routes: { player.add(to: $0) }) { port, _ in
            try await PortalWorld.with(directory: "http://127.0.0.1:\(port)") { world in
                let browser = world.browser()
                try await browser.signIn()
                let token = try await browser.get("/account/factor").value("csrf") ?? ""
                let page = try await browser.post("/account/factor", [("csrf", token)])
                #expect(page.status == 200 && page.header("Cache-Control") == "no-store")
                #expect(page.html.contains(">\(Fours.spaced(DirectoryPlayer.factorSecret))</p>"), "as text too")
                #expect(try await Self.read(page) == DirectoryPlayer.factorAddress)
                let form = ["csrf", "secret", "uri"].map { ($0, Self.plain(page.value($0) ?? "")) }
                let wrong = try await browser.post("/account/factor/confirm", form + [("code", "000000")])
                #expect(wrong.status == 422)
                #expect(try await Self.read(wrong) == DirectoryPlayer.factorAddress)
                // A text of the browser's that no symbol holds: the page is there all the same.
                let long = [
                    ("csrf", token), ("uri", "otpauth://" + String(repeating: "x", count: 9_000)), ("code", "1"),
                ]
                let without = try await browser.post("/account/factor/confirm", long)
                #expect(without.status == 422 && !without.html.contains("<svg class"))
            }
        }
    }

    /// What zbar reads in the page's drawing.
    private static func read(_ page: Browser.Page) async throws -> String {
        let drawing = try #require(page.html.firstMatch(of: /<svg class="symbol".*?<\/svg>/)).output
        #expect(!drawing.contains("style="), "the page's policy lets no style stand in it")
        // In a page the name space is HTML's to give, in a file it must be named.
        let svg = drawing.replacing("<svg ", with: "<svg xmlns=\"http://www.w3.org/2000/svg\" ", maxReplacements: 1)
        var text = ""
        try await Program.inFolder { folder in
            let (drawn, picture) = (folder.appending(path: "a.svg"), folder.appending(path: "a.png"))
            try Data(svg.utf8).write(to: drawn)
            _ = try Program.output("rsvg-convert", ["-o", picture.path, drawn.path])
            text = try Program.output("zbarimg", ["--quiet", "--raw", picture.path])
        }
        return text.trimmingCharacters(in: .newlines)
    }

    private static func plain(_ text: String) -> String { text.replacing("&amp;", with: "&") }
}

extension Browser {
    /// Signs in at a played Directory.
    func signIn() async throws {
        let page = try await get("/sign-in")
        let form = [("csrf", page.value("csrf") ?? ""), ("login", "wang.fang"), ("password", "three quiet rivers")]
        #expect(try await post("/sign-in", form).status == 303)
    }
}
