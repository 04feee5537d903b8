import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// The station's codes (二维码): which there are, how often they were scanned, sheets to print, other tokens, an end.
struct SheetsRoutes: Sendable {
    let front: Front

    private struct Codes: Decodable {
        struct Item: Decodable {
            let code: String
            let kind: String
            let of: String
            let station: String
            let place: String?
            let state: String
            let validUntil: String?
            let scans: Int?
            let handIns: Int?
        }
        let items: [Item]
        let next: String?
    }

    private static let notices: Set = ["rotated", "revoked", "codeMade"]

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/unit/codes") { call, session in try await codes(call, session) }
        front.post(router, signedIn: "/unit/codes") { try await make($0, $1, $2) }
        front.get(router, signedIn: "/unit/codes/:code/qr.svg") { call, session in
            let code = try Self.id(call.context.parameters.require("code"))
            return try await front.directory.document("/v1/codes/\(code)/qr.svg", as: session, name: "\(code).svg")
        }
        front.get(router, signedIn: "/unit/sheets/:size") { call, session in
            let size = try call.context.parameters.require("size")
            guard ["A4", "A6"].contains(size) else { throw Trouble.notFound }
            let unit = try await front.directory.grant(session).unit
            return try await front.directory.document(
                "/v1/sheets/\(Percent.encoded(unit)).pdf?size=\(size)",
                as: session,
                name: "\(Percent.encoded(unit))-\(size).pdf"
            )
        }
        front.post(router, signedIn: "/unit/codes/change") { try await change($0, $1, $2) }
    }

    private static func id(_ text: String) throws(Trouble) -> String {
        guard text.wholeMatch(of: /[0-9A-Za-z-]{1,64}/) != nil else { throw .notFound }
        return text
    }

    private func codes(_ call: Front.Call, _ session: Session, wrong: String? = nil) async throws -> Response {
        let visitor = call.visitor
        let after = call.query("after").map { "?after=\(Percent.encoded($0))" } ?? ""
        let list: Codes = try await front.directory.send("GET", "/v1/codes\(after)", as: session).checked().decode()
        var values: [String: Any] = [
            "hasCodes": !list.items.isEmpty,
            "codes": list.items.map { item in
                var row: [String: Any] = [
                    "code": item.code,
                    "kind": front.pages.catalogue.has("code_\(item.kind)")
                        ? front.pages.say("code_\(item.kind)", visitor) : item.kind,
                    "subject": item.kind == "activity" ? item.of : front.units.name(item.station, visitor.language),
                    "isGood": item.state == "good",
                    "state": front.pages.say(item.state == "good" ? "code_good" : "code_over", visitor),
                    "scans": String(item.scans ?? 0),
                ]
                if let place = item.place { row["place"] = place }
                if let count = item.handIns { row["handIns"] = String(count) }
                if let until = item.validUntil { row["until"] = Moments.text(until, visitor.language) }
                return row
            },
        ]
        if let next = list.next { values["next"] = Percent.encoded(next) }
        if let done = call.query("done"), Self.notices.contains(done) {
            values["notice"] = front.pages.say("done_\(done)", visitor)
        }
        if let wrong { values["wrong"] = wrong }
        return try front.pages.page(
            "codes",
            title: "codesTitle",
            values,
            for: visitor,
            status: wrong == nil ? .ok : .unprocessableContent,
            path: "/unit/codes"
        )
    }

    private func make(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let unit = try await front.directory.grant(session).unit
        let activity = form.given("activity")
        var body = ["kind": activity == nil ? "station" : "activity", "of": activity ?? unit, "station": unit]
        if activity == nil { body["station"] = nil }
        body["place"] = form.given("place")
        let answer = try await front.directory.send("POST", "/v1/codes", as: session, json: body)
        guard answer.status != 400, answer.status != 422 else {
            let words = answer.faults.first.map { call.visitor.language.half(of: $0.message) }
            return try await codes(call, session, wrong: words ?? front.pages.say("changeRefused", call.visitor))
        }
        _ = try answer.checked()
        return front.pages.redirect(to: "/unit/codes?done=codeMade")
    }

    /// First a page that asks whether it is meant, then the change: what hangs on walls stops working.
    private func change(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let code = try Self.id(form["code"])
        let isRevoked = form["change"] == "revoke"
        guard isRevoked || form["change"] == "rotate" else { throw Trouble.malformed }
        guard form["confirmed"] == "yes" else {
            return try front.pages.page(
                "code-change",
                title: isRevoked ? "revokeTitle" : "rotateTitle",
                [
                    "code": code, "change": form["change"],
                    "text": front.pages.say(isRevoked ? "revokeText" : "rotateText", call.visitor),
                    "button": front.pages.say(isRevoked ? "revokeButton" : "rotateButton", call.visitor),
                ],
                for: call.visitor,
                path: "/unit/codes"
            )
        }
        struct Nothing: Encodable, Sendable {}
        let answer = try await front.directory.send(
            "POST",
            "/v1/codes/\(code)/\(isRevoked ? "revoke" : "rotate")",
            as: session,
            json: Nothing()
        )
        guard answer.status != 409 else {
            return try await codes(call, session, wrong: front.pages.say("changeRefused", call.visitor))
        }
        _ = try answer.checked()
        return front.pages.redirect(to: "/unit/codes?done=\(isRevoked ? "revoked" : "rotated")")
    }
}
