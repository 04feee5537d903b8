import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import PostgreSQL

/// The HTTP contract of people, of the roles they hold and ask for.
struct PeopleRoutes: Sendable {
    private static let pageLimit = 100
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)
    private static let calledRule = TextRule(limit: 60, isOneLine: true)
    /// Seconds after which a unit's registrar may have decided a few.
    private static let overfullPause = 3_600

    let desk: PeopleDesk
    let database: Database
    let signIn: SignInDesk

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/people", .readPeople) { request, _, permit in try await list(request, permit) }
        router.on(.get, "/v1/people/:id", .readPeople) { _, context, permit in try await person(context, permit) }
        router.on(.post, "/v1/people", .registerPeople) { try await add($0, $1, $2) }
        router.open(.post, "/v1/registrations", .anyone) { try await register($0, $1) }
        router.on(.get, "/v1/registrations", .decideRegistrations) { request, _, permit in
            try await registrations(request, permit)
        }
        router.on(.post, "/v1/registrations/:holding/confirm", .decideRegistrations) { _, context, permit in
            try await decide(context, refusal: nil, permit)
        }
        router.on(.post, "/v1/registrations/:holding/refuse", .decideRegistrations) { request, context, permit in
            try await decide(context, refusal: try await reason(request, context), permit)
        }
        router.on(.post, "/v1/holdings/:holding/end", .endHoldings) { request, context, permit in
            let reason = try await reason(request, context)
            return try await answer {
                try await desk.end(try holding(context), reason: reason, by: permit.caller.actor, permit.authority)
            }
        }
        router.on(.post, "/v1/holdings/:holding/substitute", .appointSubstitutes) { try await substitute($0, $1, $2) }
    }

    private func list(_ request: Request, _ permit: Permit) async throws -> Response {
        let query = request.uri.queryParameters
        let asked = query["unit"].map(String.init)
        let after = query["after"].map(String.init)
        if let after, !Person.isPlace(after) { throw Problem.badRequest("after must be the next of an earlier page") }
        let called = query["called"].map(String.init).map(Self.calledRule.read)
        if let called, !called.breaches.isEmpty {
            throw Problem.badRequest("called must be a login or a part of a name")
        }
        let page = try await page(of: asked, nil, called: called?.text, after: after, permit)
        return try .json(
            PeoplePage(items: page.dossiers.map { PersonAnswer($0, within: page.reach) }, next: page.next)
        )
    }

    private func registrations(_ request: Request, _ permit: Permit) async throws -> Response {
        let after = request.uri.queryParameters["after"].map(String.init)
        if let after, !Person.isPlace(after) { throw Problem.badRequest("after must be the next of an earlier page") }
        let page = try await page(of: nil, .asked, after: after, permit)
        let items = page.dossiers.flatMap { dossier in
            dossier.holdings.filter { $0.state == .asked && page.reach?.contains($0.unit) != false }.map {
                RegistrationAnswer(dossier.person, $0)
            }
        }
        return try .json(RegistrationPage(items: items, next: page.next))
    }

    /// People within the caller's reach; of a unit with all below it, where one is named.
    private func page(
        of asked: String?,
        _ state: Holding.State?,
        called: String? = nil,
        after: String?,
        _ permit: Permit
    ) async throws -> (dossiers: [Dossier], reach: Set<String>?, next: String?) {
        try await database.transaction { transaction in
            let book = try await DirectoryStore.units(in: transaction)
            let own = permit.authority.reach(in: book)
            let wanted = asked.map { Set(book.codes(within: $0)) }
            // What is foreign is as if it were not there.
            let units = wanted.map { own?.intersection($0) ?? $0 } ?? own
            let ids = try await DirectoryStore.people(
                in: units.map { $0.sorted() },
                state: state,
                called: called,
                after: after,
                limit: Self.pageLimit,
                in: transaction
            )
            let dossiers = try await DirectoryStore.dossiers(ids, locking: false, in: transaction)
                .sorted { $0.person.login < $1.person.login }
            return (dossiers, own, ids.count == Self.pageLimit ? dossiers.last?.person.login : nil)
        }
    }

    private func person(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: PersonID = try context.id("id")
        let (dossier, reach) = try await database.transaction { transaction in
            let book = try await DirectoryStore.units(in: transaction)
            return (
                try await DirectoryStore.dossier(SuggestionID(rawValue: id.rawValue), locking: false, in: transaction),
                permit.authority.reach(in: book)
            )
        }
        guard let dossier, reach == nil || dossier.holdings.contains(where: { reach?.contains($0.unit) == true }) else {
            throw Problem.notFound()
        }
        return try .json(PersonAnswer(dossier, within: reach))
    }

    private func add(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: HoldingForm = try await request.decodeBody(context: context)
        return try await answer { try await desk.add(form, by: permit.caller.actor, permit.authority) }
    }

    private func register(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let form: HoldingForm = try await request.decodeBody(context: context)
        try await signIn.admitRequest(from: Client(request, context))
        let outcome = try await Self.problems { try await desk.ask(form) }
        return try .json(
            AskedAnswer(registration: HoldingID(rawValue: outcome.holding.id), state: outcome.holding.state),
            status: .accepted
        )
    }

    private func decide(_ context: HTTPContext, refusal: String?, _ permit: Permit) async throws -> Response {
        try await answer {
            try await desk.decide(
                try holding(context),
                refusal: refusal,
                by: permit.caller.actor,
                permit.authority
            )
        }
    }

    private func substitute(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: SubstituteForm = try await request.decodeBody(context: context)
        guard let until = CivilDate(iso: form.until) else {
            throw Problem.invalid([
                .init(pointer: "/until", rule: "date", message: "应为日期，如2026-03-02 · must be a day such as 2026-03-02")
            ])
        }
        return try await answer {
            try await desk.substitute(
                for: try holding(context),
                by: SuggestionID(rawValue: form.person.rawValue),
                until: until,
                actor: permit.caller.actor,
                permit.authority
            )
        }
    }

    private func holding(_ context: HTTPContext) throws -> UUID {
        let id: HoldingID = try context.id("holding")
        return id.rawValue
    }

    private func reason(_ request: Request, _ context: HTTPContext) async throws -> String {
        let form: ReasonForm = try await request.decodeBody(context: context)
        let (reason, breaches) = Self.reasonRule.readMasked(form.reason)
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
        }
        return reason
    }

    /// The person with the role that it was about.
    private func answer(_ work: () async throws -> PeopleDesk.Outcome) async throws -> Response {
        let outcome = try await Self.problems(work)
        return try .json(RegistrationAnswer(outcome.dossier.person, outcome.holding))
    }

    /// What the desk throws, as answers.
    static func problems<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as FieldFaults {
            throw Problem.invalid(
                error.faults.map { .init(pointer: "/\($0.field)", rule: $0.rule, message: $0.words) }
            )
        } catch let error as Hindrance {
            throw Problem.conflict(error.words)
        } catch let error as PeopleDesk.NotEntitled {
            throw Problem.forbidden(error.words)
        } catch is PeopleDesk.NotFound {
            throw Problem.notFound()
        } catch is PeopleDesk.Overfull {
            throw Problem(
                .tooManyRequests,
                "too-many-registrations",
                title: "该单位待处理的注册过多，请稍后再试",
                detail: "this unit has \(PeopleDesk.askedLimit) registrations that wait for a decision",
                headers: [.retryAfter: String(overfullPause)]
            )
        } catch let error as DatabaseError where error.state == .uniqueViolation {
            // Somebody else took the login at the same moment.
            throw Problem.conflict("登录名已被使用 · this login is taken")
        }
    }
}

