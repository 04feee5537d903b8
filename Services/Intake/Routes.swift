import Bootstrap
import Contracts
import Crypto
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
    private static let receiptSecret = HTTPField.Name("Receipt-Secret")

    /// Characters of a reason.
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    let desk: Desk
    let revealing: RevealDesk
    let database: Database
    let stations: Stations

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/suggestions", .anyone) { try await submit($0, $1) }
        router.open(.get, "/v1/suggestions/:number", .receipt) { try await status($0, $1) }
        router.on(.post, "/v1/suggestions/:number/contact", .revealContacts) { try await reveal($0, $1, $2) }
    }

    private func submit(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let key = try Self.key(of: request)
        let form: SubmissionForm = try await request.decodeBody(context: context, limit: Self.bodyLimit)
        let submission: Submission
        do {
            submission = try form.submission { stations.contains($0) }
        } catch {
            throw Problem.invalid(
                error.faults.map { Problem.Fault(pointer: $0.pointer, rule: $0.rule, message: $0.words) }
            )
        }
        let call = Desk.Call(
            submission: submission,
            key: key,
            digest: try form.digest(),
            receivedAt: .now,
            origin: .here
        )
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

    private func status(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let number = try context.number("number")
        guard let name = Self.receiptSecret, let secret = request.headers[name] else {
            throw Problem.unauthorized(challenge: "Receipt realm=\"ebinda\"")
        }
        let item = try await database.transaction { try await IntakeStore.item(number: number, in: $0) }
        // One answer for a wrong number and a wrong secret: nobody learns which numbers exist.
        guard let item, Receipt.agree(item.secret, Receipt.hash(secret)) else {
            throw Problem.notFound("no item has this number and secret")
        }
        return try .json(try StatusView(item), headers: [.cacheControl: "private, no-store"])
    }

    private func reveal(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let number = try context.number("number")
        let form: RevealForm = try await request.decodeBody(context: context)
        let (reason, breaches) = Self.reasonRule.read(form.reason)
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
        }
        do {
            let contact = try await revealing.reveal(
                number: number,
                to: CommitteeCode(rawValue: permit.caller.unit),
                reason: reason,
                by: permit.caller.actor
            )
            return try .json(contact)
        } catch is RevealDesk.NotFound {
            throw Problem.notFound()
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

/// What is sent.
struct SubmissionForm: Codable, Sendable {
    var kind: SuggestionKind
    var submitter: Submitter?
    var station: String
    var title: String
    var text: String
    var analysis: String?
    var proposal: String?
    var contact: Submission.Contact?

    func submission(
        isKnown: (StationCode) -> Bool
    ) throws(Submission.Unacceptable) -> Submission {
        try Submission(
            kind: kind,
            submitter: submitter ?? (kind == .formal ? .deputy : .voter),
            station: station,
            title: title,
            text: text,
            analysis: analysis,
            proposal: proposal,
            contact: contact,
            isKnown: isKnown
        )
    }

    /// SHA-256 of what was meant, so that another order of members or other white space is the same request.
    func digest() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(SHA256.hash(data: try encoder.encode(self)))
    }
}

/// Why somebody wants to see a contact.
private struct RevealForm: Decodable {
    let reason: String
}

/// What somebody takes home.
private struct ReceiptAnswer: Encodable {
    let number: String
    let secret: String
    let status: String
}
