import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Handing in: from a code on a wall or from the first page, to the receipt.
struct HandInRoutes: Sendable {
    private let front: Front
    private let uploads: Uploads
    private let recent = RecentReceipts()

    init(front: Front) { (self.front, uploads) = (front, Uploads(front: front)) }

    func add(to router: GuardedRouter) {
        front.get(router, "/hand-in") { call in
            // A code that is good no more still offers the station it hung at.
            let station = call.query("station").flatMap { $0.wholeMatch(of: /[A-Za-z0-9-]{1,32}/) == nil ? nil : $0 }
            return try await form(HandIn(station: station ?? "", key: Seal.random()), call)
        }
        // Both, since a code of capitals alone makes a smaller picture.
        for path: RouterPath in ["/c/:token", "/C/:token"] { front.get(router, path) { try await landing($0) } }
        router.open(.post, "/hand-in", .anyone) { request, context in
            let call = Front.Call(request: request, context: context, visitor: front.visitor(of: request, context))
            return try await front.answer(call) { try await handIn(call) }
        }
        front.get(router, "/receipt") { try receipt($0) }
        front.post(router, "/receipt/done") { _, _ in
            front.pages.redirect(to: "/", cookies: [front.pages.cookies.clear(.receipt)])
        }
    }

    // MARK: Codes

    /// What Directory says of a code.
    private struct Entrance: Decodable {
        struct Station: Decodable {
            let code: String
            let name: String?
        }
        struct Deputy: Decodable {
            let name: String?
            let delegation: String?
            let level: String?
            let stations: [Station]?
        }
        let state: String
        let kind: String?
        let station: Station?
        let deputy: Deputy?
        let activity: String?
        let place: String?
    }

    private func landing(_ call: Front.Call) async throws -> Response {
        let token = try call.context.parameters.require("token")
        guard EntranceToken.isOne(token) else { throw Trouble.notFound }
        let fresh = HandIn(key: Seal.random())
        let forwarded = call.visitor.address.map { [("X-Forwarded-For", $0)] } ?? []
        let answer = try? await front.directory.neighbour.send("GET", "/v1/entrances/\(token)", headers: forwarded)
        // A person before a wall wants to say something: whatever is wrong with the code, there is the form.
        guard let answer, answer.isGood, let entrance = try? answer.decode(Entrance.self) else {
            return try await form(fresh, call, notice: "codeUnavailable")
        }
        let station = entrance.station?.code ?? ""
        guard entrance.state == "good" else {
            return try front.pages.page(
                "code",
                title: "codeNotGoodTitle",
                [
                    "reason": front.pages.say(Self.reason(entrance.state), call.visitor),
                    "station": station,
                    "hasStation": !station.isEmpty,
                    "stationName": name(of: entrance, call),
                ],
                for: call.visitor
            )
        }
        var card: [String: Any] = ["stationName": name(of: entrance, call)]
        if let place = entrance.place { card["place"] = place }
        if let deputy = entrance.deputy, let name = deputy.name {
            var lines: [String: Any] = ["name": name]
            lines["delegation"] = deputy.delegation
            if let level = deputy.level, front.pages.catalogue.has("level_\(level)") {
                lines["level"] = front.pages.say("level_\(level)", call.visitor)
            }
            let stations = (deputy.stations ?? []).compactMap(\.name)
            if !stations.isEmpty { lines["stations"] = stations.joined(separator: call.visitor.language.comma) }
            card["deputy"] = lines
        }
        card["activity"] = entrance.activity
        return try await form(HandIn(station: station, code: token, key: fresh.key), call, card: card)
    }

    private static func reason(_ state: String) -> String {
        switch state {
        case "expired": "codeExpired"
        case "revoked": "codeRevoked"
        default: "codeForged"
        }
    }

    private func name(of entrance: Entrance, _ call: Front.Call) -> String {
        guard let station = entrance.station else { return "" }
        let known = front.units.name(station.code, call.visitor.language)
        return known == station.code ? station.name ?? known : known
    }

