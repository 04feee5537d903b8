package import Bootstrap
import Contracts
import Foundation
package import HTTPTypes
import Hummingbird
import HummingbirdTesting
package import Logging
import NIOCore

/// A caller of a service's real routes, which holds every answer against the service's document.
package struct ServiceClient: Sendable {
    /// What came back.
    package struct Answer: Sendable {
        /// The status.
        package let status: Int
        /// The headers.
        package let headers: HTTPFields
        /// The body.
        package let body: [UInt8]
        /// Where the answer is not what the document says; must be empty.
        package let breaches: [String]

        /// The body as JSON; null when it is none.
        package var json: JSON { (try? JSON(body)) ?? .null }

        /// The faults of a problem (RFC 9457), `pointer rule` each, in their order.
        package var faults: [String] {
            json["errors"]?.elements.map { "\($0["pointer"]?.text ?? "?") \($0["rule"]?.text ?? "?")" } ?? []
        }
    }

    private let client: any TestClientProtocol
    private let contract: AnswerContract

    /// Lends a client of routes, with the tokens of ``Staff`` in force.
    ///
    /// - Parameters:
    ///   - document: the text of the service's `openapi.yaml`.
    ///   - tokens: what knows callers, where those of ``Staff`` are not all.
    ///   - configuration: how it listens.
    ///   - isLive: whether requests go over sockets, by as many connections as it takes.
    ///   - routes: adds the routes that stand behind no token, and to the group those that do.
    package static func with(
        document: String,
        configuration: HTTPConfiguration = HTTPConfiguration(),
        logger: Logger,
        tokens: any TokenReader = Staff(),
        isLive: Bool = false,
        routes: @escaping (GuardedRouter) -> Void,
        _ body: @escaping @Sendable (ServiceClient) async throws -> Void
    ) async throws {
        let contract = try AnswerContract(document: document)
        let service = HTTPService(configuration: configuration, logger: logger) { router in
            routes(GuardedRouter(router, tokens: tokens))
        }
        try await service.application.test(isLive ? .ahc(.http) : .router) {
            try await body(ServiceClient(client: $0, contract: contract))
        }
    }

    /// Asks.
    ///
    /// - Parameters:
    ///   - caller: `unit/role` of ``Staff``; nil to ask without a token.
    ///   - body: sent as JSON unless a header says otherwise.
    package func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        as caller: String? = nil,
        headers: HTTPFields = [:],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        var headers = headers
        if let caller { headers[.authorization] = "Bearer \(Staff.token(of: caller))" }
        if body != nil, !headers.contains(.contentType) { headers[.contentType] = "application/json" }
        let response = try await client.executeRequest(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(bytes: $0) }
        )
        let answer = Array(response.body.readableBytesView)
        return Answer(
            status: response.status.code,
            headers: response.headers,
            body: answer,
            breaches: contract.differences(
                method,
                String(path.prefix { $0 != "?" }),
                sent: body,
                status: response.status.code,
                headers: response.headers,
                body: answer
            )
        )
    }

    /// Sends a text as the body.
    package func post(
        _ path: String,
        _ text: String,
        as caller: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await send(.post, path, as: caller, headers: headers, body: Array(text.utf8))
    }
}

/// Who there is in tests of one service: whose token is `token-of-<unit>-as-<role>`, of everyone in ``callers``.
package struct Staff: TokenReader {
    /// Everyone who has one, `unit/role`.
    package static let callers = Set(
        [
            "chengjian/committee", "fazhi/committee", "chengguan/department", "zhujian/department", "deputy/deputy",
            "operator/operator", "screen/screen", "station-1/liaison", "binjiang/registrar", "binjiang/director",
            "xixing-gongwei/registrar", "zhujian/registrar", "ST-X01/liaison", "ST-X02/liaison", "grid-7/observer",
            "zhujian/clerk", "zhujian/reviewer", "zhujian/signer", "zhujian/deputy", "gongan/department", deputy,
            "\(observer)/observer",
        ]
            + Role.allCases.flatMap { role in
                ([sweepUnit, sweepPerson] + owners).map { "\($0)/\(role.rawValue)" }
            }
    )

    /// Units to which things belong, in which there is somebody of every role.
    private static let owners = ["chengjian", "chengguan", "zhujian", "ST-X01"]

    /// A unit that owns nothing, in which there is somebody of every role.
    package static let sweepUnit = "nobody"

    /// A person of whom nothing is known, who has every role.
    package static let sweepPerson = "person:01890000-0000-7000-8000-000000000001"

    /// A deputy, and who that is.
    package static let deputy = "person:\(deputyID)/deputy"
    /// See ``deputy``.
    package static let deputyID = "01890000-0000-7000-8000-0000000000d1"
    /// A person who is an observer.
    package static let observer = "person:01890000-0000-7000-8000-0000000000b1"

    private let known: [String: Caller]

    /// Knows them all.
    package init() {
        known = Dictionary(
            uniqueKeysWithValues: Self.callers.compactMap { caller in
                let words = caller.split(separator: "/").map(String.init)
                guard let role = Role(rawValue: words[1]) else { return nil }
                let isPerson = words[0].hasPrefix("person:")
                return (
                    Self.token(of: caller),
                    Caller(
                        unit: isPerson ? Self.sweepUnit : words[0],
                        role: role,
                        subject: isPerson ? words[0] : "account:\(words[0])"
                    )
                )
            }
        )
    }

    /// The token of `unit/role`.
    package static func token(of caller: String) -> String { "token-of-" + caller.replacing("/", with: "-as-") }

    /// Whose token it is.
    package func caller(of token: String) -> Caller? { known[token] }
}
