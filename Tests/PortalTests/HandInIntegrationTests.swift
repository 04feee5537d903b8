import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import Messaging
import PostgreSQL
import Rules
import Support
import Synchronization
import Testing

@testable import Intake
@testable import Portal

/// Handing in through the pages, with the real Intake behind them.
@Suite(.timeLimit(.minutes(5)))
struct HandInIntegrationTests {
    /// Intake with its tables on a port of this machine.
    ///
    /// - Parameter photos: takes photos in Intake's place, as it likes.
    private static func withIntake(
        _ photos: PhotoPlayer? = nil,
        _ body: @escaping @Sendable (PortalWorld, ServiceWorld) async throws -> Void
    ) async throws {
        let rules = try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"))
        let stations = KnownStations(try Stations(json: rules))
        let workshop = await ImageWorkshop.open()
        try await ServiceWorld.with([.intake: IntakeStore.migrations], queues: false) { world in
            let engine = try world.engine(.intake)
            let seal = ContactSeal(key: Array(repeating: 9, count: 32))
            let limiter = Limiter(Allowance.Measures(), names: FloodNames(secret: Array(repeating: 5, count: 32)))
            let routes = Intake.Routes(
                desk: Desk(
                    outbox: engine.outbox,
                    receipts: Receipt.Maker(key: Array(repeating: 7, count: 32)),
                    seal: seal
                ),
                revealing: RevealDesk(outbox: engine.outbox, seal: seal),
                database: engine.database,
                stations: stations,
                codes: CodeBook(database: engine.database),
                limiter: limiter,
                digests: RequestDigests(secret: Array(repeating: 6, count: 32))
            )
            let attachments = AttachmentRoutes(
                desk: AttachmentDesk(database: engine.database, workshop: workshop, capacity: 1 << 30),
                releasing: ReleaseDesk(outbox: engine.outbox),
                database: engine.database,
                limiter: limiter
            )
            try await RunningService.with(
                logger: .silent,
                routes: { router in
                    let guarded = GuardedRouter(router, tokens: Staff())
                    routes.add(to: guarded)
                    CopyRoutes(database: engine.database, seal: seal, limiter: limiter).add(to: guarded)
                    ErasureRoutes(desk: EraseDesk(outbox: engine.outbox), limiter: limiter).add(to: guarded)
                    if let photos { photos.add(to: router) } else { attachments.add(to: guarded) }
                }
            ) { port, _ in
                try await PortalWorld.with(intake: "http://127.0.0.1:\(port)") { try await body($0, world) }
            }
            await engine.database.close()
        }
    }

