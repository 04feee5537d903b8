import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// Plays Directory's sign-in, people and codes for the pages, as their interfaces are agreed; notes what it was asked with.
final class DirectoryPlayer: Sendable {
    struct State: Sendable {
        var signIns: [String] = []
        var tokens = 0
        var ended: [String] = []
        var authorizations: Set<String> = []
        var isLocked = false
        var knowsSession = true
        var changes: [String] = []
        var phones: [String] = []
    }

    static let session = "01930000-0000-7000-8000-0000000000aa"
    static let (registrar, liaison) = ("01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b")
    /// What an authenticator is given, as Directory makes it.
    static let factorSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    static let factorAddress =
        "otpauth://totp/eBinda:wang.fang?secret=\(factorSecret)&issuer=eBinda&algorithm=SHA1&digits=6&period=30"
    /// Text that a page must not take for its own.
    static let hostile = "<script>\"\u{301}'"

    let state = Mutex(State())

    private struct SignIn: Decodable {
        let login: String
        let password: String
    }
    private struct Factor: Decodable {
        let challenge: String
        let code: String
    }
    private struct Holding: Encodable {
        let id: String
        let role: String
        let unit: String
        let unitName: String
    }
    private struct Token: Encodable {
        let access_token: String
        let expires_in: Int
        let holding: String
        let holdings: [Holding]
    }
    private static let holdings = [
        Holding(id: registrar, role: "registrar", unit: "xixing-gongwei", unitName: hostile),
        Holding(id: liaison, role: "liaison", unit: "ST-X01", unitName: "站"),
    ]

