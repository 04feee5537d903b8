import HTTPTypes
package import Hummingbird

/// Lets nobody in without a known bearer token (RFC 6750), and tells the route who it is.
package struct BearerMiddleware: RouterMiddleware {
    /// What a request without a token is asked for.
    package static let challenge = "Bearer realm=\"ebinda\""

    private let tokens: BearerTokens

    /// Guards the routes below it with these tokens.
    package init(tokens: BearerTokens) {
        self.tokens = tokens
    }

    /// Looks the token up before the route is asked.
    @concurrent
    package func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let values = request.headers[values: .authorization]
        guard let value = values.first else { throw Problem.unauthorized(challenge: Self.challenge) }
        guard values.count == 1, let token = Self.token(value), let caller = tokens.caller(token) else {
            throw Problem.unauthorized(challenge: "\(Self.challenge), error=\"invalid_token\"")
        }
        var context = context
        context.caller = caller
        return try await next(request, context)
    }

    /// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110 §11.1).
    private static func token(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