    /// Eight red pixels square.
    private static func picture(_ name: String = "photo.png") throws -> Browser.File {
        let text =
            "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mPYIiCBFTEMLQkApQM3AZPtX2IAAAAASUVORK5CYII="
        return Browser.File(name: name, type: "image/png", bytes: Array(try #require(Data(base64Encoded: text))))
    }

    private static func form(_ page: Browser.Page, _ more: [String: String] = [:]) -> [(String, String)] {
        let standard = [
            "station": "ST-X01", "title": "小区门口公交站太远", "text": "早晚高峰公交班次太少。", "mode": "confidential", "name": "",
            "phone": "",
        ]
        let hidden = ["csrf", "key", "code", "kept"].map { ($0, page.value($0) ?? "") }
        return hidden + standard.merging(more) { $1 }.sorted { $0.key < $1.key }
    }

    @Test func `an opinion is handed in, its receipt shown, its status followed`() async throws {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let sent = try await browser.upload("/hand-in", Self.form(page, ["phone": "13800000000"]))
            #expect(sent.status == 303 && sent.header("Location") == "/receipt")
            let receipt = try await browser.get("/receipt")
            let (number, secret) = (try #require(receipt.value("number")), try #require(receipt.value("secret")))
            #expect(receipt.header("Cache-Control") == "no-store")
            let status = try await browser.post(
                "/status",
                [("csrf", receipt.value("csrf") ?? ""), ("number", number), ("secret", secret)]
            )
            #expect(status.status == 200 && status.html.contains("小区门口公交站太远") && status.html.contains("已收到"))
            // As people copy it.
            let copied = [
                ("number", " \(number.lowercased()) "),
                ("secret", secret.lowercased().prefix(4) + " " + secret.dropFirst(4)),
            ]
            let again = try await world.browserWithToken { browser, token in
                try await browser.post("/status", [("csrf", token)] + copied)
            }
            #expect(again.status == 200)
            let wrong = try await browser.post(
                "/status",
                [("csrf", receipt.value("csrf") ?? ""), ("number", number), ("secret", "AAAAAAAAAAAA")]
            )
            #expect(wrong.status == 422 && !wrong.html.contains("小区门口"))
            #expect(try await services.number("SELECT count(*) FROM suggestions", of: .intake) == 1)
            let done = try await browser.post("/receipt/done", [("csrf", receipt.value("csrf") ?? "")])
            #expect(done.status == 303)
            #expect(try await browser.get("/receipt").html.contains("这里没有回执了"))
        }
    }

    @Test func `with the receipt somebody sees what they handed in, and has it erased once they are sure`() async throws
    {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            let form = Self.form(try await browser.get("/hand-in"), ["name": "王小明", "phone": "13812345678"])
            #expect(try await browser.upload("/hand-in", form).status == 303)
            let receipt = try await browser.get("/receipt")
            let (number, secret) = (try #require(receipt.value("number")), try #require(receipt.value("secret")))
            func ask(_ more: [(String, String)], secret: String) async throws -> Browser.Page {
                let token = try await browser.get("/status/own").value("csrf") ?? ""
                let fields = [("csrf", token), ("number", number), ("secret", secret)] + more
                return try await browser.post("/status/own", fields)
            }
            let shown = try await ask([("what", "show")], secret: secret)
            #expect(shown.status == 200 && shown.html.contains("早晚高峰公交班次太少。") && shown.html.contains("保密"))
            #expect(shown.html.contains("王＊") && shown.html.contains("138＊＊＊＊5678"), "a receipt may lie about")
            #expect(!shown.html.contains("13812345678") && !shown.html.contains("王小明"))
            for what in ["show", "erase"] {
                let wrong = try await ask([("what", what), ("sure", "yes")], secret: "AAAAAAAAAAAA")
                #expect(wrong.status == 422 && !wrong.html.contains("早晚高峰"), "\(what)")
            }
            #expect(try await ask([("what", "erase")], secret: secret).status == 422, "not by a slip")
            func left() async throws -> Int {
                try await services.number(
                    "SELECT count(*) FROM suggestions WHERE NOT erased AND contact IS NOT NULL",
                    of: .intake
                )
            }
            #expect(try await left() == 1)
            let erased = try await ask([("what", "erase"), ("sure", "yes")], secret: secret)
            #expect(erased.status == 200 && erased.html.contains("已删除"))
            #expect(try await left() == 0)
            let after = try await ask([("what", "show")], secret: secret)
            #expect(after.status == 200 && !after.html.contains("早晚高峰") && !after.html.contains("138＊"))
        }
    }

    @Test func `a button pressed twice hands in once, with photos too`() async throws {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let photo = try Self.picture()
            let first = try await browser.upload("/hand-in", Self.form(page), files: [photo])
            let receipt = try await browser.get("/receipt").value("number")
            let second = try await browser.upload("/hand-in", Self.form(page), files: [photo])
            #expect(first.status == 303 && second.status == 303)
            #expect(try await browser.get("/receipt").value("number") == receipt)
            // Another text under the same key is told, and goes under another key.
            let changed = try await browser.upload("/hand-in", Self.form(page, ["title": "另一件事"]))
            #expect(changed.status == 303 || changed.html.contains("已经收到"))
            #expect(try await services.number("SELECT count(*) FROM suggestions", of: .intake) == 1)
        }
    }

    @Test func `what is wrong is said beside its field, and everything typed is there`() async throws {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let long = String(repeating: "长", count: 61)
            let back = try await browser.upload(
                "/hand-in",
                Self.form(page, ["title": long, "text": "", "phone": "不是号码", "name": "王芳", "station": "ST-404"])
            )
            #expect(back.status == 422)
            for field in ["title", "text", "phone", "station"] {
                #expect(back.html.contains("<a href=\"#\(field)\">"), "\(field) in the list")
                #expect(back.html.contains("id=\"\(field)-fault\""), "\(field) beside it")
            }
            #expect(back.value("title") == long && back.value("name") == "王芳" && back.value("phone") == "不是号码")
            #expect(back.html.contains("最多60字") && !back.html.contains("at most 60"), "in one language")
            let mended = try await browser.upload("/hand-in", Self.form(back))
            #expect(mended.status == 303)
            #expect(try await services.number("SELECT count(*) FROM suggestions", of: .intake) == 1)
        }
    }

