import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// What is held of another person, at their request: an officer finds them, takes all of it away as a file for them, or has it erased,
/// each with the reason (个人信息保护法 §45, §47; decision 0045).
///
/// Everything is asked for by a form: names stand in no address, and each file and each erasure is an act. Who may, and about whom, is
/// Directory's say.
struct OthersDataRoutes: Sendable {
    private static let path = "/unit/people/data"

    let front: Front

    /// Of Directory's people what the page shows.
    private struct Person: Decodable {
        struct Holding: Decodable {
            let role: String
            let unit: String
            let state: String
            let from: String
            let until: String?
        }
        let id: String
        let login: String
        let name: String
        let holdings: [Holding]
    }

    private struct People: Decodable {
        let items: [Person]
        let next: String?
    }

    func add(to router: GuardedRouter) {
        front.get(router, signedIn: "/unit/people/data") { call, session in
            try await checkRole(session)
            return try page(call)
        }
        front.post(router, signedIn: "/unit/people/data") { call, form, session in
            switch form["what"] {
            case "find": return try await find(call, form, session)
            case "choose": return try await chosen(call, try Self.id(form), form, session)
            case "file": return try await file(call, form, session)
            case "erase": return try await erase(call, form, session)
            default: throw Trouble.malformed
            }
        }
    }

    /// The search alone asks nobody: who may not go on is told before they type a name.
    private func checkRole(_ session: Session) async throws {
        guard ["registrar", "operator"].contains(try await front.directory.grant(session).role) else {
            throw Trouble.forbidden
        }
    }

    /// Ids stand in addresses of services: what is none is not asked about.
    private static func id(_ form: Form) throws(Trouble) -> String {
        guard form["person"].wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw .malformed }
        return form["person"]
    }

    private func page(
        _ call: Front.Call,
        _ values: [String: Any] = [:],
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try front.pages.page(
            "others-data",
            title: "othersDataTitle",
            values,
            for: call.visitor,
            status: status,
            path: Self.path
        )
    }

    // MARK: Whose

    private func find(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        guard let called = form.given("called") else {
            let words = front.pages.say("othersDataCalledMissing", call.visitor)
            return try page(call, ["wrong": words], status: .unprocessableContent)
        }
        let answer = try await front.directory.send("GET", "/v1/people?called=\(Percent.encoded(called))", as: session)
        if answer.status == 400 {
            let words = front.pages.say("othersDataCalledWrong", call.visitor)
            return try page(call, ["wrong": words, "called": called], status: .unprocessableContent)
        }
        let found: People = try answer.checked().decode()
        return try page(
            call,
            [
                "called": called, "isFound": true, "people": found.items.map { row($0, call.visitor) },
                "isNobody": found.items.isEmpty, "hasMore": found.next != nil,
            ]
        )
    }

    private func row(_ person: Person, _ visitor: Visitor) -> [String: Any] {
        [
            "person": person.id, "name": person.name, "login": person.login,
            "roles": person.holdings.filter { $0.state != "refused" }.map { holding in
                var row: [String: Any] = [
                    "role": front.pages.role(holding.role, visitor),
                    "unit": front.units.name(holding.unit, visitor.language),
                    "from": Moments.day(holding.from, visitor.language),
                ]
                if let until = holding.until { row["until"] = Moments.day(until, visitor.language) }
                return row
            },
        ]
    }

    /// The page of one person, with what is wrong with what was asked of it.
    private func chosen(
        _ call: Front.Call,
        _ id: String,
        _ form: Form,
        _ session: Session,
        wrong: String? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let person: Person = try await front.directory.send("GET", "/v1/people/\(id)", as: session).checked().decode()
        var values = row(person, call.visitor)
        values["isChosen"] = true
        values["reason"] = form["reason"]
        if let wrong { values["wrong"] = wrong }
        return try page(call, values, status: status)
    }

    // MARK: What

    private func file(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let id = try Self.id(form)
        guard let answer = try await ask(call, id, form, session, "export") else {
            return try await unreasoned(call, id, form, session)
        }
        guard answer.isGood else { return try await refused(call, id, form, session, answer) }
        return Response(
            status: .ok,
            headers: Pages.guarded([
                .contentType: "application/json", .cacheControl: "private, no-store",
                .contentDisposition: "attachment; filename=\"ebinda-person-data.json\"",
            ]),
            body: .init(byteBuffer: .init(bytes: answer.body))
        )
    }

    private func erase(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let id = try Self.id(form)
        // It cannot be undone: a form that was sent by a slip changes nothing.
        guard form["sure"] == "yes" else {
            let words = front.pages.say("dataUnsure", call.visitor)
            return try await chosen(call, id, form, session, wrong: words, status: .unprocessableContent)
        }
        guard let answer = try await ask(call, id, form, session, "erasure") else {
            return try await unreasoned(call, id, form, session)
        }
        guard answer.isGood else { return try await refused(call, id, form, session, answer) }
        return try page(call, ["notice": front.pages.say("othersDataErased", call.visitor)])
    }

    /// An act of its own in the record, with the reason; nil without one.
    private func ask(
        _ call: Front.Call,
        _ id: String,
        _ form: Form,
        _ session: Session,
        _ what: String
    ) async throws -> Neighbour.Answer? {
        guard let reason = form.given("reason") else { return nil }
        return try await front.directory.send("POST", "/v1/people/\(id)/\(what)", as: session, json: ["reason": reason])
    }

    private func unreasoned(
        _ call: Front.Call,
        _ id: String,
        _ form: Form,
        _ session: Session
    ) async throws -> Response {
        let words = front.pages.say("reasonMissing", call.visitor)
        return try await chosen(call, id, form, session, wrong: words, status: .unprocessableContent)
    }

    /// What Directory does not do, in its words: a role that runs, a role elsewhere, one's own data, a reason that is too long.
    private func refused(
        _ call: Front.Call,
        _ id: String,
        _ form: Form,
        _ session: Session,
        _ answer: Neighbour.Answer
    ) async throws -> Response {
        guard [400, 403, 409, 422].contains(answer.status),
            let words = answer.faults.first?.message ?? answer.detail
        else { throw answer.trouble() }
        return try await chosen(
            call,
            id,
            form,
            session,
            wrong: call.visitor.language.half(of: words),
            status: .init(code: answer.status)
        )
    }
}
