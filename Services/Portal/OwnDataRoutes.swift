import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// What is held of whoever has signed in: seen, taken away as a file, or erased (查阅、复制、删除个人信息；个人信息保护法 §45, §47).
struct OwnDataRoutes: Sendable {
    let front: Front

    /// Of Directory's `POST /v1/me/export` what the page shows; the file has all of it.
    private struct Held: Decodable {
        struct Role: Decodable {
            struct Holding: Decodable {
                let role: String
                let unit: String
                let from: String
                let until: String?
            }
            let holding: Holding
        }
        struct SignIn: Decodable {
            let phone: Bool
            let lockedAt: String?
            let signedInAt: String?
            let factorSince: String?
        }
        struct Item: Decodable {}
        let exportedAt: String
        let login: String
        let name: String
        let holdings: [Role]
        let signIn: SignIn
        let sessions: [Item]
        let codes: [Item]
        let acts: [Item]
        let hasOlderActs: Bool
    }

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/account/data") { call, _ in try page(call) }
        front.post(router, signedIn: "/account/data") { call, form, session in
            switch form["what"] {
            case "erase": return try await erase(call, form, session)
            case "file": return Self.file(try await export(session))
            default: return try page(call, ["held": shown(try await export(session).decode(), call.visitor)])
            }
        }
    }

    private func page(
        _ call: Front.Call,
        _ values: [String: Any] = [:],
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try front.pages.page("own-data", title: "dataTitle", values, for: call.visitor, status: status)
    }

    /// An act of its own in the record: it is asked for by a form and never by an address.
    private func export(_ session: Session) async throws -> Neighbour.Answer {
        try await front.directory.send("POST", "/v1/me/export", as: session).checked()
    }

    private static func file(_ answer: Neighbour.Answer) -> Response {
        Response(
            status: .ok,
            headers: Pages.guarded([
                .contentType: "application/json", .cacheControl: "private, no-store",
                .contentDisposition: "attachment; filename=\"ebinda-my-data.json\"",
            ]),
            body: .init(byteBuffer: .init(bytes: answer.body))
        )
    }

    private func shown(_ held: Held, _ visitor: Visitor) -> [String: Any] {
        func moment(_ text: String?) -> String? { text.map { Moments.text($0, visitor.language) } }
        var shown: [String: Any] = [
            "login": held.login, "name": held.name,
            "roles": held.holdings.map { role in
                var row: [String: Any] = [
                    "role": front.pages.role(role.holding.role, visitor),
                    "unit": front.units.name(role.holding.unit, visitor.language),
                    "from": Moments.day(role.holding.from, visitor.language),
                ]
                if let until = role.holding.until { row["until"] = Moments.day(until, visitor.language) }
                return row
            },
            "phone": front.pages.say(held.signIn.phone ? "dataPhoneYes" : "dataPhoneNo", visitor),
            "sessions": String(held.sessions.count), "codes": String(held.codes.count),
            "acts": held.hasOlderActs ? "\(held.acts.count)+" : String(held.acts.count),
        ]
        shown["signedInAt"] = moment(held.signIn.signedInAt)
        shown["lockedAt"] = moment(held.signIn.lockedAt)
        shown["factorSince"] = moment(held.signIn.factorSince)
        return shown
    }

    private func erase(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        // It cannot be undone: a form that was sent by a slip changes nothing.
        guard form["sure"] == "yes" else {
            return try page(call, ["isUnsure": true], status: .unprocessableContent)
        }
        var asked = ["password": form.fields["password"] ?? ""]
        let code = form["code"].filter { !$0.isWhitespace }
        if !code.isEmpty { asked["code"] = code }
        let answer = try await front.directory.send("POST", "/v1/me/erasure", as: session, json: asked)
        switch answer.status {
        case 400, 401, 422: return try page(call, ["isWrong": true], status: .unprocessableContent)
        case 409: return try page(call, ["isInOffice": true], status: .conflict)
        default:
            _ = try answer.checked()
            front.directory.forget(session)
            return try front.pages.page(
                "own-data",
                title: "dataTitle",
                ["isErased": true],
                for: call.visitor.signedOut,
                cookies: [front.pages.cookies.clear(.session), front.pages.cookies.set(.visit, Seal.random())],
                path: "/"
            )
        }
    }
}