    // MARK: The form

    /// The form, with what was typed and what is wrong with it.
    private func form(
        _ handIn: HandIn,
        _ call: Front.Call,
        faults: [(field: HandIn.Field?, words: String)] = [],
        notice: String? = nil,
        card: [String: Any]? = nil
    ) async throws -> Response {
        let visitor = call.visitor
        var values: [String: Any] = [
            "form": [
                "title": handIn.title, "text": handIn.text, "name": handIn.name, "phone": handIn.phone,
                "key": handIn.key, "code": handIn.code ?? "", "station": handIn.station,
            ],
            "kept": handIn.photos.isEmpty ? "" : try front.pages.seal.seal(handIn.photos, for: .photos),
            "groups": groups(of: await front.units.stations(), chosen: handIn.station, visitor),
            "modes": HandIn.Mode.allCases.map { mode in
                [
                    "value": mode.rawValue, "isChosen": mode == handIn.mode,
                    "label": front.pages.say("mode_\(mode.rawValue)", visitor),
                    "hint": front.pages.say("modeHint_\(mode.rawValue)", visitor),
                ] as [String: Any]
            },
            "isFixed": handIn.code != nil && card != nil,
        ]
        if !handIn.photos.isEmpty {
            values["keptText"] = front.pages.say("photosKept", visitor, ["n": String(handIn.photos.count)])
        }
        if let card { values["card"] = card }
        if let notice { values["notice"] = front.pages.say(notice, visitor) }
        if let session = visitor.session, let grant = try? await front.directory.grant(session),
            ["liaison", "observer"].contains(grant.role)
        {
            let manners = HandIn.Manner.allCases.map { manner in
                [
                    "value": manner.rawValue, "isChosen": manner == handIn.manner,
                    "label": front.pages.say("manner_\(manner.rawValue)", visitor),
                ] as [String: Any]
            }
            values["mannerBox"] = ["isOwn": handIn.manner == nil, "manners": manners] as [String: Any]
        }
        FaultList.add(faults.map { (field: $0.field?.rawValue ?? "form", words: $0.words) }, to: &values)
        return try front.pages.page(
            "hand-in",
            title: faults.isEmpty ? "handInTitle" : "handInAgainTitle",
            values,
            for: visitor,
            // 422 tells programs; a browser shows it as any page.
            status: faults.isEmpty ? .ok : .unprocessableContent,
            path: call.request.method == .get ? nil : "/hand-in"
        )
    }

    private func groups(
        of stations: [UnitNames.Station],
        chosen: String,
        _ visitor: Visitor
    ) -> [[String: Any]] {
        let language = visitor.language
        let order = stations.map { $0.subdistrict ?? "" }.reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        return order.map { subdistrict in
            let title =
                subdistrict.isEmpty
                ? front.pages.say("stationsOfDistrict", visitor) : front.units.name(subdistrict, language)
            let members = stations.filter { ($0.subdistrict ?? "") == subdistrict }.map { station in
                [
                    "code": station.code, "name": station.names[language] ?? station.code,
                    "isChosen": station.code == chosen,
                ] as [String: Any]
            }
            return ["title": title, "stations": members]
        }
    }

    // MARK: Taking it in

