import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Bootstrap
@testable import PostgreSQL
@testable import RabbitMQ

struct ProblemMappingTests {
    private struct Stranger: Error {}

    private static let cases: [(error: any Error, status: Int, slug: String)] = [
        (Problem.tooSlow(), 408, "request-timeout"),
        (DatabaseError(.connectionLost, "gone"), 503, "unavailable"),
        (DatabaseError(.server, "lost against a neighbour", state: .serializationFailure), 503, "unavailable"),
        (DatabaseError(.server, "twice", state: .uniqueViolation), 500, "internal-error"),
        (BrokerError(.notConnected, "gone"), 503, "unavailable"),
        (CancellationError(), 503, "unavailable"),
        (NIOTooManyBytesError(maxBytes: 1), 413, "too-large"),
        (HTTPError(.badRequest), 400, "bad-request"),
        (HTTPError(.notFound), 404, "not-found"),
        (HTTPError(.badGateway, message: "10.0.0.1"), 500, "internal-error"),
        (HTTPError(.preconditionFailed), 412, "http-412"),
        (DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "13812345678")), 422, "invalid-fields"),
        (Stranger(), 500, "internal-error"),
    ]

    @Test(arguments: cases.indices) func `each kind of error has one answer`(index: Int) throws {
        let (error, status, slug) = Self.cases[index]
        let problem = Problem(error)
        #expect(problem.status.code == status)
        #expect(problem.slug == slug)
        let text = String(buffer: try body(problem))
        #expect(!text.contains("13812345678") && !text.contains("10.0.0.1"))
        if status == 503 { #expect(problem.headers[.retryAfter] == "5") }
    }

    @Test func `a pointer escapes what RFC 6901 says`() {
        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int?
            init(stringValue: String) { self.stringValue = stringValue }
            init(intValue: Int) { (stringValue, self.intValue) = ("Index \(intValue)", intValue) }
        }
        let path = [Key(stringValue: "a/b"), Key(intValue: 3), Key(stringValue: "m~n")]
        #expect(Problem.Fault.pointer(path) == "/a~1b/3/m~0n")
        #expect(Problem.Fault.pointer([]) == "")
    }

    private func body(_ problem: Problem) throws -> ByteBuffer {
        let response = try ProblemMiddleware.response(problem)
        #expect(response.status == problem.status)
        #expect(response.headers[.contentType] == "application/problem+json")
        return ByteBuffer(string: "\(problem.title) \(problem.detail ?? "") \(problem.faults) \(response.headers)")
    }
}
