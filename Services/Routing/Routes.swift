import Bootstrap
import Contracts
import Foundation
import Hummingbird
import Messaging
import PostgreSQL

/// The HTTP contract of Routing; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    private static let pageLimit = 100
    /// Characters of a reason or an explanation.
    private static let wordsLimit = 500

    let desk: Desk
    let database: Database
    let table: RoutingTable

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/suggestions", .readMatters) { try await list($0, $2) }
        router.on(.get, "/v1/suggestions/:id", .readMatters) { try await show($1, $2) }
        router.on(.get, "/v1/suggestions/:id/similar", .readMatters) { try await similar($1, $2) }
        router.on(.post, "/v1/suggestions/:id/acceptance", .acceptMatters) { try await accept($0, $1, $2) }
        router.on(.post, "/v1/suggestions/:id/refusal", .refuseMatters) { try await refuse($0, $1, $2) }
        router.on(.post, "/v1/suggestions/:id/reassignment", .reassignMatters) { try await reassign($0, $1, $2) }
    }

    private func list(_ request: Request, _ permit: Permit) async throws -> Response {
        let officer = Self.officer(permit)
        let query = request.uri.queryParameters
        guard let state = Matter.State(rawValue: query["state"].map(String.init) ?? "waiting"),
            state == .waiting || state == .returned
        else { throw Problem.badRequest("state must be waiting or returned") }
        guard let after = Cursor(query["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        guard let unplaced = Bool(query["unplaced"].map(String.init) ?? "false") else {
            throw Problem.badRequest("unplaced must be true or false")
        }
        // Own matters, or those that no rule has placed.
        let committee = unplaced ? nil : officer
        let page = try await database.transaction {
            try await RoutingStore.desk(
                state: state,
                committee: committee,
                after: after.position,
                limit: Self.pageLimit,
                in: $0
            )
        }
        let next = page.count == Self.pageLimit ? page.last.map { Cursor.text($0.receivedAt, $0.id) } : nil
        return try .json(DeskPage(items: page.map(MatterAnswer.init), next: next))
    }

    private func show(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let officer = Self.officer(permit)
        let id: SuggestionID = try context.id("id")
        let matter = try await database.transaction { try await RoutingStore.matters([id], locking: false, in: $0)[id] }
        guard let matter else { throw Problem.notFound() }
        guard matter.isOpen(to: officer) else { throw Self.foreign }
        return try .json(MatterAnswer(matter))
    }

    private func accept(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let officer = Self.officer(permit)
        let form: AcceptanceForm = try await request.decodeBody(context: context)
        var faults: [Problem.Fault] = []
        let category = CategoryCode(form.category)
        if category.map({ category in table.categories.contains { $0.code == category.rawValue } }) != true {
            faults.append(.init(pointer: "/category", rule: "unknown", message: "没有这个类别 · no such category"))
        }
        let (lead, assisting) = departments(form.lead, form.assisting ?? [], &faults)
        let reason = Self.words(form.reason, "/reason", &faults)
        guard faults.isEmpty, let category, let lead else { throw Problem.invalid(faults) }
        return try await decide(
            .accept(
                Matter.Handling(
                    committee: officer,
                    category: category,
                    lead: lead,
                    assisting: assisting,
                    reason: reason
                )
            ),
            context,
            permit
        )
    }

    private func refuse(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: RefusalForm = try await request.decodeBody(context: context)
        var faults: [Problem.Fault] = []
        let rule = table.refusals.first { $0.reason == form.reason }
        if rule == nil {
            let known = table.refusals.map(\.reason).joined(separator: ", ")
            faults.append(
                .init(pointer: "/reason", rule: "not-listed", message: "须为法定理由之一 · must be one of \(known)")
            )
        }
        let explanation = Self.words(form.explanation, "/explanation", &faults)
        guard faults.isEmpty, let rule else { throw Problem.invalid(faults) }
        return try await decide(
            .refuse(
                reason: rule.reason,
                explanation: explanation,
                basis: rule.articleRef.map(\.text).joined(separator: "；"),
                whereToGo: rule.whereToGo.zh
            ),
            context,
            permit
        )
    }

    private func reassign(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: ReassignmentForm = try await request.decodeBody(context: context)
        var faults: [Problem.Fault] = []
        let (lead, assisting) = departments(form.lead, form.assisting ?? [], &faults)
        let reason = Self.words(form.reason, "/reason", &faults)
        if form.lead == nil, form.assisting?.isEmpty ?? true, form.withdraw.isEmpty {
            faults.append(.init(pointer: "", rule: "empty", message: "没有任何变更 · nothing would change"))
        }
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        return try await decide(
            .reassign(withdrawing: form.withdraw, lead: lead, assisting: assisting, reason: reason),
            context,
            permit
        )
    }

    private func decide(
        _ decision: Desk.Decision,
        _ context: HTTPContext,
        _ permit: Permit
    ) async throws -> Response {
        do {
            return try .json(
                MatterAnswer(
                    try await desk.decide(
                        decision,
                        about: context.id("id"),
                        for: Self.officer(permit),
                        by: permit.caller.actor
                    )
                )
            )
        } catch is Desk.NotFound {
            throw Problem.notFound()
        } catch let error as Matter.Impossible {
            switch error {
            case .inState(let state): throw Problem.conflict("当前状态不允许 · it is \(state.rawValue)")
            case .foreign: throw Self.foreign
            case .noSuchLeg(let leg):
                throw Problem.invalid([
                    .init(pointer: "/withdraw", rule: "unknown", message: "没有这个承办件 · no leg \(leg) to withdraw")
                ])
            case .nobodyLeads:
                throw Problem.invalid([
                    .init(pointer: "/lead", rule: "required", message: "须有主办或独办单位 · somebody must be left to lead")
                ])
            case .departmentTwice(let code):
                throw Problem.invalid([
                    .init(pointer: "/assisting", rule: "twice", message: "部门重复 · \(code) has a leg already")
                ])
            }
        }
    }

    private func departments(
        _ lead: String?,
        _ assisting: [String],
        _ faults: inout [Problem.Fault]
    ) -> (DepartmentCode?, [DepartmentCode]) {
        func checked(_ code: String, _ pointer: String) -> DepartmentCode? {
            guard table.departments.contains(where: { $0.code == code }) else {
                faults.append(.init(pointer: pointer, rule: "unknown", message: "没有这个承办单位 · no such department"))
                return nil
            }
            return DepartmentCode(rawValue: code)
        }
        let known = lead.flatMap { checked($0, "/lead") }
        guard assisting.count <= table.departments.count else {
            faults.append(
                .init(pointer: "/assisting", rule: "length", message: "超过承办单位总数 · more than there are departments")
            )
            return (known, [])
        }
        return (
            known,
            assisting.enumerated().compactMap { checked($0.element, "/assisting/\($0.offset)") }
        )
    }

    private static func words(_ text: String, _ pointer: String, _ faults: inout [Problem.Fault]) -> String {
        let (text, breaches) = TextRule(limit: wordsLimit).readMasked(text)
        faults += breaches.map { Problem.Fault(pointer: pointer, rule: $0.rule, message: $0.words) }
        return text
    }

    static var foreign: Problem { .forbidden("由其他工委办理 · another committee has it") }

    static func officer(_ permit: Permit) -> CommitteeCode { CommitteeCode(rawValue: permit.caller.unit) }
}

