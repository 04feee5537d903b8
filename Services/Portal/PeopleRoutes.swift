import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// The unit officer's page (人员管理员): who is here, who has registered, who stands in for whom.
struct PeopleRoutes: Sendable {
    let front: Front

    private struct Holding: Decodable {
        let holding: String
        let role: String
        let unit: String
        let state: String
        let until: String?
        let substituteFor: String?
    }

    private struct People: Decodable {
        struct Item: Decodable {
            let id: String
            let login: String
            let name: String
            let state: String
            let holdings: [Holding]
        }
        let items: [Item]
        let next: String?
    }

    private struct Registrations: Decodable {
        struct Item: Decodable {
            struct Who: Decodable {
                let login: String
                let name: String
            }
            let person: Who
            let holding: Holding
        }
        let items: [Item]
    }

    private static let notices: Set = ["confirmed", "refused", "ended", "substituted"]

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/unit/people") { call, session in try await people(call, session) }
        front.post(router, signedIn: "/unit/registrations") { call, form, session in
            let holding = try Self.id(form["holding"])
            let isConfirmed = form["decision"] == "confirm"
            let reason = form["reason"]
            guard isConfirmed || !reason.isEmpty else { return try await people(call, session, wrong: "reasonMissing") }
            return try await change(
                call,
                session,
                "/v1/registrations/\(holding)/\(isConfirmed ? "confirm" : "refuse")",
                ["reason": reason],
                done: isConfirmed ? "confirmed" : "refused"
            )
        }
        front.post(router, signedIn: "/unit/holdings/end") { call, form, session in
            let holding = try Self.id(form["holding"])
            guard let reason = form.given("reason") else {
                return try await people(call, session, wrong: "reasonMissing")
            }
            return try await change(call, session, "/v1/holdings/\(holding)/end", ["reason": reason], done: "ended")
        }
        front.post(router, signedIn: "/unit/holdings/substitute") { call, form, session in
            let holding = try Self.id(form["holding"])
            guard let person = form.given("person"), let until = form.given("until") else {
                return try await people(call, session, wrong: "substituteMissing")
            }
            let body = ["person": try Self.id(person), "until": until]
            return try await change(call, session, "/v1/holdings/\(holding)/substitute", body, done: "substituted")
        }
        front.post(router, signedIn: "/unit/invitation") { try await invite($0, $1, $2) }
    }

    /// Ids stand in addresses: what is none is not asked about.
    private static func id(_ text: String) throws(Trouble) -> String {
        guard text.wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw .malformed }
        return text
    }

    private func people(
        _ call: Front.Call,
        _ session: Session,
        wrong: String? = nil,
        words: String? = nil
    ) async throws -> Response {
        let visitor = call.visitor
        let after = call.query("after").map { "?after=\(Percent.encoded($0))" } ?? ""
        let people: People = try await front.directory.send("GET", "/v1/people\(after)", as: session).checked().decode()
        let asked: Registrations = try await front.directory.send("GET", "/v1/registrations", as: session).checked()
            .decode()
        let own = try await front.directory.grant(session).person
        func name(of role: String) -> String { front.pages.role(role, visitor) }
        func row(_ holding: Holding) -> [String: Any] {
            var row: [String: Any] = [
                "id": holding.holding, "role": name(of: holding.role),
                "unit": front.units.name(holding.unit, visitor.language),
                "isSubstitute": holding.substituteFor != nil,
            ]
            if let until = holding.until { row["until"] = Moments.day(until, visitor.language) }
            return row
        }
        var values: [String: Any] = [
            "registrations": asked.items.map { item in
                row(item.holding).merging(["name": item.person.name, "login": item.person.login]) { $1 }
            },
            "hasRegistrations": !asked.items.isEmpty,
            "people": people.items.filter { $0.state == "active" }.map { person in
                [
                    "person": person.id, "name": person.name, "login": person.login,
                    // Nobody decides about themselves: Directory would refuse it.
                    "isOthers": person.id != own,
                    "holdings": person.holdings.filter { $0.state == "confirmed" }.map(row),
                    "others": people.items.filter { $0.id != person.id && $0.state == "active" }.map {
                        ["otherID": $0.id, "otherName": $0.name]
                    },
                ] as [String: Any]
            },
        ]
        if let next = people.next { values["next"] = Percent.encoded(next) }
        if let done = call.query("done"), Self.notices.contains(done) {
            values["notice"] = front.pages.say("done_\(done)", visitor)
        }
        if let wrong = words ?? wrong.map({ front.pages.say($0, visitor) }) { values["wrong"] = wrong }
        return try front.pages.page(
            "people",
            title: "peopleTitle",
            values,
            for: visitor,
            status: values["wrong"] == nil ? .ok : .unprocessableContent,
            path: "/unit/people"
        )
    }

    private func change(
        _ call: Front.Call,
        _ session: Session,
        _ path: String,
        _ body: [String: String],
        done: String
    ) async throws -> Response {
        let answer = try await front.directory.send("POST", path, as: session, json: body)
        switch answer.status {
        case 200..<300: return front.pages.redirect(to: "/unit/people?done=\(done)")
        // Decided by somebody else in the meantime, or against a rule: Directory says which.
        case 400, 409, 422:
            let words = answer.faults.first.map(\.message) ?? answer.detail ?? ""
            return try await people(
                call,
                session,
                wrong: "changeRefused",
                words: words.isEmpty ? nil : call.visitor.language.half(of: words)
            )
        default: throw answer.trouble()
        }
    }

    private func invite(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        struct Invitation: Decodable {
            let token: String
            let expiresAt: String
        }
        let person = try Self.id(form["person"])
        let answer = try await front.directory.send("POST", "/v1/people/\(person)/invitation", as: session)
        guard answer.status != 409 else { return try await people(call, session, wrong: "inviteRefused") }
        let invitation: Invitation = try answer.checked().decode()
        return try front.pages.page(
            "invite",
            title: "inviteTitle",
            [
                "name": form["name"], "token": invitation.token,
                "until": Moments.text(invitation.expiresAt, call.visitor.language),
                "address": "\(front.origins.first ?? "")/invitation",
            ],
            for: call.visitor,
            path: "/unit/people"
        )
    }
}
