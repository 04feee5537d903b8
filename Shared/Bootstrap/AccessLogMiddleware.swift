import CoreMetrics
import HTTPTypes
package import Hummingbird
import Logging
import Metrics
import Synchronization

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

    private let series = RequestSeries()

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
        let (counter, timer) = series.of(method, route, status.code) {
            let dimensions = [("method", method), ("route", route)]
            return (
                Counter(label: Self.requestsName, dimensions: dimensions + [("status", String(status.code))]),
                Timer(label: Self.secondsName, dimensions: dimensions)
            )
        }
        counter.increment()
        timer.record(duration: time)
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

/// The metrics of each kind of request, made once: there are as many as templates, methods and statuses.
private final class RequestSeries: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let made = Mutex<[Key: (Counter, Timer)]>([:])

    func of(_ method: String, _ route: String, _ status: Int, make: () -> (Counter, Timer)) -> (Counter, Timer) {
        let key = Key(method: method, route: route, status: status)
        return made.withLock { made in
            if let known = made[key] { return known }
            let fresh = make()
            made[key] = fresh
            return fresh
        }
    }
}
