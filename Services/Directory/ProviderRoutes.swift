import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird

/// Signing in at outside providers, and linking who one is there.
struct ProviderRoutes: Sendable {
    let desk: ProviderDesk

    /// What a person brings back from a provider.
    private struct Return: Decodable {
        let state: String
        let code: String
    }

    func add(to router: GuardedRouter) {
        router.open(.get, "/v1/oidc", .anyone) { _, _ in try list() }
        router.open(.get, "/v1/oidc/:provider/start", .anyone) { try await start($0, $1, nil) }
        router.open(.post, "/v1/oidc/:provider/finish", .anyone) { try await finish($0, $1) }
        router.signedIn(.post, "/v1/me/oidc/:provider/start") { request, context, _, person in
            try await start(request, context, person)
        }
        router.signedIn(.post, "/v1/me/oidc/:provider/finish") { try await link($0, $1, $2, $3) }
        router.signedIn(.delete, "/v1/me/oidc/:provider") { _, context, caller, person in
            try await desk.unlink(context.parameters.require("provider"), of: person, by: caller)
            return Response(status: .noContent)
        }
    }

    private func list() throws -> Response {
        struct Item: Encodable {
            let name: String
            let label: String
        }
        struct Answer: Encodable { let items: [Item] }
        return try .json(Answer(items: desk.links.map { Item(name: $0.provider.name, label: $0.provider.label) }))
    }

    private func start(_ request: Request, _ context: HTTPContext, _ person: SuggestionID?) async throws -> Response {
        struct Answer: Encodable {
            let location: String
            let state: String
        }
        let (location, state) = try await desk.start(
            try context.parameters.require("provider"),
            return: request.uri.queryParameters["return"].map(String.init),
            for: person,
            from: Client(request, context)
        )
        return try .json(Answer(location: location, state: state))
    }

    private func finish(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let form: Return = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        return try SignInRoutes.answer(
            try await desk.finish(
                try context.parameters.require("provider"),
                state: form.state,
                code: form.code,
                from: Client(request, context)
            )
        )
    }

    private func link(
        _ request: Request,
        _ context: HTTPContext,
        _ caller: Caller,
        _ person: SuggestionID
    ) async throws -> Response {
        let form: Return = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        let name = try context.parameters.require("provider")
        try await desk.link(name, state: form.state, code: form.code, to: person, by: caller)
        return Response(status: .noContent)
    }
}
