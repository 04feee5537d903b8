import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Hummingbird
import Support
import Testing

@testable import Portal

/// Hostile texts in every field of every form and every parameter of every page, as the document names them, by somebody who has
/// signed in and whose forms are good: what comes back is a page of ours in which they are text.
@Suite(.timeLimit(.minutes(5)))
struct InjectionTests {
    private struct Form {
        let path: String
        let fields: [String]
        let isUpload: Bool
    }

    private static func document() throws -> [(path: String, item: JSON)] {
        let root = try JSON(yaml: Documents.openAPI(of: .portal))
        return (root["paths"]?.members ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func forms() throws -> [Form] {
        let root = try JSON(yaml: Documents.openAPI(of: .portal))
        let upload = root["components"]?["schemas"]?["HandIn"]?["properties"]?.members.keys.sorted() ?? []
        return try document().compactMap { path, item in
            guard let content = item["post"]?["requestBody"]?["content"] else { return nil }
            let schema = content["application/x-www-form-urlencoded"]?["schema"]
            return Form(
                path: path,
                fields: schema?["properties"]?.members.keys.sorted() ?? upload.filter { $0 != "photos" },
                isUpload: schema == nil
            )
        }
    }

    /// What is wrong with an answer to a hostile text.
    private static func faults(_ page: Browser.Page, _ hostile: HostileText) -> [String] {
        var faults: [String] = []
        if page.status >= 500, page.status != 503 { faults.append("answers \(page.status)") }
        let text = hostile.text ?? ""
        // Without a sign of HTML's it may stand there as it is.
        if text.utf8.contains(where: { "<>\"".utf8.contains($0) }),
            Data(page.html.utf8).range(of: Data(text.utf8)) != nil
        {
            faults.append("stands there unescaped")
        }
        if page.html.contains("<script") { faults.append("a script") }
        for header in page.headers {
            let isOurs = header.name.lowercased() != "set-cookie" || header.value.hasPrefix("ebinda-")
            let isLocal =
                header.name.lowercased() != "location" || header.value.hasPrefix("/") && !header.value.hasPrefix("//")
            if !isOurs || !isLocal || header.name.lowercased() == "x-injected" { faults.append("\(header)") }
        }
        // An address that is too long is refused before there is a page.
        if !page.html.isEmpty, page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") != true {
            faults.append("no policy")
        }
        return faults
    }

    private static func with(_ body: @escaping @Sendable (PortalWorld) async throws -> Void) async throws {
        let player = DirectoryPlayer()
        let routes: (Router<HTTPContext>) -> Void = { router in
            player.add(to: router)
            QuarantinePlayer().add(to: router)
            // Intake's part: it takes nothing, and the form comes back with all that was written into it.
            router.post("/v1/suggestions") { _, _ -> Response in
                throw Problem.invalid([.init(pointer: "/title", rule: "length", message: "最多60字 · at most 60")])
            }
            router.post("/v1/attachments") { _, _ -> Response in
                throw Problem.unsupportedMediaType("played", accept: "x")
            }
            router.get("/v1/suggestions/:number") { _, _ -> Response in throw Problem.notFound() }
            // What else of Directory is asked takes nothing either.
            for path: RouterPath in [
                "/v1/me/password", "/v1/invitation", "/v1/registrations", "/v1/people/:id/invitation",
                "/v1/codes/:code/revoke", "/v1/registrations/:id/refuse", "/v1/holdings/:id/substitute",
            ] {
                router.post(path) { _, _ -> Response in
                    throw Problem.invalid([.init(pointer: "/name", rule: "length", message: "太长 · too long")])
                }
            }
            router.delete("/v1/me/factor") { _, _ -> Response in throw Problem.unauthorized(challenge: "Session") }
        }
        try await RunningService.with(logger: .silent, routes: routes) { port, _ in
            let both = "http://127.0.0.1:\(port)"
            try await PortalWorld.with(intake: both, directory: both) { try await body($0) }
        }
    }

    @Test func `whatever is written into a form stays text`() async throws {
        try await Self.with { world in
            var (inputs, refused, wrong) = (0, 0, [String]())
            for form in try Self.forms() {
                let browser = world.browser()
                try await browser.signIn()
                let page = try await browser.get("/hand-in")
                let good = [("csrf", page.value("csrf") ?? ""), ("key", page.value("key") ?? "")]
                for hostile in HostileText.all {
                    guard let text = hostile.text else { continue }
                    for field in form.fields + (form.isUpload ? ["a file's name"] : []) {
                        let fields = good.filter { $0.0 != field } + [(field, text)]
                        let answer: Browser.Page
                        if form.isUpload {
                            let name = text.replacing("\"", with: "%22").replacing("\r\n", with: "%0D%0A")
                            let files = field == "a file's name" ? [Browser.File(name: name, bytes: [1])] : []
                            answer = try await browser.upload(form.path, files.isEmpty ? fields : good, files: files)
                        } else {
                            answer = try await browser.post(form.path, fields)
                        }
                        inputs += 1
                        // Another token than the form's, and what a sign-out has ended.
                        if answer.status == 403 { refused += 1 }
                        wrong += Self.faults(answer, hostile).map { "\(form.path) \(field), \(hostile.name): \($0)" }
                    }
                }
            }
            print("injection: portal's forms: \(inputs) inputs, \(wrong.count) failures")
            #expect(wrong == [] && inputs > 1_500 && refused < inputs / 2, "\(wrong.prefix(4)) \(refused)")
        }
    }

    @Test func `whatever is written into an address stays text`() async throws {
        try await Self.with { world in
            var (inputs, wrong) = (0, [String]())
            let browser = world.browser()
            try await browser.signIn()
            let names = ["after", "code", "done", "lang", "next", "station", "state"]
            for (path, item) in try Self.document() where item["get"] != nil {
                for hostile in HostileText.all {
                    guard let text = hostile.text else { continue }
                    let encoded = Percent.encoded(text)
                    let query = names.map { "\($0)=\(encoded)" }.joined(separator: "&")
                    let address = path.replacing(/\{[a-z]+\}/, with: encoded)
                    for address in Set([address, "\(path.replacing(/\{[a-z]+\}/, with: "GOOD"))?\(query)"]) {
                        let headers = [
                            ("Accept-Language", encoded), ("X-Forwarded-For", encoded), ("User-Agent", encoded),
                        ]
                        let answer = try await browser.get(address, headers: headers)
                        inputs += 1
                        // The player's symbol is a page, which is told as our own fault.
                        guard !(path.hasSuffix("qr.svg") && answer.status == 500) else { continue }
                        let faults = Self.faults(answer, hostile).filter {
                            $0 != "no policy" || !path.hasPrefix("/assets")
                        }
                        wrong += faults.map { "\(path), \(hostile.name): \($0)" }
                    }
                }
            }
            print("injection: portal's addresses: \(inputs) inputs, \(wrong.count) failures")
            #expect(wrong == [] && inputs > 500, "\(wrong.prefix(4))")
        }
    }
}
