import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import Bootstrap

/// Bad bodies over live sockets: what each is answered with.
@Suite(.timeLimit(.minutes(5)))
struct BodyTests {
    struct Submission: Codable, Sendable {
        enum Kind: String, Codable { case opinion, formal }
        struct Author: Codable {
            let name: String
            let age: Int?
        }
        let title: String
        let count: Int
        let urgent: Bool
        let kind: Kind
        let id: UUID
        let author: Author
        let tags: [String]
    }

    struct BadBody: Sendable, CustomTestStringConvertible {
        let name: String
        let body: [UInt8]
        var type: String? = "application/json"
        var encoding: String?
        let status: Int
        var faults: [String] = []
        var testDescription: String { name }

        init(
            _ name: String,
            _ body: String,
            type: String? = "application/json",
            encoding: String? = nil,
            _ status: Int,
            _ faults: String...
        ) {
            self.init(name, bytes: Array(body.utf8), type: type, encoding: encoding, status, faults)
        }

        init(
            _ name: String,
            bytes: [UInt8],
            type: String? = "application/json",
            encoding: String? = nil,
            _ status: Int,
            _ faults: [String]
        ) {
            (self.name, self.body, self.type, self.encoding, self.status, self.faults) = (
                name, bytes, type, encoding, status, faults
            )
        }
    }

    static let good =
        #"{"title":"t","count":1,"urgent":true,"kind":"opinion","id":"0190c5e4-0000-7000-8000-000000000001","author":{"name":"n"},"tags":["a"]}"#

