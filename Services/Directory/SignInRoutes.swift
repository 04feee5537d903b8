import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// Signing in, and the invitations with which it begins.
struct SignInRoutes: Sendable {
    /// A login, a password of 128 characters and what else a form has: far below.
    static let bodyLimit = 4_096

    let desk: SignInDesk
    let credentials: CredentialDesk

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/sign-in", .anyone) { try await signIn($0, $1) }
        router.open(.post, "/v1/sign-in/factor", .anyone) { try await factor($0, $1) }
        router.open(.post, "/v1/invitation", .anyone) { try await accept($0, $1) }
        router.on(.post, "/v1/people/:id/invitation", .invitePeople) { try await invite($0, $1, $2) }
    }

    private func signIn(_ request: Request, _ context: HTTPContext) async throws -> Response {
        struct Form: Decodable {
            let login: String
            let password: String
        }
        let form: Form = try await request.decodeBody(context: context, limit: Self.bodyLimit)
        return try Self.answer(try await desk.signIn(form.login, form.password, from: Client(request, context)))
    }

    private func factor(_ request: Request, _ context: HTTPContext) async throws -> Response {
        struct Form: Decodable {
            let challenge: String
            let code: String
        }
        let form: Form = try await request.decodeBody(context: context, limit: Self.bodyLimit)
        let client = Client(request, context)
        return try Self.answer(try await desk.signIn(challenge: form.challenge, code: form.code, from: client))
    }

    private func accept(_ request: Request, _ context: HTTPContext) async throws -> Response {
        struct Form: Decodable {
            let token: String
            let password: String
        }
        let form: Form = try await request.decodeBody(context: context, limit: Self.bodyLimit)
        try await credentials.accept(form.token, form.password, client: Client(request, context))
        return Response(status: .noContent)
    }

    private func invite(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        struct Answer: Encodable {
            let token: String
            let expiresAt: Timestamp
        }
        let id: SuggestionID = try context.id("id")
        let act = Act(actor: permit.caller.actor, authority: Right.invitePeople.rawValue)
        let (token, until) = try await desk.outbox.transaction {
            try await Inviting.invite(id, in: permit.authority, at: desk.clock(), by: act, in: $0)
        }
        return try .json(Answer(token: token, expiresAt: until), status: .created)
    }

    /// What a sign-in leads to, as it is answered wherever it was begun.
    static func answer(_ outcome: SignedIn) throws -> Response {
        struct Answer: Encodable {
            var session: SuggestionID?
            var secret: String?
            var expiresAt: Timestamp?
            var lockedAt: Timestamp?
            var challenge: String?
        }
        switch outcome {
        case .session(let session, let secret, let end, let lockedAt):
            return try .json(Answer(session: session.id, secret: secret, expiresAt: end, lockedAt: lockedAt))
        case .challenge(let text): return try .json(Answer(challenge: text))
        }
    }
}

extension Client {
    /// Who sends a request.
    init(_ request: Request, _ context: HTTPContext) {
        self.init(address: context.clientAddress(of: request), agent: request.headers[.userAgent])
    }
}
