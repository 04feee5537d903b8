import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Messaging
import NIOCore
import ServiceContextModule
import Support
import Testing

@testable import Bootstrap

/// What stands around every route, over live sockets.
@Suite(.timeLimit(.minutes(5)))
struct HTTPTests {
    private struct Domestic: ProblemDescribing { var problem: Problem { .conflict("already answered") } }
    private struct Leaky: Error { let phone = "13812345678" }

    private static func application(_ log: RecordedLog, tokens: AccessTokens? = nil) -> some ApplicationProtocol {
        HTTPService(configuration: HTTPConfiguration(), logger: log.logger()) { router in
            router.get("/items/{id}") { _, _ in "item" }
            router.put("/items/{id}") { _, _ in "kept" }
            router.get("/leaky") { _, _ -> String in throw Leaky() }
            router.get("/domestic") { _, _ -> String in throw Domestic() }
            router.get("/framework") { _, _ -> String in throw HTTPError(.badGateway, message: "10.0.0.1 refused") }
            router.get("/uuid/{id}") { _, context in try context.parameters.require("id", as: UUID.self).uuidString }
            router.get("/trace") { _, _ in
                let context = ServiceContext.current?.trace
                return "\(context?.traceparent ?? "none") \(Trace.current ?? "none") \(context?.state ?? "")"
            }
            if let tokens {
                GuardedRouter(router, tokens: tokens).on(.get, "/staff/me", .readMatters) { _, _, permit in
                    let text = "\(permit.caller.unit) \(permit.caller.role) \(permit.unit ?? "all")"
                    return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text)))
                }
            }
        }.application
    }

    private static func document(_ response: TestResponse) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
        return try #require(value as? [String: Any])
    }

    @Test(arguments: [
        ("/nowhere", "GET", 404, "not-found"), ("/items", "GET", 404, "not-found"),
        ("/items/1", "DELETE", 405, "method-not-allowed"), ("/items/1", "POST", 405, "method-not-allowed"),
        ("/items/1", "TRACE", 405, "method-not-allowed"), ("/items/1", "QUERY", 405, "method-not-allowed"),
        ("/leaky", "GET", 500, "internal-error"), ("/domestic", "GET", 409, "conflict"),
        ("/framework", "GET", 500, "internal-error"), ("/uuid/x", "GET", 400, "bad-request"),
    ])
    func `an error is a problem`(path: String, method: String, status: Int, slug: String) async throws {
        let log = RecordedLog()
        try await Self.application(log).test(.live) { client in
            let response = try await client.executeRequest(
                uri: path,
                method: try #require(HTTPRequest.Method(rawValue: method)),
                headers: [:],
                body: nil
            )
            #expect(response.status.code == status)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(response.headers[.cacheControl] == "no-store")
            let document = try Self.document(response)
            #expect(document["type"] as? String == "/problems/\(slug)")
            let text = String(buffer: response.body)
            #expect(!text.contains("13812345678") && !text.contains("Leaky") && !text.contains("10.0.0.1"))
            if status == 405 { #expect(response.headers[.allow] == "GET, HEAD, PUT") }
            if status == 500 {
                let trace = try #require(document["traceId"] as? String)
                let failed = try log.records().first { $0["message"] as? String == "request failed" }
                #expect(failed?["trace"] as? String == trace, "the trace id finds the failure in the log")
            }
        }
        #expect(!log.text.contains("13812345678"))
    }

    @Test func `what a route answers is left alone`() async throws {
        try await Self.application(RecordedLog()).test(.live) { client in
            let response = try await client.executeRequest(uri: "/items/7", method: .get, headers: [:], body: nil)
            #expect(response.status == .ok)
            #expect(String(buffer: response.body) == "item")
            let head = try await client.executeRequest(uri: "/items/7", method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
        }
    }

    @Test func `a trace goes on through the request to its events`() async throws {
        try await Self.application(RecordedLog()).test(.live) { client in
            func ask(_ fields: [(String, String)]) async throws -> [Substring] {
                var headers = HTTPFields()
                for (name, value) in fields {
                    headers.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
                }
                let response = try await client.executeRequest(uri: "/trace", method: .get, headers: headers, body: nil)
                return String(buffer: response.body).split(separator: " ", omittingEmptySubsequences: false)
            }
            let good = TraceContextTests.good
            let continued = try await ask([("traceparent", good), ("tracestate", "a=1"), ("tracestate", "b=2")])
            let step = try #require(TraceContext(traceparent: String(continued[0])))
            #expect(step.traceID == TraceContext(traceparent: good)?.traceID)
            #expect(step.spanID != TraceContext(traceparent: good)?.spanID)
            #expect(continued[1] == continued[0], "events carry the same step")
            #expect(continued[2] == "a=1,b=2")
            for fields in [[], [("traceparent", "nonsense")], [("traceparent", good), ("traceparent", good)]] {
                let begun = try await ask(fields)
                let step = try #require(TraceContext(traceparent: String(begun[0])))
                #expect(step.traceID != TraceContext(traceparent: good)?.traceID)
                #expect(begun[1] == begun[0])
            }
        }
    }

    @Test func `the access log names the route and nothing personal`() async throws {
        let log = RecordedLog()
        try await Self.application(log).test(.live) { client in
            let headers: HTTPFields = [.userAgent: "agent-x", .cookie: "session=secret-c"]
            _ = try await client.executeRequest(
                uri: "/items/receipt-77?phone=13812345678",
                method: .get,
                headers: headers,
                body: nil
            )
            _ = try await client.executeRequest(uri: "/secret-path?q=1", method: .get, headers: headers, body: nil)
        }
        let records = try log.records().filter { $0["message"] as? String == "request" }
        #expect(records.map { $0["route"] as? String } == ["/items/{id}", "none"])
        #expect(records.map { $0["status"] as? Int } == [200, 404])
        #expect(records.allSatisfy { ($0["trace"] as? String)?.count == 32 && $0["milliseconds"] is Int })
        for word in ["receipt-77", "13812345678", "secret", "agent-x", "127.0.0.1"] {
            #expect(!log.text.contains(word), "\(word)")
        }
    }

    @Test func `a token opens the door and is never written down`() async throws {
        let signer = TestSigner()
        let tokens = AccessTokens(logger: .silent) { [signer.publicKey] }
        let token = try await signer.token(unit: "committee-1", role: .committee)
        let other = try await signer.token(unit: "station-3", role: .liaison)
        let log = RecordedLog()
        try await Self.application(log, tokens: tokens).test(.live) { client in
            func ask(_ values: String...) async throws -> TestResponse {
                var headers = HTTPFields()
                for value in values { headers.append(HTTPField(name: .authorization, value: value)) }
                return try await client.executeRequest(uri: "/staff/me", method: .get, headers: headers, body: nil)
            }
            for _ in 0..<2 {
                let known = try await ask("bearer \(token)")
                #expect(String(buffer: known.body) == "committee-1 committee committee-1")
            }
            let barred = try await ask("Bearer \(other)")
            #expect(barred.status == .forbidden)
            let nobody = try await ask()
            #expect(nobody.status == .unauthorized)
            #expect(nobody.headers[.wwwAuthenticate] == "Bearer realm=\"ebinda\"")
            for value in [
                "Bearer \(token)x", "Bearer \(token.dropLast())", "Basic \(token)", "Bearer", "Bearer ..", token,
            ] {
                let response = try await ask(value)
                #expect(response.status == .unauthorized, "\(value)")
                #expect(response.headers[.wwwAuthenticate]?.hasSuffix("error=\"invalid_token\"") == true)
                #expect(response.headers[.contentType] == "application/problem+json")
            }
            let twice = try await ask("Bearer \(token)", "Bearer \(token)")
            #expect(twice.status == .unauthorized)
        }
        for text in [token, other] { #expect(!log.text.contains(text)) }
    }
}
