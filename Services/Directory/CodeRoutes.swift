import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import PostgreSQL

/// The HTTP contract of codes and of the entrance that they open; `openapi.yaml` says the same in prose.
struct CodeRoutes: Sendable {
    /// One line; stands in the act.
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    let outbox: Outbox
    let database: Database
    let desk: CodeDesk
    let address: CodeAddress
    let scans: ScanCounter
    /// The station that is there for whoever comes with no code.
    let district: StationCode

    func add(to router: GuardedRouter) {
        router.open(.get, "/v1/entrances/:token", .anyone) { try await enter($1) }
        router.on(.get, "/v1/codes", .readCodes) { request, _, permit in try await list(request, permit) }
        router.on(.post, "/v1/codes", .issueCodes) { try await issue($0, $1, $2) }
        router.on(.post, "/v1/codes/:code/rotate", .issueCodes) { try await rotate($0, $1, $2) }
        router.on(.post, "/v1/codes/:code/revoke", .revokeCodes) { try await revoke($0, $1, $2) }
    }

    /// Where a scanned code leads; the scan is counted.
    private func enter(_ context: HTTPContext) async throws -> Response {
        let hash = CodeText.canonical(try context.parameters.require("token")).map(CodeMint.hash)
        let (shown, general) = try await database.transaction {
            try await CodeStore.shown(hash, district: district, in: $0)
        }
        guard let shown else { return try .json(Entrance(otherwise: general)) }
        let entrance = Entrance(shown, otherwise: general, at: .now)
        scans.note(shown.code.id, isGood: entrance.state == .good)
        return try .json(entrance)
    }

    private func issue(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let form: CodeForm = try await request.decodeBody(context: context)
        let issued = try await answering {
            let draft = try CodeDraft(
                form.kind,
                of: form.of,
                station: form.station,
                place: form.place,
                validFrom: form.validFrom,
                validUntil: form.validUntil,
                at: .now
            )
            return try await outbox.transaction {
                try await desk.issue(draft, in: permit.authority, by: permit.caller.actor, in: $0)
            }
        }
        return try .json(answer(issued), status: .created)
    }

    private func rotate(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: CodeID = try context.id("code")
        let form: RotationForm = try await request.decodeBody(context: context)
        let days = form.graceDays ?? 0
        guard (0...EntryCode.graceLimit).contains(days) else {
            throw Problem.invalid([
                .init(
                    pointer: "/graceDays",
                    rule: "range",
                    message: "0至\(EntryCode.graceLimit)天 · must be from 0 to \(EntryCode.graceLimit) days"
                )
            ])
        }
        let issued = try await answering {
            try await outbox.transaction {
                try await desk.rotate(
                    id,
                    grace: .seconds(days * 86_400),
                    in: permit.authority,
                    by: permit.caller.actor,
                    in: $0
                )
            }
        }
        return try .json(answer(issued))
    }

    private func revoke(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: CodeID = try context.id("code")
        let form: RevocationForm = try await request.decodeBody(context: context)
        let reason = form.reason.map(Self.reasonRule.read)
        if let breaches = reason?.breaches, !breaches.isEmpty {
            throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
        }
        try await answering {
            try await outbox.transaction {
                try await desk.revoke(
                    id,
                    reason: reason?.text,
                    in: permit.authority,
                    by: permit.caller.actor,
                    in: $0
                )
            }
        }
        return Response(status: .noContent)
    }

    private func list(_ request: Request, _ permit: Permit) async throws -> Response {
        guard let after = Cursor(request.uri.queryParameters.get("after")) else {
            throw Problem.badRequest("after must be the next of the page before")
        }
        let asked = request.uri.queryParameters.get("unit")
        // What is no code is nobody's: the database could not even be asked with U+0000.
        if let asked, StationCode(asked) == nil { return try .json(CodeList(items: [], next: nil)) }
        let found = try await database.transaction { transaction in
            let reach = permit.authority.reach(in: try await DirectoryStore.units(in: transaction))
            if let asked, reach?.contains(asked) == false { throw Self.foreign }
            // One more than a page tells whether there is another.
            return try await CodeStore.codes(
                of: asked.map { [$0] } ?? reach?.sorted(),
                after: after,
                limit: CodeStore.pageLimit + 1,
                in: transaction
            )
        }
        let (page, now) = (found.prefix(CodeStore.pageLimit), Timestamp.now)
        let next =
            found.count > page.count
            ? page.last.map { Cursor.text($0.code.issuedAt, $0.code.aggregate) } : nil
        return try .json(CodeList(items: page.map { CodeEntry($0, at: now) }, next: next))
    }

    private func answer(_ issued: CodeDesk.Issued) -> IssuedAnswer {
        IssuedAnswer(code: issued.code.id, token: issued.token, url: address.symbol(issued.token))
    }

    private static let foreign = Problem.forbidden("不是本单位站点的二维码 · the code is of a station that is not yours")

    /// Does what the desk does, and says in HTTP's words why it did not.
    private func answering<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as CodeDraft.Unacceptable {
            throw Problem.invalid(
                error.faults.map { Problem.Fault(pointer: $0.pointer, rule: $0.rule, message: $0.words) }
            )
        } catch is CodeDesk.NotFound {
            throw Problem.notFound()
        } catch is CodeDesk.Foreign {
            throw Self.foreign
        } catch is CodeDesk.Ended {
            throw Problem.conflict("二维码已停用 · the code has been revoked; make another")
        }
    }
}

/// What a code is asked for with.
private struct CodeForm: Decodable {
    let kind: CodeKind
    let of: String
    let station: String?
    let place: String?
    let validFrom: Timestamp?
    let validUntil: Timestamp?
}

/// For how many days the token before stays good.
private struct RotationForm: Decodable {
    let graceDays: Int?
}

/// Why a code is ended.
private struct RevocationForm: Decodable {
    let reason: String?
}

/// The only answers that show a token.
private struct IssuedAnswer: Encodable {
    let code: CodeID
    let token: String
    let url: String
}

private struct CodeList: Encodable {
    let items: [CodeEntry]
    let next: String?

    enum CodingKeys: CodingKey { case items, next }

    /// `next` is there on the last page too, as null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(next, forKey: .next)
    }
}

/// A code as its station sees it.
private struct CodeEntry: Encodable {
    let code: CodeID
    let kind: CodeKind
    let of: String
    let station: StationCode
    let place: String?
    let state: CodeState
    let validFrom: Timestamp?
    let validUntil: Timestamp?
    let issuedAt: Timestamp
    let tokens: Int
    let scans: Int
    let staleScans: Int

    init(_ counted: CodeStore.Counted, at now: Timestamp) {
        let code = counted.code
        (self.code, kind, of, station, place) = (code.id, code.kind, code.subject, code.station, code.place)
        (state, validFrom, validUntil) = (code.state(at: now), code.validFrom, code.validUntil)
        (issuedAt, tokens, scans, staleScans) = (code.issuedAt, code.tokens.count, counted.good, counted.stale)
    }
}
