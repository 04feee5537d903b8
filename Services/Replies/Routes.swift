import Bootstrap
import Contracts
import Foundation
import Hummingbird
import Messaging
import PostgreSQL
import Rules

/// The HTTP contract of Replies; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    private static let pageLimit = 100
    /// A reply of 20,000 characters and a contact of 2,000 with their names, each written as two escapes of six bytes at worst, with what
    /// stands around them.
    static let replyBodyLimit = 22_120 * 12 + 4_096

    let desk: Desk
    let database: Database

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/assignments", .readAssignments) { try await list($0, $2) }
        router.on(.post, "/v1/assignments/:id/receipt", .receiveAssignments) { try await receive($1, $2) }
        router.on(.post, "/v1/assignments/:id/return", .returnAssignments) { try await giveBack($0, $1, $2) }
        router.on(.post, "/v1/assignments/:id/contacts", .recordContacts) { try await contact($0, $1, $2) }
        router.on(.post, "/v1/assignments/:id/reply", .issueReplies) { try await reply($0, $1, $2) }
        router.on(.post, "/v1/assignments/:id/clock", .changeClocks) { try await changeClock($0, $1, $2) }
        router.on(.get, "/v1/suggestions", .readAwaiting) { try await awaiting($0, $2) }
        router.on(.get, "/v1/suggestions/:id", .readHandling) { try await show($1, $2) }
        router.on(.post, "/v1/suggestions/:id/evaluation", .evaluateReplies) { try await evaluate($0, $1, $2) }
    }

    private func list(_ request: Request, _ permit: Permit) async throws -> Response {
        let department = Self.department(permit)
        // A leg's id has the form of a suggestion's, so the same cursor carries it.
        let after = try Self.place(request).map { ($0.time, AssignmentID(rawValue: $0.id.rawValue)) }
        let (legs, handlings) = try await database.transaction { transaction in
            let legs = try await RepliesStore.desk(
                of: department,
                after: after,
                limit: Self.pageLimit,
                in: transaction
            )
            let ids = Array(Set(legs.map(\.suggestion)))
            return (legs, try await RepliesStore.handlings(ids, locking: false, in: transaction))
        }
        let items = legs.compactMap { entry in
            handlings[entry.suggestion].map { LegAnswer(entry.leg, of: $0, desk.counted, withEnclosures: true) }
        }
        var next: String?
        if legs.count == Self.pageLimit, let last = legs.last {
            next = Cursor.text(last.leg.leg.clock.dueAt, SuggestionID(rawValue: last.leg.leg.assignment.rawValue))
        }
        return try .json(Page(items: items, next: next))
    }

    private func awaiting(_ request: Request, _ permit: Permit) async throws -> Response {
        guard request.uri.queryParameters["state"] == "answered" else {
            throw Problem.badRequest("state must be answered: the matters that await a verdict")
        }
        let after = try Self.place(request)
        let (ids, handlings) = try await database.transaction { transaction in
            let ids = try await RepliesStore.awaitingVerdict(
                of: Self.committee(permit),
                deputy: permit.person,
                after: after,
                limit: Self.pageLimit,
                in: transaction
            )
            return (ids, try await RepliesStore.handlings(ids, locking: false, in: transaction))
        }
        let items = ids.compactMap { handlings[$0] }.compactMap { AwaitingAnswer($0, desk.counted) }
        let next = items.count == Self.pageLimit ? items.last.map { Cursor.text($0.answeredAt, $0.suggestion) } : nil
        return try .json(Page(items: items, next: next))
    }

    private func receive(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        try await perform(.receive(try context.id("id")), permit)
    }

    private func giveBack(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AssignmentID = try context.id("id")
        let form: ReturnForm = try await request.decodeBody(context: context)
        let message = ReturnMessage(assignment: id, reason: form.reason, proposedDepartment: form.proposedDepartment)
        return try await perform(try Self.checked { () throws(Faults) in try Fields.giveBack(message) }, permit)
    }

    private func reply(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AssignmentID = try context.id("id")
        let form: ReplyForm = try await request.decodeBody(context: context, limit: Self.replyBodyLimit)
        let message = ReplyMessage(
            assignment: id,
            outcome: form.outcome,
            text: form.text,
            commitmentDueAt: form.commitmentDueAt,
            reason: form.reason,
            documentNumber: form.documentNumber,
            contact: form.contact
        )
        let command = try Self.checked { () throws(Faults) in
            try Fields.reply(message, under: desk.terms.letters, at: .now)
        }
        return try await perform(command, permit)
    }

    private func show(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: SuggestionID = try context.id("id")
        let (handling, written) = try await database.transaction { transaction in
            let handling = try await RepliesStore.handlings([id], locking: false, in: transaction)[id]
            if let deputy = permit.person, try await RepliesStore.own([(deputy, id)], in: transaction).isEmpty {
                return (Handling?.none, Written())
            }
            return (handling, try await Written.of(handling, in: transaction))
        }
        guard let handling, Self.isShown(handling, to: permit) else { throw Problem.notFound() }
        return try .json(HandlingAnswer(handling, written, desk.counted))
    }

    private func evaluate(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: EvaluationForm = try await request.decodeBody(context: context)
        let command = try Self.checked { () throws(Faults) in
            try Fields.evaluation(
                attitude: form.attitude,
                result: form.result,
                comment: form.comment,
                as: permit.caller.role
            )
        }
        return try await perform(
            Desk.Call(
                command: command,
                actor: permit.caller.actor,
                department: nil,
                suggestion: try context.id("id"),
                committee: Self.committee(permit),
                deputy: permit.person,
                origin: .here
            )
        )
    }

    private func changeClock(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AssignmentID = try context.id("id")
        let form: ClockForm = try await request.decodeBody(context: context)
        let command = try Self.checked { () throws(Faults) in
            .changeClock(
                id,
                try Fields.clockChange(
                    form.action,
                    reason: form.reason,
                    term: form.term,
                    dueAt: form.dueAt,
                    as: permit.caller.role,
                    of: permit.caller.unit
                )
            )
        }
        return try await perform(
            Desk.Call(
                command: command,
                actor: permit.caller.actor,
                department: nil,
                suggestion: nil,
                committee: Self.committee(permit),
                origin: .here
            )
        )
    }

    func perform(_ command: Handling.Command, _ permit: Permit) async throws -> Response {
        let department = Self.department(permit)
        return try await perform(
            Desk.Call(
                command: command,
                actor: permit.caller.actor,
                department: department,
                suggestion: nil,
                origin: .here
            )
        )
    }

    private func perform(_ call: Desk.Call) async throws -> Response {
        do {
            let handling = try await desk.perform(call)
            let written = try await database.transaction { try await Written.of(handling, in: $0) }
            return try .json(HandlingAnswer(handling, written, desk.counted))
        } catch let error as Impossible where error.rule == "unknown" {
            throw Problem.notFound()
        } catch let error as Impossible where error.namesMember {
            throw Problem.invalid([.init(pointer: error.pointer, rule: error.rule, message: error.words)])
        } catch let error as Impossible {
            throw error.conflict
        } catch is Gathering<Desk.Call, Handling>.Overloaded {
            throw Problem.unavailable(retryAfter: 1)
        }
    }

    static func checked(_ read: () throws(Faults) -> Handling.Command) throws -> Handling.Command {
        do {
            return try read()
        } catch {
            throw Problem.invalid(
                error.faults.map { .init(pointer: $0.pointer, rule: $0.rule, message: $0.words) }
            )
        }
    }

    /// A department sees what it has a leg of that was neither given back nor taken back, a committee its own; whether it is a
    /// deputy's has been asked.
    private static func isShown(_ handling: Handling, to permit: Permit) -> Bool {
        guard permit.person == nil, let unit = permit.unit else { return true }
        return permit.caller.role == .committee
            ? handling.committee.rawValue == unit
            : handling.isInHands(of: DepartmentCode(rawValue: unit))
    }

    /// Where a page begins; nil for the first.
    private static func place(_ request: Request) throws -> (time: Timestamp, id: SuggestionID)? {
        guard let cursor = Cursor(request.uri.queryParameters["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        return cursor.position
    }

    /// The committee whose matters alone are the caller's; nil for a deputy, who has their own in all committees.
    private static func committee(_ permit: Permit) -> CommitteeCode? {
        permit.person == nil ? permit.unit.map(CommitteeCode.init(rawValue:)) : nil
    }

    private static func department(_ permit: Permit) -> DepartmentCode { DepartmentCode(rawValue: permit.caller.unit) }
}

private struct ReturnForm: Decodable {
    let reason: String
    let proposedDepartment: DepartmentCode?
}

private struct ReplyForm: Decodable {
    let outcome: ReplyOutcome
    let text: String
    let commitmentDueAt: Timestamp?
    let reason: String?
    let documentNumber: String?
    let contact: ContactRecord?
}

private struct ClockForm: Decodable {
    let action: Fields.ClockAction
    let reason: String
    let term: String?
    let dueAt: Timestamp?
}

private struct EvaluationForm: Decodable {
    let attitude: Verdict
    let result: Verdict
    let comment: String?
}

private struct Page<Item: Encodable>: Encodable {
    let items: [Item]
    let next: String?
}
