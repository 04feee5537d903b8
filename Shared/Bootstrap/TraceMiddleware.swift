import HTTPTypes
package import Hummingbird
import Messaging
import ServiceContextModule

/// Continues the caller's trace, or begins one, for everything that the request leads to.
///
/// The task's `ServiceContext` has it for the log, and `Trace.current` for the events that are published, whose
/// headers carry it over AMQP to the last consumer.
package struct TraceMiddleware: RouterMiddleware {
    private static let traceparent = HTTPField.Name("traceparent")
    private static let tracestate = HTTPField.Name("tracestate")

    private let continuesTraces: Bool

    /// Creates the middleware.
    ///
    /// - Parameter continuesTraces: false for a listener that strangers reach without an edge before it; every
    ///   request then begins a trace of its own.
    package init(continuesTraces: Bool = true) {
        self.continuesTraces = continuesTraces
    }

    /// Sets the trace for all that the request leads to.
    @concurrent
    package func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let step = (continuesTraces ? Self.received(request.headers)?.child() : nil) ?? .begin()
        var tasks = ServiceContext.current ?? .topLevel
        tasks.trace = step
        return try await ServiceContext.$current.withValue(tasks) {
            try await Trace.$current.withValue(step.traceparent) {
                try await next(request, context)
            }
        }
    }

    /// The caller's step; nil when there is none, it is malformed, or there are several.
    private static func received(_ headers: HTTPFields) -> TraceContext? {
        guard let traceparent, let tracestate else { return nil }
        let parents = headers[values: traceparent]
        guard parents.count == 1 else { return nil }
        let states = headers[values: tracestate]
        return TraceContext(
            traceparent: parents[0],
            tracestate: states.isEmpty ? nil : states.joined(separator: ",")
        )
    }
}