extension Permit {
    /// How far the caller may act on people.
    var authority: Authority {
        let person = caller.subject.hasPrefix("person:") ? SuggestionID(String(caller.subject.dropFirst(7))) : nil
        return Authority(role: caller.role, unit: unit, person: person)
    }
}

private struct ReasonForm: Decodable {
    let reason: String
}

private struct SubstituteForm: Decodable {
    let person: PersonID
    let until: String
}

/// What somebody who has asked for a role gets to know.
private struct AskedAnswer: Encodable {
    let registration: HoldingID
    let state: Holding.State
}

private struct PeoplePage: Encodable {
    let items: [PersonAnswer]
    let next: String?
}

private struct RegistrationPage: Encodable {
    let items: [RegistrationAnswer]
    let next: String?
}

/// A person as officers see them: with the roles within their reach.
private struct PersonAnswer: Encodable {
    let id: SuggestionID
    let login: String
    let name: String
    let state: Person.State
    let changedAt: Timestamp
    let holdings: [PersonChanged.Holding]

    init(_ dossier: Dossier, within reach: Set<String>?) {
        let person = dossier.person
        (id, login, name, state, changedAt) = (person.id, person.login, person.name, person.state, person.changedAt)
        holdings = dossier.holdings.filter { reach?.contains($0.unit) != false }.map(\.told)
    }
}

/// A role with whose it is.
private struct RegistrationAnswer: Encodable {
    struct Who: Encodable {
        let id: SuggestionID
        let login: String
        let name: String
        let state: Person.State
    }

    let person: Who
    let holding: PersonChanged.Holding
    let decidedBy: String?

    init(_ person: Person, _ holding: Holding) {
        self.person = Who(id: person.id, login: person.login, name: person.name, state: person.state)
        (self.holding, decidedBy) = (holding.told, holding.decidedBy)
    }
}
