package import Contracts
import Foundation
package import HTTPTypes
package import Hummingbird

/// Who may come to an endpoint.
package enum Access: Sendable, Hashable {
    /// Everyone.
    case anyone
    /// Whoever has the receipt of the item; the route compares its secret.
    case receipt
    /// Every person who has signed in, whatever their role, about what is their own; no system's account.
    case person
    /// Who has the right, by the table.
    case right(Right)

    /// As `x-right` in `openapi.yaml` says it.
    package var name: String {
        switch self {
        case .anyone: "anyone"
        case .receipt: "receipt"
        case .person: "person"
        case .right(let right): right.rawValue
        }
    }
}

/// Who asks: in which unit and in which role.
package struct Caller: Sendable, Hashable {
    /// The unit's code, such as `chengjian`.
    package let unit: String
    /// The role in which they act.
    package let role: Role
    /// Who it is: `person:<id>` or `account:<name>`.
    package let subject: String

    /// Names a caller.
    package init(unit: String, role: Role, subject: String) {
        self.unit = unit
        self.role = role
        self.subject = subject
    }

    /// As an act records who did it: who, and for which unit.
    package var actor: String { "\(subject)@\(unit)" }

    /// Which person it is; nil for a system's account.
    package var person: SuggestionID? {
        subject.hasPrefix("person:") ? SuggestionID(String(subject.dropFirst("person:".count))) : nil
    }
}

/// Tells whose a bearer token is.
package protocol TokenReader: Sendable {
    /// Who has this token; nil when it is not known, not valid, or no longer.
    func caller(of token: String) async -> Caller?
}

/// What a caller may do at this endpoint, and how far.
package struct Permit: Sendable, Hashable {
    /// Who asks.
    package let caller: Caller
    /// How far the right goes.
    package let scope: Scope

    /// The unit whose matters alone are the caller's; nil for everybody's.
    ///
    /// Who has only their own has no unit's: an empty code, which is nobody's, so that a handler that does not ask for ``person`` shows them nothing.
    package var unit: String? {
        switch scope {
        case .all: nil
        case .unit: caller.unit
        case .own: ""
        }
    }

    /// The person whose own matters alone are the caller's; nil where the right goes further.
    ///
    /// Of a system's account an id that is nobody's: it has nothing of its own.
    package var person: PersonID? {
        scope == .own ? PersonID(rawValue: caller.person?.rawValue ?? UUID(words: (0, 0))) : nil
    }
}

/// Adds routes that each say who may come; there is no other way to add one to a service.
///
/// Each route asks for the token, knows the caller, and looks its right up in the table before the handler is called.
package final class GuardedRouter {
    /// One endpoint with who may come.
    package struct Endpoint: Sendable, Hashable {
        /// The method.
        package let method: HTTPRequest.Method
        /// The path with its parameters.
        package let path: String
        /// Who may come.
        package let access: Access
    }

    /// What was added.
    package private(set) var endpoints: [Endpoint] = []

    private let tokens: any TokenReader
    private let add:
        (RouterPath, HTTPRequest.Method, @escaping @Sendable (Request, HTTPContext) async throws -> Response) -> Void

    /// What a request without a token is asked for (RFC 6750 §3).
    package static let challenge = "Bearer realm=\"ebinda\""

    /// Adds to a router, and knows callers by these tokens.
    package init(_ router: some RouterMethods<HTTPContext>, tokens: any TokenReader) {
        self.tokens = tokens
        add = { path, method, handler in router.on(path, method: method) { try await handler($0, $1) } }
    }

    /// Adds a route under a right.
    package func on(
        _ method: HTTPRequest.Method,
        _ path: RouterPath,
        _ right: Right,
        use handler: @escaping @Sendable (Request, HTTPContext, Permit) async throws -> Response
    ) {
        endpoints.append(Endpoint(method: method, path: path.description, access: .right(right)))
        let tokens = tokens
        add(path, method) { request, context in
            let caller = try await Self.caller(request, tokens)
            guard let scope = right.grants[caller.role] else {
                let roles = right.grants.keys.sorted().map(\.rawValue).joined(separator: ", ")
                throw Problem.forbidden("\(right.rawValue) needs one of the roles \(roles)")
            }
            return try await handler(request, context, Permit(caller: caller, scope: scope))
        }
    }

    /// Adds a route for every person who has signed in, about what is their own.
    package func signedIn(
        _ method: HTTPRequest.Method,
        _ path: RouterPath,
        use handler:
            @escaping @Sendable (Request, HTTPContext, _ caller: Caller, _ person: SuggestionID) async throws ->
            Response
    ) {
        endpoints.append(Endpoint(method: method, path: path.description, access: .person))
        let tokens = tokens
        add(path, method) { request, context in
            let caller = try await Self.caller(request, tokens)
            guard let person = caller.person else { throw Problem.forbidden("for people, not for systems' accounts") }
            return try await handler(request, context, caller, person)
        }
    }

    /// Adds a route that asks for no token.
    package func open(
        _ method: HTTPRequest.Method,
        _ path: RouterPath,
        _ access: Access,
        use handler: @escaping @Sendable (Request, HTTPContext) async throws -> Response
    ) {
        precondition(access == .anyone || access == .receipt, "a right or a person is looked up by the functions above")
        endpoints.append(Endpoint(method: method, path: path.description, access: access))
        add(path, method, handler)
    }

    private static func caller(_ request: Request, _ tokens: any TokenReader) async throws -> Caller {
        let values = request.headers[values: .authorization]
        guard let value = values.first else { throw Problem.unauthorized(challenge: challenge) }
        guard values.count == 1, let token = token(value), let caller = await tokens.caller(of: token) else {
            throw Problem.unauthorized(challenge: "\(challenge), error=\"invalid_token\"")
        }
        return caller
    }

    /// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110 §11.1).
    private static func token(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
