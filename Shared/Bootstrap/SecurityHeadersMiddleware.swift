import HTTPTypes
package import Hummingbird

/// Puts on every answer what keeps a browser from making more of it than it is; a route that says otherwise is left alone.
///
/// - `X-Content-Type-Options: nosniff`: what is JSON is not run as a page.
/// - `Content-Security-Policy`: an answer of a program's interface loads nothing, runs nothing and stands in no frame.
/// - `Referrer-Policy: no-referrer`: a receipt's number in an address goes to nobody else.
/// - `Cache-Control: no-store`, unless the route knows better: nearly every answer is somebody's.
package struct SecurityHeadersMiddleware: RouterMiddleware {
    private static let defaults: [(name: HTTPField.Name, value: String)] =
        [
            (.xContentTypeOptions, "nosniff"),
            (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
            (.cacheControl, "no-store"),
        ] + (HTTPField.Name("Referrer-Policy").map { [($0, "no-referrer")] } ?? [])

    /// Creates the middleware.
    package init() {}

    /// Adds what the answer does not say itself.
    @concurrent
    package func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for (name, value) in Self.defaults where !response.headers.contains(name) {
            response.headers.append(HTTPField(name: name, value: value))
        }
        return response
    }
}
