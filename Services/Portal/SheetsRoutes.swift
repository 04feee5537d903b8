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
                "/v1/sheets.pdf?size=\(size)",
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

    /// - Parameters:
    ///   - form: what was typed for a new code.
    ///   - wrong: what was not taken, in words.
    ///   - faults: what was not taken of a new code, by field.
    private func codes(
        _ call: Front.Call,
        _ session: Session,
        form: Form = Form(),
        wrong: String? = nil,
        faults: [(field: String, words: String)] = []
    ) async throws -> Response {
        let visitor = call.visitor
        let after = call.query("after").map { "?after=\(Percent.encoded($0))" } ?? ""
        let list: Codes = try await front.directory.send("GET", "/v1/codes\(after)", as: session).checked().decode()
        let handIns = await handIns(session)
        let deputies = list.items.contains { $0.kind == "deputy" } ? try await deputies() : [:]
        var values: [String: Any] = [
            "hasCodes": !list.items.isEmpty,
            "codes": list.items.map { item in
                var row: [String: Any] = [
                    "code": item.code,
                    "kind": front.pages.catalogue.has("code_\(item.kind)")
                        ? front.pages.say("code_\(item.kind)", visitor) : item.kind,
                    "subject": Self.subject(
                        of: item,
                        deputies[item.of],
                        front.units.name(item.station, visitor.language)
                    ),
                    "isGood": item.state == "good",
                    "state": front.pages.say(item.state == "good" ? "code_good" : "code_over", visitor),
                    "scans": String(item.scans ?? 0),
                ]
                if let place = item.place { row["place"] = place }
                if let handIns { row["handIns"] = String(handIns[item.code] ?? 0) }
                if let until = item.validUntil { row["until"] = Moments.text(until, visitor.language) }
                return row
            },
        ]
        if let next = list.next { values["next"] = Percent.encoded(next) }
        if let done = call.query("done"), Self.notices.contains(done) {
            values["notice"] = front.pages.say("done_\(done)", visitor)
        }
        if let wrong { values["wrong"] = wrong }
        FaultList.add(faults, to: &values)
        values["making"] = Self.making(try await stations(session), form, visitor, front)
        return try front.pages.page(
            "codes",
            title: "codesTitle",
            values,
            for: visitor,
            status: wrong == nil && faults.isEmpty ? .ok : .unprocessableContent,
            path: "/unit/codes"
        )
    }

    /// How much was handed in through each code, where anything was; nil while Intake does not say.
    private func handIns(_ session: Session) async -> [String: Int]? {
        struct List: Decodable {
            struct Count: Decodable {
                let code: String
                let handIns: Int
            }
            let items: [Count]
        }
        guard let token = try? await front.directory.grant(session).token,
            let answer = try? await front.intake.neighbour.send("GET", "/v1/hand-ins", token: token), answer.isGood,
            let list = try? answer.decode(List.self)
        else { return nil }
        return Dictionary(list.items.map { ($0.code, $0.handIns) }) { first, _ in first }
    }

    /// What a code is of, in words: a station has several deputies and activities, a registrar several stations.
    private static func subject(of item: Codes.Item, _ deputy: String?, _ station: String) -> String {
        switch item.kind {
        case "activity": "\(item.of) \(station)"
        case "deputy": deputy.map { "\($0) \(station)" } ?? station
        default: station
        }
    }

    /// The names of those who are deputies today, by id; everybody may know them.
    private func deputies() async throws -> [String: String] {
        struct List: Decodable {
            struct Card: Decodable {
                let id: String
                let name: String
            }
            let items: [Card]
        }
        let list: List = try await front.directory.neighbour.send("GET", "/v1/deputies").checked().decode()
        return Dictionary(list.items.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// The stations for which this person may make codes; Directory refuses any other.
    private func stations(_ session: Session) async throws -> OwnStations {
        struct List: Decodable { let items: [OwnStations.Unit] }
        let grant = try await front.directory.grant(session)
        let list: List = try await front.directory.send("GET", "/v1/units", as: session).checked().decode()
        return OwnStations(list.items, for: grant.role, in: grant.unit)
    }

    /// What the form for a new code shows; nil where there is no station to make one for.
    private static func making(
        _ stations: OwnStations,
        _ form: Form,
        _ visitor: Visitor,
        _ front: Front
    ) -> [String: Any]? {
        guard !stations.groups.isEmpty else { return nil }
        var values: [String: Any] = ["form": ["place": form["place"], "activity": form["activity"]]]
        // With a single one there is nothing to choose.
        guard stations.only == nil else { return values }
        func name(_ code: String, _ chinese: String) -> String {
            visitor.language == .chinese ? chinese : front.units.name(code, visitor.language)
        }
        let groups = stations.groups.map { group in
            [
                "title": group.stations.first.map { name($0.unit, group.title) } ?? group.title,
                "stations": group.stations.map { station in
                    [
                        "code": station.unit, "name": name(station.unit, station.unitName),
                        "isChosen": station.unit == form["station"],
                    ] as [String: Any]
                },
            ] as [String: Any]
        }
        values["choice"] = ["groups": groups]
        return values
    }

    private func make(_ call: Front.Call, _ form: Form, _ session: Session) async throws -> Response {
        let own = try await stations(session)
        guard let station = form.given("station") ?? own.only?.unit else {
            let words = front.pages.say("codeStationMissing", call.visitor)
            return try await codes(call, session, form: form, faults: [("station", words)])
        }
        let activity = form.given("activity")
        var body = ["kind": activity == nil ? "station" : "activity", "of": activity ?? station]
        if activity != nil { body["station"] = station }
        body["place"] = form.given("place")
        // Directory would say that there is none, which is a page without the form.
        guard own.contains(station) else {
            let words = front.pages.say("codeStationForeign", call.visitor)
            return try await codes(call, session, form: form, faults: [("station", words)])
        }
        let answer = try await front.directory.send("POST", "/v1/codes", as: session, json: body)
        guard answer.status != 400, answer.status != 422 else {
            let faults = answer.faults.map { fault in
                (
                    field: Self.field(of: fault.pointer, isActivity: activity != nil),
                    words: call.visitor.language.half(of: fault.message)
                )
            }
            guard faults.isEmpty else { return try await codes(call, session, form: form, faults: faults) }
            let words = front.pages.say("changeRefused", call.visitor)
            return try await codes(call, session, form: form, wrong: words)
        }
        _ = try answer.checked()
        return front.pages.redirect(to: "/unit/codes?done=codeMade")
    }

    /// The field of the form that a pointer of Directory's problem is about.
    private static func field(of pointer: String, isActivity: Bool) -> String {
        switch pointer {
        case "/place": "place"
        case "/of" where isActivity: "activity"
        default: "station"
        }
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
                    // As the list had it, so that what is ended is what was meant; what a browser makes of it is its own.
                    "code": code, "change": form["change"], "name": form["name"],
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
