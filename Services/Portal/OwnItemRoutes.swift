import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// What a person can do about what they have handed in, with the receipt's number and secret alone: see it, or have it erased.
struct OwnItemRoutes: Sendable {
    let front: Front

    func add(to router: GuardedRouter) {
        front.get(router, "/status/own") { call in try page(call, [:]) }
        front.post(router, "/status/own") { call, form in
            let (number, secret) = (StatusRoutes.number(form["number"]), StatusRoutes.secret(form["secret"]))
            guard let number, let secret else { return try wrong(call, form["number"]) }
            guard form["what"] == "erase" else {
                let answer = try await front.intake.copy(number: number, secret: secret, address: call.visitor.address)
                guard answer.status != 404 else { return try wrong(call, number) }
                return try page(call, shown(answer.checked().decode(), call.visitor))
            }
            // It cannot be undone: a form that was sent by a slip changes nothing.
            guard form["sure"] == "yes" else {
                return try page(call, ["number": number, "isUnsure": true], status: .unprocessableContent)
            }
            let answer = try await front.intake.erase(number: number, secret: secret, address: call.visitor.address)
            guard answer.status != 404 else { return try wrong(call, number) }
            _ = try answer.checked()
            return try page(call, ["isErased": true])
        }
    }

    private func wrong(_ call: Front.Call, _ number: String) throws -> Response {
        try page(call, ["number": number, "isWrong": true], status: .unprocessableContent)
    }

    private func page(_ call: Front.Call, _ values: [String: Any], status: HTTPResponse.Status = .ok) throws -> Response
    {
        try front.pages.page("own-item", title: "ownTitle", values, for: call.visitor, status: status)
    }

    private func shown(_ item: OwnItem, _ visitor: Visitor) -> [String: Any] {
        var copy: [String: Any] = [
            "title": item.title, "text": item.text,
            "station": front.units.name(item.station, visitor.language),
            "receivedAt": Moments.text(item.receivedAt, visitor.language),
        ]
        if let mode = item.mode { copy["mode"] = front.pages.say("mode_\(mode)", visitor) }
        if let analysis = item.analysis { copy["analysis"] = analysis }
        if let proposal = item.proposal { copy["proposal"] = proposal }
        let contact = [item.contact?.name, item.contact?.phone].compactMap(\.self).joined(separator: " ")
        if !contact.isEmpty { copy["contact"] = contact }
        if let files = item.attachments { copy["files"] = files.map { ["name": $0.name] } }
        return ["number": item.number, "copy": copy]
    }
}