    private func handIn(_ call: Front.Call) async throws -> Response {
        let read = try await uploads.read(call)
        let visitor = call.visitor
        var handIn = HandIn(form: read.form, photos: read.photos)
        guard handIn.key.wholeMatch(of: /[A-Za-z0-9_-]{22}/) != nil else { throw Trouble.malformed }
        if !read.faults.isEmpty {
            return try await form(
                handIn,
                call,
                faults: read.faults.map { (.photos, front.pages.say($0.key, visitor, ["name": $0.name])) }
            )
        }
        var grant: DirectoryService.Grant?
        if let session = visitor.session { grant = try? await front.directory.grant(session) }
        var answer: Neighbour.Answer
        do {
            answer = try await sent(handIn, grant, visitor)
            // What was wrong with the code must not stand in the way: it may have ended since it was scanned, or Intake has not heard
            // of it yet. The form shows it nowhere, so that nobody could leave it out themselves.
            let places: Set = ["/code", "/station"]
            if answer.status == 422, handIn.code != nil, answer.faults.contains(where: { places.contains($0.pointer) })
            {
                handIn.code = nil
                answer = try await sent(handIn, grant, visitor)
            }
        } catch Trouble.away {
            return try await form(handIn, call, faults: [(nil, front.pages.say("intakeAway", visitor))])
        }
        let owner = "\(visitor.visit) \(handIn.key)"
        switch answer.status {
        case 201, 200:
            let receipt: IntakeService.Receipt = try answer.decode()
            recent.keep(receipt, of: owner)
            return try shown(receipt)
        case 429: return try await form(handIn, call, faults: [(nil, front.pages.say("troubleCrowdedText", visitor))])
        case 422 where answer.problem == "idempotency-key-reused":
            // The button was pressed twice: the photos came twice, the item did not.
            if let receipt = recent.receipt(of: owner) { return try shown(receipt) }
            handIn.key = Seal.random()
            return try await form(handIn, call, faults: [(nil, front.pages.say("alreadyReceived", visitor))])
        case 400, 413, 422:
            return try await form(handIn, call, faults: faults(of: answer, visitor))
        default: throw Trouble.broken
        }
    }

    private func sent(
        _ handIn: HandIn,
        _ grant: DirectoryService.Grant?,
        _ visitor: Visitor
    ) async throws -> Neighbour.Answer {
        try await front.intake.submit(
            handIn.submission(role: grant?.role),
            key: handIn.key,
            token: grant?.token,
            address: visitor.address
        )
    }

    private func faults(of answer: Neighbour.Answer, _ visitor: Visitor) -> [(field: HandIn.Field?, words: String)] {
        let faults = answer.faults.map { fault -> (field: HandIn.Field?, words: String) in
            let field = HandIn.Field(pointer: fault.pointer)
            let label = field.map { front.pages.say("field_\($0.rawValue)", visitor) + visitor.language.colon } ?? ""
            return (field, label + visitor.language.half(of: fault.message))
        }
        // From top to bottom, as the eye and the keyboard go through the form; what has no field comes first.
        let order = HandIn.Field.allCases
        let sorted = faults.enumerated().sorted { one, other in
            let places = [one, other].map { $0.element.field.flatMap(order.firstIndex(of:)) ?? -1 }
            return (places[0], one.offset) < (places[1], other.offset)
        }
        return faults.isEmpty ? [(nil, front.pages.say("troubleMalformedText", visitor))] : sorted.map(\.element)
    }

    // MARK: The receipt

    /// The receipt travels in a sealed cookie: no address, and so no log, ever holds its secret.
    private func shown(_ receipt: IntakeService.Receipt) throws -> Response {
        // Half an hour: long enough to write it down, too short for the next person at a shared computer.
        let cookie = front.pages.cookies.set(.receipt, try front.pages.seal.seal(receipt, for: .receipt), age: 1_800)
        return front.pages.redirect(to: "/receipt", cookies: [cookie])
    }

    private func receipt(_ call: Front.Call) throws -> Response {
        let kept = front.pages.cookies.read(call.request.headers[values: .cookie])[.receipt]
        guard let kept, let receipt = front.pages.seal.open(IntakeService.Receipt.self, kept, for: .receipt) else {
            return try front.pages.page("receipt-gone", title: "receiptGoneTitle", for: call.visitor)
        }
        return try front.pages.page(
            "receipt",
            title: "receiptTitle",
            ["number": receipt.number, "secret": receipt.secret, "spaced": Fours.spaced(receipt.secret)],
            for: call.visitor
        )
    }
}