    @Test func `a code that is no good, or of a station that was closed, keeps nobody from handing in`() async throws {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            // Of a code that was good when the page was asked for; Intake has not heard of it.
            func scanned(_ page: Browser.Page, _ more: [String: String] = [:]) -> [(String, String)] {
                Self.form(page, more).map { $0.0 == "code" ? ("code", "0123456789ABCDEFGHJKMNPQ") : $0 }
            }
            let sent = try await browser.upload("/hand-in", scanned(try await browser.get("/hand-in")))
            #expect(sent.status == 303)
            let stored: SQL = "SELECT count(*) FROM suggestions WHERE code IS NULL AND station = 'ST-X01'"
            #expect(try await services.number(stored, of: .intake) == 1)
            // What else is wrong is told, and the code does not come back with the form.
            let back = try await browser.upload(
                "/hand-in",
                scanned(try await browser.get("/hand-in"), ["title": "", "station": ""])
            )
            #expect(back.status == 422 && back.value("code") == "")
            let faults = back.html.matches(of: /<a href="#([a-z]+)">/).map { String($0.1) }
            #expect(faults == ["station", "title"], "in the form's order")
        }
    }

    @Test func `an anonymous author's contact is not sent on`() async throws {
        try await Self.withIntake { world, services in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let form = Self.form(page, ["mode": "anonymous", "phone": "13800000000", "name": "王芳"])
            #expect(try await browser.upload("/hand-in", form).status == 303)
            #expect(
                try await services.number("SELECT count(*) FROM suggestions WHERE contact IS NOT NULL", of: .intake)
                    == 0
            )
        }
    }

    @Test func `photos go to Intake one by one; those it has taken are kept when the form comes back`() async throws {
        try await Self.withIntake { world, services in
            func taken() async throws -> Int {
                try await services.number("SELECT count(*) FROM attachments", of: .intake)
            }
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let files = try (0..<3).map { try Self.picture("\($0).png") }
            let back = try await browser.upload("/hand-in", Self.form(page, ["title": ""]), files: files)
            #expect(back.status == 422 && back.html.contains("已收到 3 张照片"))
            #expect(try await taken() == 3)
            // Sealed: nobody learns or changes which they are.
            #expect(back.value("kept")?.contains("photo") == false)
            let many = try (0..<8).map { try Self.picture("\($0).png") }
            let more = try await browser.upload("/hand-in", Self.form(back), files: many)
            #expect(more.status == 422 && more.html.contains("照片最多 9 张"))
            #expect(try await taken() == 9)
            let sent = try await browser.upload("/hand-in", Self.form(more))
            #expect(sent.status == 303)
            let bound: SQL = "SELECT count(*) FROM attachments WHERE suggestion IS NOT NULL"
            #expect(try await services.number(bound, of: .intake) == 9, "they go with the item")
            let forged = try await browser.upload("/hand-in", Self.form(page, ["kept": "AAAA", "title": ""]))
            #expect(forged.status == 400, "a field twice")
        }
    }

    @Test(arguments: [404, 415, 413, 429, 500]) func `a photo that is not taken loses nothing else`(status: Int)
        async throws
    {
        try await Self.withIntake(PhotoPlayer(refusing: status)) { world, services in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let photo = Browser.File(name: "<b>.jpg", bytes: [1, 2, 3])
            let back = try await browser.upload("/hand-in", Self.form(page), files: [photo, photo])
            #expect(back.status == 422 && back.html.contains("id=\"photos-fault\"") && !back.html.contains("<b>"))
            #expect(back.value("title") == "小区门口公交站太远")
            #expect(try await services.number("SELECT count(*) FROM suggestions", of: .intake) == 0)
            #expect(try await browser.upload("/hand-in", Self.form(back)).status == 303, "without photos")
        }
    }

    @Test func `a photo larger than ten megabytes is refused, and what was typed is not`() async throws {
        let photos = PhotoPlayer()
        try await Self.withIntake(photos) { world, _ in
            let browser = world.browser()
            let page = try await browser.get("/hand-in")
            let huge = Browser.File(bytes: [UInt8](repeating: 7, count: 10 * 1_024 * 1_024 + 1))
            let back = try await browser.upload("/hand-in", Self.form(page), files: [huge])
            #expect(back.status == 422 && back.html.contains("超过 10 MB") && photos.taken == [])
            #expect(back.value("title") == "小区门口公交站太远")
        }
    }
}

/// Takes photos in the place of Intake's `POST /v1/attachments`, and refuses them as Intake might.
final class PhotoPlayer: Sendable {
    private let refusal: Int?
    private let sizes = Mutex<[Int]>([])
    var taken: [Int] { sizes.withLock { $0 } }

    init(refusing refusal: Int? = nil) { self.refusal = refusal }

    func add(to router: Router<HTTPContext>) {
        router.post("/v1/attachments") { [self] request, context in
            let body = try await request.collectBody(limit: 11_000_000, within: .seconds(30))
            if let refusal {
                throw Problem(HTTPResponse.Status(code: refusal), "played", title: "拒收")
            }
            let count = sizes.withLock { sizes in
                sizes.append(body.readableBytes)
                return sizes.count
            }
            return try Response.json(["id": "photo-\(count)", "secret": "photo-secret"], status: .created)
        }
    }
}

extension PortalWorld {
    /// Lends another browser with the token of a form.
    func browserWithToken<Result: Sendable>(
        _ body: (Browser, String) async throws -> Result
    ) async throws -> Result {
        let browser = browser()
        let token = try #require(try await browser.get("/status").value("csrf"))
        return try await body(browser, token)
    }
}
