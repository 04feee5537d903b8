import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// A person's request for what is held of them, and to have it erased: their own, or brought by an officer.
struct PersonalDataRoutes: Sendable {
    private static let reasonRule = TextRule(limit: 200, isOneLine: true)

    let desk: PersonalDataDesk
    let credentials: CredentialDesk

    func add(to router: GuardedRouter) {
        router.on(.post, "/v1/people/:id/export", .exportPeople) { request, context, permit in
            let act = try await act(request, context, permit, .exportPeople)
            return try await export(try context.id("id"), under: permit.authority, by: act)
        }
        router.on(.post, "/v1/people/:id/erasure", .erasePeople) { request, context, permit in
            let act = try await act(request, context, permit, .erasePeople)
            return try await erase(try context.id("id"), under: permit.authority, by: act)
        }
        router.signedIn(.post, "/v1/me/export") { _, _, caller, person in
            try await export(person, under: nil, by: Act(actor: caller.actor, authority: "own.export"))
        }
        router.signedIn(.post, "/v1/me/erasure") { try await eraseOwn($0, $1, $2, $3) }
    }

    private func export(_ person: SuggestionID, under authority: Authority?, by act: Act) async throws -> Response {
        let data = try await PeopleRoutes.problems { try await desk.export(person, under: authority, by: act) }
        return try .json(data, headers: [.cacheControl: "no-store"])
    }

    private func erase(_ person: SuggestionID, under authority: Authority?, by act: Act) async throws -> Response {
        _ = try await PeopleRoutes.problems { try await desk.erase(person, under: authority, by: act) }
        return Response(status: .noContent)
    }

    /// A session that was left open is not enough: the password is asked for, and the second factor where there is one.
    private func eraseOwn(
        _ request: Request,
        _ context: HTTPContext,
        _ caller: Caller,
        _ person: SuggestionID
    ) async throws -> Response {
        struct Form: Decodable {
            let password: String
            let code: String?
        }
        let form: Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        let client = Client(request, context)
        try await credentials.proveWhole(person, password: form.password, code: form.code, client: client)
        return try await erase(person, under: nil, by: Act(actor: caller.actor, authority: "own.erase"))
    }

    private func act(
        _ request: Request,
        _ context: HTTPContext,
        _ permit: Permit,
        _ right: Right
    ) async throws -> Act {
        struct Form: Decodable { let reason: String }
        let form: Form = try await request.decodeBody(context: context)
        let (reason, breaches) = Self.reasonRule.readMasked(form.reason)
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: "/reason", rule: $0.rule, message: $0.words) })
        }
        return Act(actor: permit.caller.actor, authority: "\(right.rawValue): \(reason)")
    }
}
