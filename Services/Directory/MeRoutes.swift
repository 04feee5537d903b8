import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// What is a person's own: who they are here, their sessions, their password, their second factor.
struct MeRoutes: Sendable {
    let credentials: CredentialDesk
    let sessions: Sessions

    func add(to router: GuardedRouter) {
        router.signedIn(.get, "/v1/me") { _, _, _, person in try await me(person) }
        router.signedIn(.get, "/v1/me/sessions") { _, _, _, person in try await list(person) }
        router.signedIn(.delete, "/v1/me/sessions/:id") { try await end($1, $2, $3) }
        router.signedIn(.post, "/v1/me/password") { try await changePassword($0, $1, $2, $3) }
        router.signedIn(.post, "/v1/me/factor") { _, _, _, person in try await beginFactor(person) }
        router.signedIn(.post, "/v1/me/factor/confirm") { try await confirmFactor($0, $1, $2, $3) }
        router.signedIn(.delete, "/v1/me/factor") { try await removeFactor($0, $1, $2, $3) }
    }

    private func me(_ person: SuggestionID) async throws -> Response {
        struct Answer: Encodable {
            let person: SuggestionID
            let login: String
            let name: String
            let holdings: [HoldingAnswer]
            let factor: Bool
            let lockedAt: Timestamp?
        }
        let known = try await credentials.known(person)
        let (holdings, factor) = try await sessions.outbox.transaction { transaction in
            (
                try await SignInStore.holdings(of: person, on: CivilDate(of: sessions.clock()), in: transaction),
                try await SignInStore.factor(of: person, in: transaction)?.isConfirmed == true
            )
        }
        return try .json(
            Answer(
                person: person,
                login: known.person.login,
                name: known.person.name,
                holdings: holdings.map(HoldingAnswer.init),
                factor: factor,
                lockedAt: known.lockedAt
            )
        )
    }

    private func list(_ person: SuggestionID) async throws -> Response {
        struct Item: Encodable {
            let session: SuggestionID
            let madeAt: Timestamp
            let usedAt: Timestamp
            let expiresAt: Timestamp
            let manner: SessionStarted.Manner
            let factor: Bool
            let agent: String
            let network: String?
        }
        struct Answer: Encodable { let items: [Item] }
        let items = try await sessions.all(of: person).map { session, end in
            Item(
                session: session.id,
                madeAt: session.madeAt,
                usedAt: session.usedAt,
                expiresAt: end,
                manner: session.manner,
                factor: session.factor,
                agent: session.agent,
                network: session.network
            )
        }
        return try .json(Answer(items: items))
    }

    private func end(_ context: HTTPContext, _ caller: Caller, _ person: SuggestionID) async throws -> Response {
        let id: SuggestionID = try context.id("id")
        let act = Act(actor: caller.actor, authority: "own.session")
        let ended = try await sessions.outbox.transaction {
            try await Sessions.end(id, of: person, for: .signedOut, at: sessions.clock(), by: act, in: $0)
        }
        // Another person's is as if it were not there.
        guard ended == 1 else { throw Problem.notFound() }
        return Response(status: .noContent)
    }

    private func changePassword(
        _ request: Request,
        _ context: HTTPContext,
        _ caller: Caller,
        _ person: SuggestionID
    ) async throws -> Response {
        struct Form: Decodable {
            let old: String
            let new: String
        }
        let form: Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        try await credentials.change(
            person,
            from: form.old,
            to: form.new,
            by: caller,
            client: Client(request, context)
        )
        return Response(status: .noContent)
    }

    private func beginFactor(_ person: SuggestionID) async throws -> Response {
        struct Answer: Encodable {
            let secret: String
            let uri: String
        }
        let (secret, address) = try await credentials.beginFactor(of: person)
        return try .json(Answer(secret: secret, uri: address))
    }

    private func confirmFactor(
        _ request: Request,
        _ context: HTTPContext,
        _ caller: Caller,
        _ person: SuggestionID
    ) async throws -> Response {
        struct Form: Decodable { let code: String }
        struct Answer: Encodable { let recovery: [String] }
        let form: Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        return try .json(
            Answer(recovery: try await credentials.confirmFactor(of: person, code: form.code, by: caller))
        )
    }

    private func removeFactor(
        _ request: Request,
        _ context: HTTPContext,
        _ caller: Caller,
        _ person: SuggestionID
    ) async throws -> Response {
        struct Form: Decodable {
            let password: String
            let code: String
        }
        let form: Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        try await credentials.removeFactor(
            of: person,
            password: form.password,
            code: form.code,
            by: caller,
            client: Client(request, context)
        )
        return Response(status: .noContent)
    }
}