private struct AcceptanceForm: Decodable {
    let category: String
    let lead: String
    let assisting: [String]?
    let reason: String
}

private struct RefusalForm: Decodable {
    let reason: String
    let explanation: String
}

private struct ReassignmentForm: Decodable {
    let withdraw: [AssignmentID]
    let lead: String?
    let assisting: [String]?
    let reason: String
}

private struct DeskPage: Encodable {
    let items: [MatterAnswer]
    let next: String?
}

/// A matter as an officer sees it.
private struct MatterAnswer: Encodable {
    struct LegAnswer: Encodable {
        let leg: Leg
        let state: Matter.Assignment.State
    }
    let id: SuggestionID
    let number: String
    let kind: SuggestionKind
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let station: StationCode
    let receivedAt: Timestamp
    let state: Matter.State
    let committee: CommitteeCode?
    let category: CategoryCode?
    let proposed: Proposal?
    let legs: [LegAnswer]

    init(_ matter: Matter) {
        (id, number, kind, title, text) = (matter.id, matter.number, matter.kind, matter.title, matter.text)
        (analysis, proposal, station) = (matter.analysis, matter.proposal, matter.station)
        receivedAt = matter.receivedAt
        (state, committee, category, proposed) = (matter.state, matter.committee, matter.category, matter.proposed)
        legs = matter.assignments.map { LegAnswer(leg: $0.leg, state: $0.state) }
    }
}
