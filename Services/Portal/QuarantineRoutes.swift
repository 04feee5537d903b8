import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// What is held back as a flood (待核查件): looked at, let go or refused, one by one or a whole flood at once.
///
/// Whose it is to decide is Intake's to say, by the role that somebody acts in.
struct QuarantineRoutes: Sendable {
    let front: Front

    private struct Item: Decodable {
        let id: String
        let title: String
        let text: String
        let receivedAt: String
    }

    private struct Floods: Decodable {
        struct Flood: Decodable {
            let flood: String
            let station: String
            let reason: String
            let count: Int
            let firstAt: String
            let lastAt: String
            let samples: [Item]
        }
        let waiting: Int
        let floods: [Flood]
    }

    private struct Page: Decodable {
        let items: [Item]
        let next: String?
    }

    private static let notices: Set = ["heldReleased", "heldRefused", "heldGone"]

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/unit/quarantine") { call, session in try await floods(call, session) }
        front.get(router, signedIn: "/unit/quarantine/:flood") { call, session in
            let flood = try Self.id(try call.context.parameters.require("flood"), orElse: .notFound)
            return try await flooded(call, session, flood)
        }
        front.post(router, signedIn: "/unit/quarantine") { try await decide($0, $1, $2) }
    }

    /// Ids stand in addresses: what is none is not asked about.
    private static func id(_ text: String, orElse trouble: Trouble = .malformed) throws(Trouble) -> String {
        guard text.wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw trouble }
        return text
    }

    private func floods(_ call: Front.Call, _ session: Session, wrong: String? = nil) async throws -> Response {
        let visitor = call.visitor
        let list: Floods = try await ask("GET", "/v1/quarantine", session).checked().decode()
        let rows = list.floods.map { flood -> [String: Any] in
            [
                "flood": flood.flood, "station": front.units.name(flood.station, visitor.language),
                "reason": front.pages.catalogue.has("heldReason_\(flood.reason)")
                    ? front.pages.say("heldReason_\(flood.reason)", visitor) : flood.reason,
                "count": front.pages.say("heldCount", visitor, ["count": String(flood.count)]),
                "from": Moments.text(flood.firstAt, visitor.language),
                "to": Moments.text(flood.lastAt, visitor.language),
                "items": flood.samples.map { row($0, visitor) }, "hasMore": flood.count > flood.samples.count,
            ]
        }
        return try page("quarantine", ["floods": rows, "isEmpty": rows.isEmpty], call, wrong: wrong)
    }

    private func flooded(
        _ call: Front.Call,
        _ session: Session,
        _ flood: String,
        wrong: String? = nil
    ) async throws -> Response {
        let after = call.query("after").map { "?after=\(Percent.encoded($0))" } ?? ""
        let answer = try await ask("GET", "/v1/quarantine/\(flood)\(after)", session)
        // A place in a list that is none begins at its beginning.
        guard answer.status != 400 else { throw Trouble.notFound }
        let held: Page = try answer.checked().decode()
        var values: [String: Any] = [
            "flood": flood, "isEmpty": held.items.isEmpty, "items": held.items.map { row($0, call.visitor) },
        ]
        if let next = held.next { values["next"] = Percent.encoded(next) }
        return try page("held", values, call, wrong: wrong)
    }

    private func row(_ item: Item, _ visitor: Visitor) -> [String: Any] {
        [
            "id": item.id, "title": item.title, "text": item.text,
            "receivedAt": Moments.text(item.receivedAt, visitor.language),
        ]
    }

    private func page(
        _ template: String,
        _ values: [String: Any],
        _ call: Front.Call,
        wrong: String?
    ) throws -> Response {
        var values = values
        if let done = call.query("done"), Self.notices.contains(done) {
            values["notice"] = front.pages.say("done_\(done)", call.visitor)
        }
        if let wrong { values["wrong"] = wrong }
        return try front.pages.page(
            template,
            title: "heldTitle",
            values,
            for: call.visitor,
            status: wrong == nil ? .ok : .unprocessableContent,
            path: "/unit/quarantine"
        )
    }

    private func decide(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        struct Choice: Encodable {
            var flood: String?
            var items: [String]?
            var reason: String?
        }
        struct Decided: Decodable { let count: Int }
        let flood = try Self.id(form["flood"])
        let item = try form.given("item").map { text throws(Trouble) in try Self.id(text) }
        var choice = item.map { Choice(items: [$0]) } ?? Choice(flood: flood)
        let isReleased = form["decision"] == "release"
        /// The page that the form stood on, with what is wrong.
        func again(_ words: String) async throws -> Response {
            item == nil
                ? try await floods(call, session, wrong: words)
                : try await flooded(call, session, flood, wrong: words)
        }
        if !isReleased {
            guard let reason = form.given("reason") else {
                return try await again(front.pages.say("reasonMissing", call.visitor))
            }
            choice.reason = reason
        }
        let answer = try await ask("POST", "/v1/quarantine/\(isReleased ? "release" : "refuse")", session, json: choice)
        if [400, 422].contains(answer.status) {
            let words = answer.faults.first.map { call.visitor.language.half(of: $0.message) }
            return try await again(words ?? front.pages.say("changeRefused", call.visitor))
        }
        let decided: Decided = try answer.checked().decode()
        // What somebody else has decided about in the meantime is passed over.
        let done = decided.count == 0 ? "heldGone" : isReleased ? "heldReleased" : "heldRefused"
        return front.pages.redirect(to: "/unit/quarantine\(item == nil ? "" : "/\(flood)")?done=\(done)")
    }

    private func ask(
        _ method: String,
        _ path: String,
        _ session: Session,
        json: (any Encodable & Sendable)? = nil
    ) async throws -> Neighbour.Answer {
        let token = try await front.directory.grant(session).token
        return try await front.intake.neighbour.send(method, path, token: token, json: json)
    }
}
