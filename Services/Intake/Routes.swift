import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import PostgreSQL
import Rules

/// The HTTP contract of Intake; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    /// Three texts of 10,000 characters, each written as two escapes of six bytes at worst, with what stands around them.
    static let bodyLimit = 3 * 10_000 * 12 + 4_096
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key")

    /// Characters of a reason.
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    let desk: Desk
    let revealing: RevealDesk
    let database: Database
    let stations: KnownStations
    let codes: CodeBook
    let limiter: Limiter
    let digests: RequestDigests
    /// How the owners count, to explain their dates.
    var rule = CountingRule.civilCode
    var calendar = KnownCalendar()

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/suggestions", .anyone) { try await submit($0, $1, by: .author) }
        router.on(.post, "/v1/suggestions/formal", .handInFormal) { try await submit($0, $1, by: .deputy, $2) }
        router.on(.post, "/v1/suggestions/report", .reportAsObserver) { try await submit($0, $1, by: .observer, $2) }
        router.on(.post, "/v1/suggestions/on-behalf", .handInForAnother) {
            try await submit($0, $1, by: .officer, $2)
        }
        router.open(.get, "/v1/suggestions/:number", .receipt) { try await status($0, $1) }
        router.on(.post, "/v1/suggestions/:number/contact", .revealContacts) { try await reveal($0, $1, $2) }
        router.on(.post, "/v1/suggestions/:number/text", .revealTexts) { try await revealText($0, $1, $2) }
        CodeRoutes(database: database, stations: stations).add(to: router)
    }

    /// - Parameter permit: of who has signed in for it; nil for an author without an account.
    private func submit(
        _ request: Request,
        _ context: HTTPContext,
        by hand: SubmissionForm.Hand,
        _ permit: Permit? = nil
    ) async throws -> Response {
        let key = try Self.key(of: request)
        let form: SubmissionForm = try await request.decodeBody(context: context, limit: Self.bodyLimit)
        // Only what came through a code waits for a look at it.
        var code = ScannedCode.none
        if let token = form.code { code = try await scanned(token) }
        var submission: Submission
        do {
            let stations = stations.current
            submission = try form.submission(scanned: code, by: hand) { stations.standing(of: $0) }
        } catch {
            throw Problem.invalid(error.faults)
        }
        let station = submission.station
        if let unit = permit?.unit, unit != station.rawValue {
            throw Problem.forbidden("不是本联络站 · another station's officer hands in there")
        }
        if let caller = permit?.caller, let person = caller.person.map({ PersonID(rawValue: $0.rawValue) }) {
            try await name(person, as: caller.role, in: &submission)
        }
        var call = Desk.Call(
            submission: submission,
            key: key,
            digest: try digests.digest(of: form),
            receivedAt: .now,
            origin: .here
        )
        if let caller = permit?.caller {
            call.act = hand.right.map { Act(actor: caller.actor, authority: $0.rawValue) }
            call.held = try limiter.judge(station, by: caller, at: call.receivedAt)
        } else {
            let address = context.clientAddress(of: request)
            let entrance = submission.code.map(\.id.description) ?? station.rawValue
            call.held = limiter.judge(station, entrance: entrance, from: address, at: call.receivedAt)
        }
        return try await answer(call)
    }

    /// Whose matter it is by name: a formal suggestion its deputy's, whatever code was scanned; what an observer brings is for the
    /// deputies fixed to them, unless a deputy's code says whom it is for (decision 0042).
    private func name(_ person: PersonID, as role: Role, in submission: inout Submission) async throws {
        switch role {
        case .deputy: submission.deputy = person
        case .observer where submission.deputy == nil:
            let fixed = try await database.transaction {
                try await KnownHoldings.deputies(ofObserver: person, in: $0)
            }
            submission.deputies = fixed.isEmpty ? nil : fixed
        default: break
        }
    }

    private func answer(_ call: Desk.Call) async throws -> Response {
        do {
            let receipt = try await desk.submit(call)
            return try .json(
                ReceiptAnswer(
                    number: receipt.number,
                    secret: receipt.secret,
                    status: "/v1/suggestions/\(receipt.number)"
                ),
                status: .created,
                headers: [.location: "/v1/suggestions/\(receipt.number)"]
            )
        } catch let error as Desk.UnknownAttachments {
            throw Problem.invalid(error.positions.map(AttachmentClaim.unknown))
        } catch is Desk.KeyReused {
            throw Problem(
                .unprocessableContent,
                "idempotency-key-reused",
                title: "同一请求编号已用于其他内容",
                detail: "this Idempotency-Key came before with another body"
            )
        } catch is Gathering<Desk.Call, Receipt>.Overloaded {
            throw Problem.unavailable(retryAfter: 1)
        }
    }

    private func scanned(_ token: String) async throws -> ScannedCode {
        do {
            return try await codes.code(of: token).map(ScannedCode.known) ?? .unknown
        } catch is Gathering<[UInt8], KnownCode?>.Overloaded {
            throw Problem.unavailable(retryAfter: 1)
        }
    }

    private func status(_ request: Request, _ context: HTTPContext) async throws -> Response {
        var item = try await ReceiptDesk(limiter: limiter).opened(request, context) { number, hash in
            try await database.transaction { try await IntakeStore.item(number: number, secret: hash, in: $0) }
        }
        // Its author has the title as they wrote it; without the key for it, as everybody has it.
        if let words = item.words, let written = try? revealing.seal.open(words, of: item.id) {
            item.title = written.title
        }
        var view = try StatusView(item)
        view.explain(in: calendar.current, under: rule)
        return try .json(view, headers: [.cacheControl: "private, no-store"])
    }

    private func reveal(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let number = try context.number("number")
        let form: RevealForm = try await request.decodeBody(context: context)
        let reason = try Self.reason(form.reason)
        let purpose = form.purpose.flatMap(ContactPurpose.init)
        let asker: RevealDesk.Asker
        if permit.caller.role == .committee, (form.purpose == nil) == (purpose == nil) {
            asker = .committee(
                CommitteeCode(rawValue: permit.caller.unit),
                isConfidentialKnown: form.confidential == true
            )
        } else {
            guard let purpose, permit.caller.role != .committee else {
                let words = "用途须为 clarify（核实）、visit（面商走访）、answer（答复）之一 · one of clarify, visit, answer"
                throw Problem.invalid([.init(pointer: "/purpose", rule: "value", message: words)])
            }
            asker = .department(DepartmentCode(rawValue: permit.caller.unit), purpose)
        }
        return try await Self.revealed {
            try await revealing.reveal(number: number, to: asker, reason: reason, by: permit.caller.actor)
        }
    }

    private func revealText(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let number = try context.number("number")
        let form: TextForm = try await request.decodeBody(context: context)
        let reason = try Self.reason(form.reason)
        return try await Self.revealed {
            try await revealing.revealText(
                number: number,
                to: CommitteeCode(rawValue: permit.caller.unit),
                isConfidentialKnown: form.confidential == true,
                reason: reason,
                by: permit.caller.actor
            )
        }
    }

    private static func reason(_ text: String) throws -> String {
        let (reason, breaches) = reasonRule.readMasked(text)
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
        }
        return reason
    }

    /// What a look has shown, kept by nobody on its way, or why it was refused.
    private static func revealed(_ look: () async throws -> some Encodable) async throws -> Response {
        do {
            return try .json(try await look(), headers: [.cacheControl: "private, no-store"])
        } catch is RevealDesk.NotFound {
            throw Problem.notFound()
        } catch is RevealDesk.Confidential {
            let words = "此件为保密提交，确需查看请注明 confidential: true · the author has asked for confidence"
            throw Problem.invalid([.init(pointer: "/confidential", rule: "confidential", message: words)])
        } catch is RevealDesk.Foreign {
            throw Problem.forbidden("由其他工委办理 · another committee has it, or none yet")
        }
    }

    /// RFC draft «Idempotency-Key»: chosen by the client, one a request.
    private static func key(of request: Request) throws -> String {
        guard let name = idempotencyKey else { throw Problem.internalError }
        let values = request.headers[values: name]
        guard values.count == 1, let key = values.first, (8...128).contains(key.utf8.count),
            key.utf8.allSatisfy({ (33...126).contains($0) })
        else { throw Problem.badRequest("the header Idempotency-Key must be given once, 8 to 128 visible characters") }
        return key
    }
}

/// Why an officer wants to see what was written.
private struct TextForm: Decodable {
    let reason: String
    /// Says that the officer knows that the author has asked for confidence.
    let confidential: Bool?
}

/// Why somebody wants to see a contact.
private struct RevealForm: Decodable {
    let reason: String
    /// Says that the officer knows that the author has asked for confidence.
    let confidential: Bool?
    /// Of a department: what for.
    let purpose: String?
}

extension Problem {
    /// 422 for what a submission's fields break.
    static func invalid(_ faults: [Submission.Fault]) -> Problem {
        .invalid(faults.map { Fault(pointer: $0.pointer, rule: $0.rule, message: $0.words) })
    }
}

/// What somebody takes home.
private struct ReceiptAnswer: Encodable {
    let number: String
    let secret: String
    let status: String
}
