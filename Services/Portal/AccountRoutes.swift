import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import QRCodes

/// What is a person's own: the role they act in, their sessions, their password, their second factor.
struct AccountRoutes: Sendable {
    let front: Front

    /// Directory's `GET /v1/me`.
    private struct Me: Decodable {
        let login: String
        let name: String
        let holdings: [DirectoryService.Holding]
        let factor: Bool
    }

    private struct Sessions: Decodable {
        struct Item: Decodable {
            let session: String
            let madeAt: String?
            let usedAt: String?
            let agent: String?
            let network: String?
        }
        let items: [Item]
    }

    /// What a change has led to, as the address says it: words of ours alone.
    private static let notices: Set = ["password", "role", "sessionEnded", "factorRemoved"]

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/account") { call, session in try await account(call, session) }
        front.post(router, signedIn: "/account/role") { try await choose($0, $1, $2) }
        front.get(router, signedIn: "/account/sessions") { call, session in try await sessions(call, session) }
        front.post(router, signedIn: "/account/sessions/end") { call, form, session in
            let id = form["session"]
            guard id.wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw Trouble.malformed }
            _ = try await front.directory.send("DELETE", "/v1/me/sessions/\(id)", as: session).checked()
            guard id != session.directoryID else { throw Trouble.signedOut }
            return front.pages.redirect(to: "/account/sessions?done=sessionEnded")
        }
        front.get(router, signedIn: "/account/password") { call, _ in try password(call) }
        front.post(router, signedIn: "/account/password") { try await changePassword($0, $1, $2) }
        front.get(router, signedIn: "/account/factor") { call, session in
            let me: Me = try await front.directory.send("GET", "/v1/me", as: session).checked().decode()
            return try factor(call, ["isOn": me.factor])
        }
        front.post(router, signedIn: "/account/factor") { call, _, session in try await beginFactor(call, session) }
        front.post(router, signedIn: "/account/factor/confirm") { try await confirmFactor($0, $1, $2) }
        front.post(router, signedIn: "/account/factor/remove") { try await removeFactor($0, $1, $2) }
    }

    private func notice(_ call: Front.Call, into values: inout [String: Any]) {
        guard let done = call.query("done"), Self.notices.contains(done) else { return }
        values["notice"] = front.pages.say("done_\(done)", call.visitor)
    }

    private func account(_ call: Front.Call, _ session: Session) async throws -> Response {
        let grant = try await front.directory.grant(session)
        let me: Me = try await front.directory.send("GET", "/v1/me", as: session).checked().decode()
        let visitor = call.visitor
        func role(_ role: String) -> String { front.pages.role(role, visitor) }
        var values: [String: Any] = [
            "name": me.name, "login": me.login, "isProtected": me.factor,
            "role": role(grant.role), "unit": front.units.name(grant.unit, visitor.language),
            "holdings": me.holdings.map { holding in
                var row: [String: Any] = [
                    "id": holding.id, "role": role(holding.role),
                    "unit": holding.unitName ?? front.units.name(holding.unit, visitor.language),
                    "isActing": holding.id == grant.holding,
                ]
                if let until = holding.until { row["until"] = Moments.day(until, visitor.language) }
                return row
            },
            "hasChoice": me.holdings.count > 1,
            "isRegistrar": grant.role == "registrar" || grant.role == "operator",
            "hasCodes": ["liaison", "registrar", "operator"].contains(grant.role),
            "hasHeld": ["liaison", "operator"].contains(grant.role),
        ]
        notice(call, into: &values)
        return try front.pages.page("account", title: "accountTitle", values, for: visitor)
    }

    private func choose(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let holding = form["holding"]
        guard holding.wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw Trouble.malformed }
        var chosen = session
        chosen.holding = holding
        // Directory says whether it may be acted in; until it does, the one before stays.
        _ = try await front.directory.grant(chosen)
        return front.pages.redirect(
            to: "/account?done=role",
            cookies: [front.pages.cookies.set(.session, try front.pages.seal.seal(chosen, for: .session))]
        )
    }

    private func sessions(_ call: Front.Call, _ session: Session) async throws -> Response {
        let list: Sessions = try await front.directory.send("GET", "/v1/me/sessions", as: session).checked().decode()
        var values: [String: Any] = [
            "sessions": list.items.map { item in
                var row: [String: Any] = [
                    "id": item.session, "isThis": item.session == session.directoryID, "agent": item.agent ?? "",
                    "network": item.network ?? "",
                ]
                if let at = item.usedAt ?? item.madeAt { row["usedAt"] = Moments.text(at, call.visitor.language) }
                return row
            }
        ]
        notice(call, into: &values)
        return try front.pages.page("sessions", title: "sessionsTitle", values, for: call.visitor)
    }

    // MARK: Password

    private func password(_ call: Front.Call, faults: [(field: String, words: String)] = []) throws -> Response {
        var values: [String: Any] = [:]
        FaultList.add(faults, to: &values)
        return try front.pages.page(
            "password",
            title: "passwordTitle",
            values,
            for: call.visitor,
            status: faults.isEmpty ? .ok : .unprocessableContent
        )
    }

    private func changePassword(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let (old, new) = (form.fields["old"] ?? "", form.fields["password"] ?? "")
        guard new == form.fields["again"] else {
            return try password(call, faults: [("again", front.pages.say("passwordsDiffer", call.visitor))])
        }
        let answer = try await front.directory.send(
            "POST",
            "/v1/me/password",
            as: session,
            json: ["old": old, "new": new]
        )
        switch answer.status {
        case 200..<300: return front.pages.redirect(to: "/account?done=password")
        case 400, 422:
            let faults = answer.faults.map { fault in
                (fault.pointer == "/old" ? "old" : "password", call.visitor.language.half(of: fault.message))
            }
            return try password(
                call,
                faults: faults.isEmpty ? [("old", front.pages.say("passwordWrong", call.visitor))] : faults
            )
        default: throw answer.trouble()
        }
    }

    // MARK: The second factor

    private func factor(_ call: Front.Call, _ values: [String: Any], isWrong: Bool = false) throws -> Response {
        var values = values
        if isWrong { values["wrong"] = front.pages.say("factorWrong", call.visitor) }
        return try front.pages.page(
            "second-factor",
            title: "secondFactorTitle",
            values,
            for: call.visitor,
            status: isWrong ? .unprocessableContent : .ok,
            path: "/account/factor"
        )
    }

    private func beginFactor(_ call: Front.Call, _ session: Session) async throws -> Response {
        struct Begun: Decodable {
            let secret: String
            let uri: String
        }
        let begun: Begun = try await front.directory.send("POST", "/v1/me/factor", as: session).checked().decode()
        return try factor(call, Self.begun(secret: begun.secret, uri: begun.uri))
    }

    /// What is shown once: the secret as a symbol for another device's camera, as an address that opens an authenticator on this
    /// one, and as text.
    ///
    /// The symbol is drawn within the page: no image of it has an address, and nothing keeps it.
    private static func begun(secret: String, uri: String) -> [String: Any] {
        var begun: [String: Any] = ["secret": secret, "spaced": Fours.spaced(secret), "uri": ""]
        guard uri.hasPrefix("otpauth://") else { return ["begun": begun] }
        begun["uri"] = uri
        // What has come back with a form is a text of the browser's, and may be none that a symbol holds.
        if let symbol = try? QRSymbol(uri) {
            let (quiet, side) = (QRSymbol.quietZone, symbol.width + 2 * QRSymbol.quietZone)
            begun["symbol"] = ["path": symbol.path, "from": -quiet, "side": side]
        }
        return ["begun": begun]
    }

    private func confirmFactor(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        struct Confirmed: Decodable { let recovery: [String] }
        let answer = try await front.directory.send(
            "POST",
            "/v1/me/factor/confirm",
            as: session,
            json: ["code": form["code"].filter { !$0.isWhitespace }]
        )
        guard ![400, 401, 422].contains(answer.status) else {
            // The secret comes back with the form, so that it need not be entered anew.
            return try factor(call, Self.begun(secret: form["secret"], uri: form["uri"]), isWrong: true)
        }
        let confirmed: Confirmed = try answer.checked().decode()
        front.directory.forget(session)
        return try front.pages.page(
            "recovery",
            title: "recoveryTitle",
            ["codes": confirmed.recovery],
            for: call.visitor,
            path: "/account"
        )
    }

    private func removeFactor(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let answer = try await front.directory.send(
            "DELETE",
            "/v1/me/factor",
            as: session,
            json: ["password": form.fields["password"] ?? "", "code": form["code"].filter { !$0.isWhitespace }]
        )
        guard ![400, 401, 422].contains(answer.status) else { return try factor(call, ["isOn": true], isWrong: true) }
        _ = try answer.checked()
        front.directory.forget(session)
        return front.pages.redirect(to: "/account?done=factorRemoved")
    }
}

/// What is wrong with a form, as templates show it: a list with links, and beside each field.
enum FaultList {
    static func add(_ faults: [(field: String, words: String)], to values: inout [String: Any]) {
        guard !faults.isEmpty else { return }
        values["faults"] = ["items": faults.map { ["field": $0.field, "words": $0.words] }]
        values["fault"] = Dictionary(faults.map { ($0.field, $0.words) }) { first, _ in first }
    }
}