    private static let bad: [BadBody] = [
        BadBody("empty", "", 400, " required"),
        BadBody("no JSON", "hello", 400, " json"),
        BadBody("cut short", #"{"title": "t""#, 400, " json"),
        BadBody("cut inside an escape", #"{"title": "\"#, 400, " json"),
        BadBody("two values", good + good, 400, " json"),
        BadBody("trailing comma", #"{"title": "t",}"#, 400, " json"),
        BadBody("comment", "// x\n" + good, 400, " json"),
        BadBody("single quotes", "{'title': 't'}", 400, " json"),
        BadBody("a lone surrogate", #"{"title": "\ud800"}"#, 400, " json"),
        BadBody(
            "invalid UTF-8",
            bytes: Array(#"{"title": ""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8),
            400,
            [" utf-8"]
        ),
        BadBody("an overlong form", bytes: [0x22, 0xc0, 0xaf, 0x22], 400, [" utf-8"]),
        BadBody("byte order mark", bytes: [0xef, 0xbb, 0xbf] + Array(good.utf8), 400, [" json"]),
        BadBody("UTF-16", bytes: good.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }, 400, [" json"]),
        BadBody("deep arrays", String(repeating: "[", count: 20_000), 400, " depth"),
        BadBody(
            "deep objects",
            String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33),
            400,
            " depth"
        ),
        BadBody("a name twice", #"{"title": "a", "title": "b"}"#, 400, " duplicate"),
        BadBody("oversized", #"{"title": ""# + String(repeating: "x", count: 70_000) + #""}"#, 413),
        BadBody("no content type", good, type: nil, 415),
        BadBody("a form", "title=t", type: "application/x-www-form-urlencoded", 415),
        BadBody("another charset", good, type: "application/json; charset=gbk", 415),
        BadBody("compressed", good, encoding: "gzip", 415),
        BadBody("not an object", "[]", 422, " type"),
        BadBody("null", "null", 422, " type"),
        BadBody("one missing", good.replacing(#""title":"t","#, with: ""), 422, "/title required"),
        BadBody("one of another type", good.replacing(#""count":1"#, with: #""count":"1""#), 422, "/count type"),
        BadBody("a fraction", good.replacing(#""count":1"#, with: #""count":1.5"#), 422, "/count value"),
        BadBody("too large a number", good.replacing(#""count":1"#, with: #""count":1e99"#), 422, "/count value"),
        BadBody("null inside", good.replacing(#""urgent":true"#, with: #""urgent":null"#), 422, "/urgent type"),
        BadBody("no such word", good.replacing("opinion", with: "none"), 422, "/kind value"),
        BadBody("no UUID", good.replacing("0190c5e4-", with: "x"), 422, "/id value"),
        BadBody(
            "wrong below",
            good.replacing(#"{"name":"n"}"#, with: #"{"name":1,"age":"x"}"#),
            422,
            "/author/name type",
            "/author/age type"
        ),
        BadBody("wrong in a list", good.replacing(#"["a"]"#, with: #"["a",2]"#), 422, "/tags/1 type"),
        BadBody(
            "several at once",
            #"{"count":"1","kind":"opinion","id":"x","author":{},"tags":{}}"#,
            422,
            "/title required",
            "/count type",
            "/urgent required",
            "/id value",
            "/author/name required",
            "/tags type"
        ),
    ]

    @Test(arguments: [
        "[1 2]", "[,1]", "[1,]", "[1,\t\n]", "[1,,2]", "[", "]", "{", "}", "[}", "{]", #"{"a" 1}"#, #"{"a":}"#,
        #"{"a":1,}"#, #"{1:2}"#,
        #"{"a":1 "b":2}"#, "01", "-", "+1", ".5", "1.", "1e", "0x1", "NaN", "Infinity", "-Infinity", "tru", "True",
        "nul", "'a'",
        "\"a", "\"\n\"", "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud800""#, "[1]//", "/**/[1]", "[1]x", "[1][2]",
        "\u{a0}[1]", "",
    ])
    func `what is no JSON is malformed, whatever was asked for`(text: String) {
        func refuse<Value: Decodable>(_ type: Value.Type) {
            let problem = #expect(throws: Problem.self) { _ = try JSONBody.decode(type, from: Data(text.utf8)) }
            #expect(problem?.status == .badRequest)
        }
        refuse([Int].self)
        refuse([String: Int].self)
        refuse(String.self)
        refuse(Double.self)
    }

    @Test func `numbers that do not fit are found, each in its place`() {
        struct Sizes: Decodable {
            let small: UInt8
            let fraction: Double
            let list: [Int8]
            let name: String
        }
        let text = #"{"small":300,"fraction":0.5,"list":[1,-129,3,1.5],"name":7}"#
        let problem = #expect(throws: Problem.self) { _ = try JSONBody.decode(Sizes.self, from: Data(text.utf8)) }
        #expect(
            problem?.faults.map { "\($0.pointer) \($0.rule)" } == [
                "/list/1 value", "/list/3 value", "/small value", "/name type",
            ]
        )
    }

    @Test func `the search for faults ends`() {
        let many = "[" + Array(repeating: "1", count: 200).joined(separator: ",") + "]"
        let problem = #expect(throws: Problem.self) { _ = try JSONBody.decode([String].self, from: Data(many.utf8)) }
        #expect(problem?.faults.count == BodyFaults.limit)
        let large = "[" + Array(repeating: "1", count: 40_000).joined(separator: ",") + "]"
        let first = #expect(throws: Problem.self) { _ = try JSONBody.decode([String].self, from: Data(large.utf8)) }
        #expect(first?.faults.count == 1)
    }

    private static func application(_ log: RecordedLog = RecordedLog()) -> some ApplicationProtocol {
        HTTPService(configuration: HTTPConfiguration(), logger: log.logger()) { router in
            router.post("/submissions") { request, context -> Response in
                let submission = try await request.decodeBody(as: Submission.self, context: context)
                return Response(status: .created, body: .init(byteBuffer: ByteBuffer(string: submission.title)))
            }
        }.application
    }

    private func post(_ bad: BadBody, _ client: any TestClientProtocol) async throws -> TestResponse {
        var headers = HTTPFields()
        if let type = bad.type { headers[.contentType] = type }
        if let encoding = bad.encoding { headers[.contentEncoding] = encoding }
        return try await client.executeRequest(
            uri: "/submissions",
            method: .post,
            headers: headers,
            body: ByteBuffer(bytes: bad.body)
        )
    }

    @Test(arguments: bad) func `a bad body is answered with what is wrong`(bad: BadBody) async throws {
        try await Self.application().test(.live) { client in
            let response = try await post(bad, client)
            #expect(response.status.code == bad.status)
            #expect(response.headers[.contentType] == "application/problem+json")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
            )
            let errors = document["errors"] as? [[String: String]] ?? []
            #expect(errors.map { "\($0["pointer"] ?? "?") \($0["rule"] ?? "?")" } == bad.faults)
            #expect(errors.allSatisfy { $0["message"]?.isEmpty == false })
            #expect(document["status"] as? Int == bad.status)
            #expect((document["type"] as? String)?.hasPrefix("/problems/") == true)
            #expect((document["title"] as? String)?.unicodeScalars.first.map { $0.value > 0x4e00 } == true)
            #expect((document["traceId"] as? String)?.count == 32)
            // The connection, or a new one, still serves a good body.
            try await RunningServiceCheck.good(client)
        }
    }

    private enum RunningServiceCheck {
        static func good(_ client: any TestClientProtocol) async throws {
            let response = try await client.executeRequest(
                uri: "/submissions",
                method: .post,
                headers: [.contentType: "application/json; charset=UTF-8"],
                body: ByteBuffer(string: BodyTests.good)
            )
            #expect(response.status == .created)
        }
    }

    @Test func `what was sent is not quoted, in the answer or in the log`() async throws {
        let log = RecordedLog()
        try await Self.application(log).test(.live) { client in
            for body in [
                #"{"title": 13812345678}"#, Self.good.replacing("opinion", with: "13812345678"), "{13812345678",
            ] {
                let response = try await post(BadBody("x", body, 0), client)
                #expect(!String(buffer: response.body).contains("13812345678"))
            }
        }
        #expect(log.writes > 0)
        #expect(!log.text.contains("13812345678"))
    }

    @Test func `a chunked body is cut off at the limit`() async throws {
        try await RunningService.with(logger: RecordedLog().logger()) { router in
            router.post("/") { request, context -> String in
                try await request.decodeBody(as: [String].self, context: context, limit: 10).joined()
            }
        } _: { port, _ in
            let answer = try await RawConnection.open(port: port) { connection in
                try await connection.send(
                    "POST / HTTP/1.1\nhost: x\ncontent-type: application/json\ntransfer-encoding: chunked\n\n"
                )
                try await connection.send("14\n[\"aaaaaaaaaaaaaaaa\"]\n0\n\n")
                return try await connection.read(until: "traceId")
            }
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("at most 10 bytes"))
        }
    }

    @Test func `a body that does not arrive is given up`() async throws {
        var configuration = HTTPConfiguration()
        configuration.readTimeout = .milliseconds(50)
        try await RunningService.with(configuration, logger: RecordedLog().logger()) { router in
            router.post("/") { request, context -> String in
                try await request.decodeBody(as: [String].self, context: context).joined()
            }
        } _: { port, _ in
            let start = ContinuousClock.now
            let answer = try await RawConnection.open(port: port) { connection in
                try await connection.send(
                    "POST / HTTP/1.1\nhost: x\ncontent-type: application/json\ncontent-length: 9\n\n[\"a"
                )
                return try await connection.rest()
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            // Far above the 50 ms for a busy machine, far below any default.
            #expect(start.duration(to: .now) < .seconds(4))
        }
    }
}
