import Bootstrap
import Contracts
import HTTPTypes
import Hummingbird

/// What is held back as a flood, for the station's officer and for operators.
struct QuarantineRoutes: Sendable {
    /// A thousand ids of 39 bytes, and a reason.
    private static let bodyLimit = 65_536
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    let desk: QuarantineDesk

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/quarantine", .readQuarantine) { _, _, permit in
            let floods = try await desk.floods(of: station(permit))
            return try .json(FloodsAnswer(waiting: floods.reduce(0) { $0 + $1.count }, floods: floods))
        }
        router.on(.get, "/v1/quarantine/:flood", .readQuarantine) { try await page($0, $1, $2) }
        router.on(.post, "/v1/quarantine/release", .decideQuarantine) { request, context, permit in
            let form: DecisionForm = try await request.decodeBody(context: context, limit: Self.bodyLimit)
            let choice = try choice(form.flood, form.items, permit)
            return try .json(Decided(count: try await desk.release(choice, by: permit.caller.actor)))
        }
        router.on(.post, "/v1/quarantine/refuse", .decideQuarantine) { request, context, permit in
            let form: DismissalForm = try await request.decodeBody(context: context, limit: Self.bodyLimit)
            let (reason, breaches) = Self.reasonRule.readMasked(form.reason)
            guard breaches.isEmpty else {
                throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
            }
            let choice = try choice(form.flood, form.items, permit)
            return try .json(Decided(count: try await desk.refuse(choice, reason: reason, by: permit.caller.actor)))
        }
    }

    private func page(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let flood: FloodID = try context.id("flood")
        guard let cursor = Cursor(request.uri.queryParameters["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        let items = try await desk.items(of: flood, at: station(permit), after: cursor.position)
        let next = items.count < QuarantineDesk.page ? nil : items.last.map { Cursor.text($0.receivedAt, $0.id) }
        return try .json(ItemsAnswer(items: items, next: next))
    }

    /// A station's unit has the station's code.
    private func station(_ permit: Permit) -> StationCode? { permit.unit.map { StationCode(rawValue: $0) } }

    private func choice(_ flood: FloodID?, _ items: [SuggestionID]?, _ permit: Permit) throws -> QuarantineChoice {
        do {
            return try QuarantineChoice(flood: flood, items: items, station: station(permit))
        } catch {
            throw Problem.invalid(error.faults)
        }
    }
}

/// What is decided about.
private struct DecisionForm: Decodable {
    let flood: FloodID?
    let items: [SuggestionID]?
}

/// The same, and why.
private struct DismissalForm: Decodable {
    let flood: FloodID?
    let items: [SuggestionID]?
    let reason: String
}

private struct FloodsAnswer: Encodable {
    let waiting: Int
    let floods: [FloodSummary]
}

private struct ItemsAnswer: Encodable {
    let items: [HeldItem]
    let next: String?

    /// `next` is there in every answer, null on the last page.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(next, forKey: .next)
    }

    private enum CodingKeys: CodingKey { case items, next }
}

private struct Decided: Encodable { let count: Int }
