import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// Registering as a voter with a phone (选民自助注册): the number, then the code that came to it with what to sign in with.
struct VoterRoutes: Sendable {
    let front: Front

    func add(to router: GuardedRouter) {
        front.get(router, "/register/voter") { call in try phonePage(call, Form()) }
        front.post(router, "/register/voter") { try await ask($0, $1) }
        front.post(router, "/register/voter/code") { try await confirm($0, $1) }
    }

    private func ask(_ call: Front.Call, _ form: Form) async throws -> Response {
        struct Asked: Decodable { let registration: String }
        let answer = try await send("/v1/voters", ["phone": form["phone"]], call)
        switch answer.status {
        case 200..<300:
            let asked: Asked = try answer.decode()
            return try codePage(call, form, registration: asked.registration)
        case 400, 422: return try phonePage(call, form, faults: faults(of: answer, call, otherwise: "phone"))
        default: throw answer.trouble()
        }
    }

    private func confirm(_ call: Front.Call, _ form: Form) async throws -> Response {
        let registration = form["registration"]
        guard registration.wholeMatch(of: /[0-9A-Fa-f-]{36}/) != nil else { throw Trouble.malformed }
        let password = form.fields["password"] ?? ""
        guard password == form.fields["again"] else {
            let words = front.pages.say("passwordsDiffer", call.visitor)
            return try codePage(call, form, registration: registration, faults: [("again", words)])
        }
        let confirmation = [
            "code": form["code"].filter { !$0.isWhitespace }, "login": form["login"].lowercased(),
            "name": form["name"], "password": password,
        ]
        let answer = try await send("/v1/voters/\(registration)/confirmation", confirmation, call)
        switch answer.status {
        case 200..<300:
            return try front.pages.page(
                "voter-registered",
                title: "voterDoneTitle",
                for: call.visitor,
                path: "/sign-in"
            )
        case 409:
            let words = front.pages.say("registerTaken", call.visitor)
            return try codePage(call, form, registration: registration, faults: [("login", words)])
        case 400, 422:
            let faults = faults(of: answer, call, otherwise: "code")
            return try codePage(call, form, registration: registration, faults: faults)
        default: throw answer.trouble()
        }
    }

    private func send(_ path: String, _ body: [String: String], _ call: Front.Call) async throws -> Neighbour.Answer {
        let forwarded = call.visitor.address.map { [("X-Forwarded-For", $0)] } ?? []
        return try await front.directory.neighbour.send("POST", path, headers: forwarded, json: body)
    }

    /// What Directory finds wrong, beside its fields.
    private func faults(
        of answer: Neighbour.Answer,
        _ call: Front.Call,
        otherwise field: String
    ) -> [(field: String, words: String)] {
        let faults = answer.faults.map { fault in
            (field: String(fault.pointer.dropFirst()), words: call.visitor.language.half(of: fault.message))
        }
        return faults.isEmpty ? [(field, front.pages.say("troubleMalformedText", call.visitor))] : faults
    }

    private func phonePage(
        _ call: Front.Call,
        _ form: Form,
        faults: [(field: String, words: String)] = []
    ) throws -> Response {
        try page("voter", call, ["form": ["phone": form["phone"]]], faults)
    }

    private func codePage(
        _ call: Front.Call,
        _ form: Form,
        registration: String,
        faults: [(field: String, words: String)] = []
    ) throws -> Response {
        // Neither code nor password comes back; the number goes no further than to Directory.
        let values: [String: Any] = [
            "registration": registration, "form": ["login": form["login"], "name": form["name"]],
        ]
        return try page("voter-code", call, values, faults)
    }

    private func page(
        _ template: String,
        _ call: Front.Call,
        _ values: [String: Any],
        _ faults: [(field: String, words: String)]
    ) throws -> Response {
        var values = values
        FaultList.add(faults, to: &values)
        return try front.pages.page(
            template,
            title: "voterTitle",
            values,
            for: call.visitor,
            status: faults.isEmpty ? .ok : .unprocessableContent,
            path: "/register/voter"
        )
    }
}
