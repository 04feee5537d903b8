import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Hummingbird
import Support
import Synchronization
import Testing

@testable import Portal

/// Every page and every form that the document names, asked by whoever must not: an address that is added is asked without anybody
/// thinking of it.
@Suite(.timeLimit(.minutes(5)))
struct GuardSweepTests {
    /// Where nobody comes in without a session.
    private static let closed = ["/account", "/unit"]

    private static func addresses(_ method: String) throws -> [String] {
        let root = try JSON(yaml: Documents.openAPI(of: .portal))
        return (root["paths"]?.members ?? [:]).filter { $0.value[method] != nil }.keys.sorted()
    }

    private static func isClosed(_ path: String) -> Bool {
        closed.contains { path == $0 || path.hasPrefix("\($0)/") }
    }

    /// A path with something in the place of its parameters.
    private static func filled(_ path: String) -> String { path.replacing(/\{[a-z]+\}/, with: "GOOD") }

    private static func with(_ body: @escaping @Sendable (PortalWorld, DirectoryPlayer) async throws -> Void)
        async throws
    {
        let player = DirectoryPlayer()
        let routes: (Router<HTTPContext>) -> Void = {
            player.add(to: $0)
            QuarantinePlayer().add(to: $0)
        }
        try await RunningService.with(logger: .silent, routes: routes) { port, _ in
            let both = "http://127.0.0.1:\(port)"
            try await PortalWorld.with(intake: both, directory: both) {
                try await body($0, player)
            }
        }
    }

    @Test func `every form without its token, or with another browser's, is refused and nobody is asked`() async throws
    {
        try await Self.with { world, player in
            let browser = world.browser()
            try await browser.signIn()
            let signIns = player.state.withLock { $0.signIns.count }
            let foreign = try await world.browser().get("/status").value("csrf") ?? ""
            var forms = 0
            for path in try Self.addresses("post") {
                let address = Self.filled(path)
                for fields in [[], [("csrf", "")], [("csrf", "x")], [("csrf", foreign)]] as [[(String, String)]] {
                    let more =
                        fields + [("login", "wang.fang"), ("password", "three quiet rivers"), ("phone", "13800001234")]
                    let page = try await browser.post(address, more)
                    // A hand-in comes as a form with files alone, and is refused for that before its token is looked at.
                    #expect(page.status == 403 || path == "/hand-in" && page.status == 400, "\(path): \(page.status)")
                    let sent = try await browser.upload(address, more)
                    #expect(sent.status == 403 || path != "/hand-in" && sent.status == 400, "\(path): \(sent.status)")
                    forms += 2
                }
            }
            let state = player.state.withLock { $0 }
            #expect(state.signIns.count == signIns && state.phones == [] && state.changes == [] && state.ended == [])
            print("portal: \(forms) forms without their token, none taken")
            #expect(forms > 100)
        }
    }

    @Test func `every form and page for who has signed in leads anybody else to sign in, and asks nobody`() async throws
    {
        try await Self.with { world, player in
            let browser = world.browser()
            let token = try #require(try await browser.get("/status").value("csrf"))
            var asked = 0
            for path in try Self.addresses("post") where Self.isClosed(path) {
                let page = try await browser.post(
                    Self.filled(path),
                    [("csrf", token), ("holding", "x"), ("code", "x")]
                )
                #expect(page.status == 401, "\(path): \(page.status)")
                asked += 1
            }
            for path in try Self.addresses("get") where Self.isClosed(path) {
                let page = try await browser.get(Self.filled(path))
                #expect(page.status == 303 && page.header("Location")?.hasPrefix("/sign-in?next=") == true, "\(path)")
                // A session that nobody has made is none.
                await browser.plant("ebinda-session", "made-up")
                #expect(try await browser.get(Self.filled(path)).status == 303, "\(path)")
                asked += 2
            }
            let state = player.state.withLock { $0 }
            #expect(state.tokens == 0 && state.authorizations == [] && state.changes == [])
            #expect(asked > 20)
        }
    }

    @Test(arguments: [("registrar", DirectoryPlayer.registrar), ("liaison", DirectoryPlayer.liaison)])
    func `every page is a page to every role, and speaks to Directory in that role alone`(role: String, holding: String)
        async throws
    {
        try await Self.with { world, player in
            let browser = world.browser()
            try await browser.signIn()
            let token = try #require(try await browser.get("/account").value("csrf"))
            #expect(try await browser.post("/account/role", [("csrf", token), ("holding", holding)]).status == 303)
            player.state.withLock { $0.authorizations = [] }
            for path in try Self.addresses("get") where !path.hasPrefix("/assets") && !path.hasSuffix("qr.svg") {
                let page = try await browser.get(Self.filled(path))
                #expect([200, 303, 400, 403, 404].contains(page.status), "\(role) \(path): \(page.status)")
                #expect(!page.html.contains("<script"), "\(path)")
            }
            let claims = player.state.withLock { $0.authorizations }.compactMap { token -> String? in
                token.split(separator: ".").dropFirst().first.flatMap { part in
                    let text = part.replacing("-", with: "+").replacing("_", with: "/")
                    let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
                    return Data(base64Encoded: String(padded)).map { String(decoding: $0, as: UTF8.self) }
                }
            }
            #expect(!claims.isEmpty && claims.allSatisfy { $0.contains("\"\(role)\"") }, "\(claims)")
        }
    }
}