    func add(to router: Router<HTTPContext>) {
        router.post("/v1/sign-in") { [self] request, context in
            let form: SignIn = try await request.decodeBody(context: context)
            let isLocked = state.withLock { state in
                state.signIns.append(form.login)
                return state.isLocked
            }
            if isLocked { throw Problem(.tooManyRequests, "locked", title: "锁定", headers: [.retryAfter: "300"]) }
            guard form.password == "three quiet rivers" else { throw Problem.unauthorized(challenge: "Session") }
            if form.login == "factor" { return try Response.json(["challenge": "the-challenge"]) }
            return try Self.signedIn()
        }
        router.post("/v1/voters") { [self] request, context in
            let form: [String: String] = try await request.decodeBody(context: context)
            let phone = form["phone"] ?? ""
            guard phone.utf8.count == 11 else {
                throw Problem.invalid([
                    .init(pointer: "/phone", rule: "phone", message: "应为11位手机号码 · must be 11 digits")
                ])
            }
            let count = state.withLock { state in
                state.phones.append(phone)
                return state.phones.count
            }
            guard count <= 3 else { throw Problem(.tooManyRequests, "too-many-requests", title: "过于频繁") }
            return try Response.json(["registration": Self.session], status: .accepted)
        }
        router.post("/v1/voters/:registration/confirmation") { request, context in
            let form: [String: String] = try await request.decodeBody(context: context)
            guard try context.parameters.require("registration") == Self.session, form["code"] == "123456" else {
                throw Problem.invalid([.init(pointer: "/code", rule: "wrong", message: "验证码不正确 · is wrong")])
            }
            guard form["login"] != "taken" else { throw Problem.conflict("taken") }
            guard form["password"]?.utf8.count ?? 0 >= 10 else {
                throw Problem.invalid([.init(pointer: "/password", rule: "length", message: "至少10字 · at least 10")])
            }
            return try Response.json(["person": Self.session], status: .created)
        }
        router.post("/v1/sign-in/factor") { request, context in
            let form: Factor = try await request.decodeBody(context: context)
            guard form.challenge == "the-challenge", form.code == "123456" else {
                throw Problem.unauthorized(challenge: "Session")
            }
            return try Self.signedIn()
        }
        router.post("/v1/token") { [self] request, context in
            let form = try await request.decodeForm(context: context)
            guard form["refresh_token"] == "the-secret", state.withLock({ $0.knowsSession }) else {
                throw Problem.unauthorized(challenge: "Basic")
            }
            state.withLock { $0.tokens += 1 }
            let holding = Self.holdings.first { $0.id == form["holding"] ?? Self.registrar }
            guard let holding else { throw Problem.forbidden("not this person's") }
            let claims = Base64URL.text(
                try JSONEncoder().encode([
                    "sub": "person:\(Self.registrar)", "role": holding.role, "unit": holding.unit,
                ])
            )
            return try Response.json(
                Token(access_token: "h.\(claims).s", expires_in: 600, holding: holding.id, holdings: Self.holdings)
            )
        }
        for (path, text) in [
            (
                "/v1/me",
                #"{"person":"p","login":"wang.fang","name":"HOSTILE","factor":false,"holdings":[{"id":"A","role":"registrar","unit":"xixing-gongwei","unitName":"HOSTILE"},{"id":"B","role":"liaison","unit":"ST-X01","unitName":"站"}]}"#
            ),
            (
                "/v1/me/sessions",
                #"{"items":[{"session":"SESSION","usedAt":"2026-11-24T01:00:00.000000Z","agent":"HOSTILE"}]}"#
            ),
            (
                "/v1/people",
                #"{"items":[{"id":"A","login":"wang.fang","name":"HOSTILE","state":"active","holdings":[{"holding":"A","role":"registrar","unit":"ST-X01","state":"confirmed","from":"2026-03-01"}]},{"id":"B","login":"qian.wei","name":"钱伟","state":"active","holdings":[{"holding":"B","role":"liaison","unit":"ST-X01","state":"confirmed","from":"2026-03-01"}]}],"next":null}"#
            ),
            (
                "/v1/registrations",
                #"{"items":[{"person":{"id":"A","login":"zhao.lei","name":"HOSTILE","state":"pending"},"holding":{"holding":"B","role":"observer","unit":"ST-X01","state":"asked","from":"2026-03-01"}}],"next":null}"#
            ),
            (
                "/v1/codes",
                #"{"items":[{"code":"C1","kind":"activity","of":"HOSTILE","station":"ST-X01","place":"HOSTILE","state":"good","scans":3},{"code":"C2","kind":"deputy","of":"A","station":"ST-X01","state":"good"}],"next":null}"#
            ),
            (
                "/v1/stations",
                #"{"items":[{"code":"ST-00","name":"总站"},{"code":"ST-C0","name":"长河中心站"},{"code":"ST-N01","name":"新开的站","above":"ST-C0"},{"code":"ST-X01","name":"HOSTILE","above":"ST-X0"}]}"#
            ),
            ("/v1/deputies", #"{"items":[{"id":"A","name":"吴书望","stations":[]}]}"#),
            (
                "/v1/units",
                #"{"items":[{"unit":"xixing-gongwei","kind":"committee","unitName":"西兴工委","state":"active","changedAt":"x"},{"unit":"ST-X01","kind":"station","unitName":"HOSTILE","parent":"ST-X0","state":"active"},{"unit":"ST-X0","kind":"station","unitName":"西兴中心站","parent":"xixing-gongwei","state":"active"},{"unit":"ST-X02","kind":"station","unitName":"撤销的站","parent":"ST-X0","state":"ended"},{"unit":"ST-C0","kind":"station","unitName":"长河中心站","parent":"changhe-gongwei","state":"active"}]}"#
            ),
            (
                "/v1/entrances/GOOD",
                #"{"state":"good","kind":"deputy","station":{"code":"ST-X01","name":"站"},"deputy":{"id":"A","name":"HOSTILE","level":"district","stations":[]}}"#
            ),
            ("/v1/entrances/OLD", #"{"state":"revoked","kind":"station","station":{"code":"ST-X01","name":"站"}}"#),
        ] {
            // Escaped by hand: a quotation mark with a combining mark is another character to Swift.
            let hostile = "<script>\\\"\u{301}'"
            let body = text.replacing("HOSTILE", with: hostile).replacing("SESSION", with: Self.session)
                .replacing("\"A\"", with: "\"\(Self.registrar)\"").replacing("\"B\"", with: "\"\(Self.liaison)\"")
            router.get(RouterPath(path)) { [self] request, _ in
                state.withLock { state in
                    if let token = request.headers[.authorization] { state.authorizations.insert(token) }
                }
                return Response(
                    status: .ok,
                    headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: .init(string: body))
                )
            }
        }
        router.get("/v1/entrances/:token") { _, _ in try Response.json(["state": "forged"]) }
        router.get("/v1/codes/:code/qr.svg") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/html"],
                body: .init(byteBuffer: .init(string: "<script>"))
            )
        }
        router.get("/v1/sheets.pdf") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/pdf"],
                body: .init(byteBuffer: .init(string: "%PDF-1.7 sheet"))
            )
        }
        router.post("/v1/codes") { [self] request, context in
            let form: [String: String] = try await request.decodeBody(context: context)
            guard form["place"] != "wrong" else {
                throw Problem.invalid([.init(pointer: "/place", rule: "length", message: "太长 · too long")])
            }
            let said = ["kind", "of", "station", "place"].map { form[$0] ?? "-" }.joined(separator: " ")
            state.withLock { $0.changes.append("/v1/codes \(said)") }
            return try Response.json(["code": "C3"], status: .created)
        }
        router.post("/v1/me/factor") { _, _ in
            try Response.json(["secret": Self.factorSecret, "uri": Self.factorAddress])
        }
        router.post("/v1/me/factor/confirm") { _, _ -> Response in throw Problem.unauthorized(challenge: "Session") }
        for path: RouterPath in ["/v1/registrations/:id/confirm", "/v1/codes/:code/rotate", "/v1/holdings/:id/end"] {
            router.post(path) { [self] request, _ in
                state.withLock { $0.changes.append(request.uri.path) }
                return try Response.json(["done": true])
            }
        }
        router.post("/v1/me/export") { [self] _, _ in
            state.withLock { $0.changes.append("export") }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: .init(string: Self.held))
            )
        }
        router.post("/v1/me/erasure") { [self] request, context in
            let form: [String: String] = try await request.decodeBody(context: context)
            guard form["password"] == "three quiet rivers" else { throw Problem.unauthorized(challenge: "Session") }
            guard form["code"] != "654321" else { throw Problem.conflict("in-office") }
            state.withLock { $0.changes.append("erasure") }
            return Response(status: .noContent)
        }
        playPeoplesData(router)
        router.delete("/v1/me/sessions/:id") { [self] _, context in
            let id = try context.parameters.require("id")
            state.withLock { $0.ended.append(id) }
            return Response(status: .noContent)
        }
    }

    /// Whose data an officer may ask for: a person who holds a role in the officer's unit, and another who held one elsewhere too.
    private func playPeoplesData(_ router: Router<HTTPContext>) {
        router.get("/v1/people/:id") { _, context in
            let id = try context.parameters.require("id")
            guard [Self.liaison, Self.registrar].contains(id) else { throw Problem.notFound() }
            let person =
                #"{"id":"\#(id)","login":"qian.wei","name":"<script>钱伟","state":"ended","holdings":[{"holding":"h","role":"liaison","unit":"ST-X01","state":"ended","from":"2026-03-01","until":"2026-11-01"}]}"#
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: .init(string: person))
            )
        }
        for what in ["export", "erasure"] {
            router.post(RouterPath("/v1/people/:id/\(what)")) { [self] request, context in
                let form: [String: String] = try await request.decodeBody(context: context)
                let (id, reason) = (try context.parameters.require("id"), form["reason"] ?? "")
                guard id != Self.registrar else {
                    throw Problem.forbidden("此人还在其他单位任过职 · this person holds or held roles elsewhere too")
                }
                guard reason.count <= 200 else {
                    throw Problem.invalid([
                        .init(pointer: "/reason", rule: "length", message: "最多200字 · at most 200 characters")
                    ])
                }
                guard reason != "太早" else { throw Problem.conflict("仍在任职，须先结束 · a role still runs; end it first") }
                state.withLock { $0.changes.append("\(what) \(id) \(reason)") }
                guard what == "export" else { return Response(status: .noContent) }
                return Response(
                    status: .ok,
                    headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: .init(string: Self.held))
                )
            }
        }
    }

    /// What Directory holds of a person, with a text in it that no page may take for its own.
    static let held =
        #"{"exportedAt":"2026-11-24T01:00:00.000000Z","login":"wang.fang","name":"<script>","holdings":[{"holding":{"role":"observer","unit":"ST-X01","from":"2026-03-01","until":"2026-11-01"}}],"signIn":{"password":true,"phone":true,"signedInAt":"2026-11-24T01:00:00Z"},"sessions":[{}],"codes":[],"acts":[{},{}],"hasOlderActs":true}"#

    private static func signedIn() throws -> Response {
        try Response.json(["session": session, "secret": "the-secret", "expiresAt": "2026-12-08T01:00:00.000000Z"])
    }
}
