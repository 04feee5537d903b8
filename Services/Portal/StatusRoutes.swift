import Bootstrap
import Foundation
import Hummingbird

/// Where an item stands: by number and secret, which are sent as a form and never stand in an address.
struct StatusRoutes: Sendable {
    let front: Front

    func add(to router: GuardedRouter) {
        front.get(router, "/status") { call in try page(call, number: "") }
        front.post(router, "/status") { call, form in
            // What cannot be a number or a secret is not asked about.
            guard let number = Self.number(form["number"]), let secret = Self.secret(form["secret"]) else {
                return try page(call, number: Self.letters(form["number"]), isWrong: true)
            }
            let answer = try await front.intake.status(number: number, secret: secret, address: call.visitor.address)
            guard answer.status != 404, answer.status != 401 else {
                return try page(call, number: number, isWrong: true)
            }
            return try show(answer.checked().decode(), call)
        }
    }

    /// A receipt's number as somebody has written it; nil for what can be none.
    static func number(_ text: String) -> String? {
        let number = letters(text)
        return number.wholeMatch(of: /[A-Z0-9-]{1,32}/) == nil ? nil : number
    }

    /// A receipt's secret likewise.
    static func secret(_ text: String) -> String? {
        let secret = letters(text).replacing("-", with: "")
        return secret.wholeMatch(of: /[A-Z0-9]{1,64}/) == nil ? nil : secret
    }

    /// As people copy it: small letters, and spaces between.
    private static func letters(_ text: String) -> String {
        text.uppercased().filter { !$0.isWhitespace }
    }

    private func page(_ call: Front.Call, number: String, isWrong: Bool = false) throws -> Response {
        try front.pages.page(
            "status",
            title: "statusTitle",
            ["number": number, "isWrong": isWrong],
            for: call.visitor,
            status: isWrong ? .unprocessableContent : .ok
        )
    }

    private func show(_ item: ItemStatus, _ call: Front.Call) throws -> Response {
        let visitor = call.visitor
        let language = visitor.language
        func say(_ key: String, _ places: [String: String] = [:]) -> String { front.pages.say(key, visitor, places) }
        func known(_ key: String, else standard: String) -> String {
            front.pages.catalogue.has(key) ? say(key) : say(standard)
        }
        var values: [String: Any] = [
            "number": item.number,
            "itemTitle": item.title,
            "station": front.units.name(item.station, language),
            "receivedAt": Moments.text(item.receivedAt, language),
            "state": known("state_\(item.state)", else: "state_received"),
            "next": next(item, visitor),
            "lines": item.history.reversed().map { line in
                [
                    "at": Moments.text(line.at, language), "moment": line.at,
                    "words": known("event_\(line.event.replacing(".", with: "_"))", else: "event_other"),
                ]
            },
        ]
        if let committee = item.committee { values["committee"] = front.units.name(committee, language) }
        if let refusal = item.refusal {
            values["refusal"] = [
                "explanation": refusal.explanation, "basis": refusal.basis, "whereToGo": refusal.whereToGo,
            ]
        }
        if let outcome = item.outcome { values["outcome"] = known("outcome_\(outcome)", else: "outcome_C") }
        let legs = item.legs.filter { $0.state != "withdrawn" }.map { leg -> [String: Any] in
            var row: [String: Any] = [
                "department": front.units.name(leg.department, language),
                "role": known("role_\(leg.role)", else: "role_single"),
                "state": known("leg_\(leg.state)", else: "leg_assigned"),
                "due": Moments.text(leg.clock.dueAt, language),
                "basis": leg.clock.basis,
                "isRunning": leg.state != "replied" && !leg.clock.isPaused,
                "isPaused": leg.state != "replied" && leg.clock.isPaused,
                "isProvisional": leg.clock.provisional ?? false,
            ]
            if let reasons = leg.reasons, !reasons.isEmpty {
                row["reasons"] = ["items": reasons.map { language == .chinese ? $0.zh : $0.en }]
            }
            if let reply = leg.reply { row["reply"] = reply }
            if let number = leg.documentNumber { row["documentNumber"] = number }
            if let outcome = leg.outcome { row["outcome"] = known("outcome_\(outcome)", else: "outcome_C") }
            if let at = leg.repliedAt { row["repliedAt"] = Moments.text(at, language) }
            return row
        }
        if !legs.isEmpty { values["legs"] = ["items": legs] }
        return try front.pages.page("item", title: "itemTitle", values, for: visitor, path: "/status")
    }

    /// What happens next, and until when.
    private func next(_ item: ItemStatus, _ visitor: Visitor) -> String {
        let running = item.legs.filter { $0.state != "withdrawn" && $0.state != "replied" }
        switch item.state {
        case "assigned", "reopened":
            guard !running.isEmpty else { return front.pages.say("next_assignedAnew", visitor) }
            // As long as one part stands still nobody can say until when the whole is answered.
            guard !running.contains(where: \.clock.isPaused), let due = running.map(\.clock.dueAt).max() else {
                return front.pages.say("next_paused", visitor)
            }
            return front.pages.say("next_\(item.state)", visitor, ["due": Moments.day(due, visitor.language)])
        case "received", "quarantined", "accepted", "answered", "refused", "closed":
            return front.pages.say("next_\(item.state)", visitor)
        default: return front.pages.say("next_received", visitor)
        }
    }
}
