package import Bootstrap
import HTTPTypes
import Hummingbird
import HummingbirdTesting
package import Logging

/// Comes to every endpoint of a service with every token that somebody without our key can make.
package enum ForgerySweep {
    /// What was found.
    package struct Outcome: Sendable {
        /// Requests with a forged token.
        package var inputs = 0
        /// Endpoints that they came to.
        package var endpoints = 0
        /// One line for each that was let in, or turned away otherwise than by 401; must be empty.
        package var breaches: [String] = []

        /// For the test's output.
        package func line(_ service: String) -> String {
            "forgery: \(service): \(inputs) forged tokens at \(endpoints) endpoints, \(breaches.count) failures"
        }
    }

    /// Asks every endpoint that wants a token.
    ///
    /// - Parameters:
    ///   - routes: adds the service's routes.
    ///   - tokens: what services know tokens by.
    ///   - good: a token that is good, with which no endpoint must answer 401: else nothing would be tried.
    ///   - forged: by the name of the attack.
    package static func run(
        _ routes: @escaping (GuardedRouter) -> Void,
        tokens: any TokenReader,
        good: String,
        forged: [(name: String, token: String)],
        logger: Logger
    ) async throws -> Outcome {
        let listing = GuardedRouter(Router(context: HTTPContext.self), tokens: tokens)
        routes(listing)
        let endpoints = listing.endpoints.filter { $0.access != .anyone && $0.access != .receipt }
        let service = HTTPService(configuration: HTTPConfiguration(), logger: logger) { router in
            routes(GuardedRouter(router, tokens: tokens))
        }
        return try await service.application.test(.router) { client in
            var outcome = Outcome()
            outcome.endpoints = endpoints.count
            for endpoint in endpoints {
                let path = endpoint.path.split(separator: "/", omittingEmptySubsequences: false)
                    .map { $0.replacing(/:.+|\{.+\}/, with: "01890000-0000-7000-8000-000000000000") }
                    .joined(separator: "/")
                func ask(_ token: String) async throws -> TestResponse {
                    try await client.executeRequest(
                        uri: path,
                        method: endpoint.method,
                        headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                        body: endpoint.method == .get ? nil : .init(string: "{}")
                    )
                }
                let named = "\(endpoint.method) \(endpoint.path)"
                if try await ask(good).status == .unauthorized {
                    outcome.breaches.append("\(named): the good token is refused")
                }
                for (name, token) in forged {
                    let response = try await ask(token)
                    outcome.inputs += 1
                    if response.status != .unauthorized {
                        outcome.breaches.append("\(named), \(name): \(response.status.code)")
                    }
                }
            }
            return outcome
        }
    }
}
