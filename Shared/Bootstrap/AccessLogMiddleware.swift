import CoreMetrics
import HTTPTypes
package import Hummingbird
import Logging
import Metrics

/// One log record and two metrics for each request.
///
/// They name the route's template, never the path or the query, which hold receipt numbers and search words; and never a
/// header, an address or a body.
package struct AccessLogMiddleware: RouterMiddleware {
    /// What the metrics mean, for ``MetricsRegistry``.
    package static let help = [
        requestsName: "Requests answered, by method, route and status.",
        secondsName: "Time from a request's head to its answer, in seconds.",
    ]
    private static let requestsName = "ebinda_http_requests_total"
    private static let secondsName = "ebinda_http_request_seconds"
    /// Others are counted as one, since a method is whatever the caller writes.
    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    /// What polls this service every few seconds, logged at debug level unless it fails.
    private static let quietRoutes: Set = ["/health/live", "/health/ready", "/metrics"]

    /// Creates the middleware.
    package init() {}

    /// Records the request once it is answered.
    @concurrent
    package func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            record(request, context, response.status, start.duration(to: .now))
            return response
        } catch {
            record(request, context, Problem(error).status, start.duration(to: .now))
            throw error
        }
    }

    private func record(_ request: Request, _ context: HTTPContext, _ status: HTTPResponse.Status, _ time: Duration) {
        let method = Self.methods.contains(request.method.rawValue) ? request.method.rawValue : "other"
        // The framework's name for the lack of a route is `NotFound`; a template begins with a slash.
        let route = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "none"
        let dimensions = [("method", method), ("route", route)]
        Counter(label: Self.requestsName, dimensions: dimensions + [("status", String(status.code))]).increment()
        Timer(label: Self.secondsName, dimensions: dimensions).record(duration: time)
        let isQuiet = Self.quietRoutes.contains(route) && status.code < 500
        context.logger.log(
            level: isQuiet ? .debug : .info,
            "request",
            metadata: [
                "method": "\(method)", "route": "\(route)", "status": .stringConvertible(status.code),
                "milliseconds": .stringConvertible(Int(time / .milliseconds(1))),
            ]
        )
    }
}
