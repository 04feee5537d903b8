import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import ServiceContextModule

/// Answers every thrown error with a problem (RFC 9457), and logs those that are this service's fault.
package struct ProblemMiddleware: RouterMiddleware {
    /// The members of the document; absent ones are left out.
    private struct Document: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String?
        let errors: [Problem.Fault]?
        let traceId: String?
    }

    /// Creates the middleware.
    package init() {}

    /// Answers what the route throws.
    @concurrent
    package func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500 {
                context.logger.error(
                    "request failed",
                    metadata: [
                        "reason": "\(JSONLogHandler.text(of: error))",
                        "errorType": "\(String(reflecting: type(of: error)))",
                    ]
                )
            }
            return try Self.response(problem)
        }
    }

    /// The document of a problem, with the present trace.
    package static func response(_ problem: Problem) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            type: problem.type,
            title: problem.title,
            status: problem.status.code,
            detail: problem.detail,
            errors: problem.faults.isEmpty ? nil : problem.faults,
            traceId: ServiceContext.current?.trace?.traceID.description
        )
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let bytes = ByteBuffer(bytes: try encoder.encode(document))
        return Response(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }
}
