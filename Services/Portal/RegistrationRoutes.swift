import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// Registering oneself (全员上), and setting the first password with an invitation.
struct RegistrationRoutes: Sendable {
    /// Roles that people ask for by themselves; voters have a page of their own, others are given by the operators.
    private static let roles = [
        "observer", "deputy", "liaison", "committee", "clerk", "reviewer", "signer", "office",
    ]
    private static let levels = ["district", "city", "provincial", "national", "township"]

    let front: Front

    func add(to router: GuardedRouter) {
        front.get(router, "/register") { call in try await page(call, Form()) }
        front.post(router, "/register") { try await register($0, $1) }
        front.get(router, "/invitation") { call in try invitation(call) }
        front.post(router, "/invitation") { try await accept($0, $1) }
    }

    private struct Registration: Encodable, Sendable {
        let login: String
        let name: String
        let role: String
        let unit: String
        let level: String?
    }

    private func register(_ call: Front.Call, _ form: Form) async throws -> Response {
        let role = form["role"]
        let registration = Registration(
            login: form["login"].lowercased(),
            name: form["name"],
            role: role,
            unit: form["unit"],
            level: role == "deputy" ? form.given("level") : nil
        )
        let forwarded = call.visitor.address.map { [("X-Forwarded-For", $0)] } ?? []
        let answer = try await front.directory.neighbour.send(
            "POST",
            "/v1/registrations",
            headers: forwarded,
            json: registration
        )
        switch answer.status {
        case 200..<300:
            return try front.pages.page("registered", title: "registeredTitle", for: call.visitor, path: "/register")
        case 409:
            return try await page(call, form, faults: [("login", front.pages.say("registerTaken", call.visitor))])
        case 400, 422:
            let faults = answer.faults.map { fault in
                (String(fault.pointer.dropFirst()), call.visitor.language.half(of: fault.message))
            }
            return try await page(
                call,
                form,
                faults: faults.isEmpty ? [("", front.pages.say("troubleMalformedText", call.visitor))] : faults
            )
        default: throw answer.trouble()
        }
    }

    private func page(
        _ call: Front.Call,
        _ form: Form,
        faults: [(field: String, words: String)] = []
    ) async throws -> Response {
        let visitor = call.visitor
        let stations = await front.units.stations().map(\.code)
        func choices(_ values: [String], chosen: String, _ name: (String) -> String) -> [[String: Any]] {
            values.map { ["value": $0, "name": name($0), "isChosen": $0 == chosen] }
        }
        let unit = form["unit"]
        let names = front.units
        var values: [String: Any] = [
            "form": ["login": form["login"], "name": form["name"]],
            "roles": choices(Self.roles, chosen: form["role"]) { front.pages.say("roleName_\($0)", visitor) },
            "levels": choices(Self.levels, chosen: form["level"]) { front.pages.say("level_\($0)", visitor) },
            "units": [
                [
                    "title": front.pages.say("unitsCommittees", visitor),
                    "items": choices(names.committees, chosen: unit) { names.name($0, visitor.language) },
                ],
                [
                    "title": front.pages.say("unitsDepartments", visitor),
                    "items": choices(names.departments, chosen: unit) { names.name($0, visitor.language) },
                ],
                [
                    "title": front.pages.say("unitsStations", visitor),
                    "items": choices(stations, chosen: unit) { names.name($0, visitor.language) },
                ],
            ] as [[String: Any]],
        ]
        FaultList.add(faults, to: &values)
        return try front.pages.page(
            "register",
            title: "registerTitle",
            values,
            for: visitor,
            status: faults.isEmpty ? .ok : .unprocessableContent
        )
    }

    // MARK: Invitations

    private func invitation(_ call: Front.Call, token: String? = nil, faults: [(String, String)] = []) throws
        -> Response
    {
        // From the address that the officer has handed over, or typed in.
        let given = token ?? call.query("token") ?? ""
        var values: [String: Any] = ["token": given.wholeMatch(of: /[A-Za-z0-9_.-]{1,200}/) == nil ? "" : given]
        FaultList.add(faults.map { (field: $0.0, words: $0.1) }, to: &values)
        return try front.pages.page(
            "invitation",
            title: "invitationTitle",
            values,
            for: call.visitor,
            status: faults.isEmpty ? .ok : .unprocessableContent,
            path: "/invitation"
        )
    }

    private func accept(_ call: Front.Call, _ form: Form) async throws -> Response {
        let token = form["token"]
        let password = form.fields["password"] ?? ""
        guard password == form.fields["again"] else {
            return try invitation(
                call,
                token: token,
                faults: [("again", front.pages.say("passwordsDiffer", call.visitor))]
            )
        }
        let forwarded = call.visitor.address.map { [("X-Forwarded-For", $0)] } ?? []
        let answer = try await front.directory.neighbour.send(
            "POST",
            "/v1/invitation",
            headers: forwarded,
            json: ["token": token, "password": password]
        )
        switch answer.status {
        case 200..<300:
            return try front.pages.page("invited", title: "invitedTitle", for: call.visitor, path: "/sign-in")
        case 400, 401, 404, 409, 410, 422:
            let faults = answer.faults.map { fault in
                (fault.pointer.hasSuffix("token") ? "token" : "password", call.visitor.language.half(of: fault.message))
            }
            guard faults.isEmpty else { return try invitation(call, token: token, faults: faults) }
            return try invitation(
                call,
                token: token,
                faults: [("token", front.pages.say("invitationWrong", call.visitor))]
            )
        default: throw answer.trouble()
        }
    }
}
