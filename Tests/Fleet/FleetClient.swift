import AsyncHTTPClient
package import Contracts
import Foundation
import NIOCore
import NIOHTTP1

/// Speaks to a fleet's services as phones, desks and screens do.
package struct FleetClient: Sendable {
    /// What an author takes home.
    package struct Receipt: Decodable, Sendable, Hashable {
        /// Names the matter.
        package let number: String
        /// Shows it.
        package let secret: String
    }

    /// An answer that was not the one hoped for.
    package struct Unexpected: Error, CustomStringConvertible {
        /// The status.
        package let status: Int
        /// The body's beginning.
        package let description: String
    }

    /// What an author sees, as far as players need it.
    package struct Status: Decodable, Sendable {
        /// How far the whole has come.
        package let state: String
    }

    /// The overview of the screen, as far as players need it.
    package struct Overview: Decodable, Sendable {
        /// Items by state.
        package let states: [String: Int]
        /// Items by kind.
        package let kinds: [String: Int]
    }

    /// The longest a request may take: far longer than any that goes well, so that a stuck one is an error and not a silence.
    private static let timeout = TimeAmount.seconds(30)

    private let http: HTTPClient
    private let fleet: Fleet

    /// Lends a client to `body`; its connections are closed afterwards.
    ///
    /// - Parameter connections: how many requests may be under way to one service.
    package static func with(
        _ fleet: Fleet,
        connections: Int = 64,
        _ body: (FleetClient) async throws -> Void
    ) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.httpVersion = .http1Only
        // What is answered is looked at, a redirection and its cookies too.
        configuration.redirectConfiguration = .disallow
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(FleetClient(http: http, fleet: fleet))) } catch {
            outcome = .failure(error)
        }
        try await http.shutdown()
        try outcome.get()
    }

    /// Whether an address answers 200.
    package static func answers(_ address: String) async -> Bool {
        let response = try? await HTTPClient.shared.execute(HTTPClientRequest(url: address), timeout: .seconds(2))
        return response?.status == .ok
    }

    /// Hands a sample in.
    ///
    /// - Parameters:
    ///   - key: the `Idempotency-Key`; the same key may be sent again.
    ///   - trace: a `traceparent` to continue.
    /// - Throws: ``Unexpected`` unless it is accepted; what the connection fails with.
    package func submit(
        _ sample: Sample,
        key: String,
        to member: Fleet.Member? = nil,
        trace: String? = nil
    ) async throws -> Receipt {
        var request = HTTPClientRequest(
            url: fleet.address(of: member ?? .init(service: .intake, replica: 0))
                + (sample.isFormal ? "/v1/suggestions/formal" : "/v1/suggestions")
        )
        request.method = .POST
        if sample.isFormal { request.headers.add(name: "Authorization", value: "Bearer \(fleet.token(of: "deputy"))") }
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: key)
        if let trace { request.headers.add(name: "traceparent", value: trace) }
        request.body = .bytes(sample.form)
        return try await answer(request, expecting: .created)
    }

    /// What an author sees.
    package func status(_ receipt: Receipt) async throws -> Status {
        var request = HTTPClientRequest(url: fleet.address(of: .intake) + "/v1/suggestions/\(receipt.number)")
        request.headers.add(name: "Receipt-Secret", value: receipt.secret)
        return try await answer(request, expecting: .ok)
    }

    /// Judges the replies to a matter, as a deputy does.
    package func evaluate(_ suggestion: SuggestionID, isSatisfied: Bool = true, at member: Fleet.Member? = nil)
        async throws
    {
        let verdict = isSatisfied ? "satisfied" : "dissatisfied"
        let comment = isSatisfied ? "" : #","comment":"没有解决问题，请重新办理。""#
        var request = HTTPClientRequest(
            url: fleet.address(of: member ?? .init(service: .replies, replica: 0))
                + "/v1/suggestions/\(suggestion)/evaluation"
        )
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Authorization", value: "Bearer \(fleet.token(of: "deputy"))")
        request.body = .bytes(ByteBuffer(string: #"{"attitude":"\#(verdict)","result":"\#(verdict)"\#(comment)}"#))
        let response = try await http.execute(request, timeout: Self.timeout)
        let body = try await response.body.collect(upTo: 1_048_576)
        guard response.status == .ok else { throw Unexpected(response, body) }
    }

    /// The one screen's overview.
    package func overview() async throws -> Overview {
        var request = HTTPClientRequest(url: fleet.address(of: .dashboard) + "/v1/overview")
        request.headers.add(name: "Authorization", value: "Bearer \(fleet.token(of: "screen"))")
        return try await answer(request, expecting: .ok)
    }

    /// An answer as it came.
    package struct Answer: Sendable {
        /// The status.
        package let status: Int
        /// Its header lines.
        package let headers: String
        /// Its body.
        package let body: [UInt8]
    }

    /// The accounts and people whose tokens a fleet has.
    package static var accounts: [String?] { FleetTokens.accounts + FleetTokens.people.keys.sorted() }

    /// Hands a body in.
    ///
    /// - Parameter isFormal: whether it is a formal suggestion, which a deputy hands in.
    /// - Throws: ``Unexpected`` unless it is accepted.
    package func submit(_ body: String, key: String, byDeputy isFormal: Bool = false) async throws -> Receipt {
        var headers = ["Content-Type": "application/json", "Idempotency-Key": key]
        if isFormal { headers["Authorization"] = "Bearer \(fleet.token(of: "deputy"))" }
        let path = isFormal ? "/v1/suggestions/formal" : "/v1/suggestions"
        let answer = try await ask(.post, .intake, path, headers: headers, body: body)
        guard answer.status == 201 else {
            throw Unexpected(status: answer.status, description: String(decoding: answer.body, as: UTF8.self))
        }
        return try JSONDecoder().decode(Receipt.self, from: Data(answer.body))
    }

    /// The two methods that the services' addresses answer.
    package enum Method: String {
        case get = "GET"
        case post = "POST"
    }

    /// Asks anything.
    package func ask(
        _ method: Method,
        _ service: ServiceName,
        _ path: String,
        headers: [String: String],
        body: String
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: fleet.address(of: service) + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await http.execute(request, timeout: Self.timeout)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n"),
            body: Array(buffer: bytes)
        )
    }

    private func answer<Answer: Decodable>(
        _ request: HTTPClientRequest,
        expecting status: HTTPResponseStatus
    ) async throws -> Answer {
        let response = try await http.execute(request, timeout: Self.timeout)
        let body = try await response.body.collect(upTo: 1_048_576)
        guard response.status == status else { throw Unexpected(response, body) }
        return try JSONDecoder().decode(Answer.self, from: Data(Array(buffer: body)))
    }
}

extension FleetClient.Unexpected {
    fileprivate init(_ response: HTTPClientResponse, _ body: ByteBuffer) {
        status = Int(response.status.code)
        description = "\(response.status.code): \(String(buffer: body).prefix(400))"
    }
}
