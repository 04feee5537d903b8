import ArgumentParser
import AsyncHTTPClient
import Bootstrap
import Contracts
import Hummingbird
import Logging
import ServiceLifecycle

/// The pages for people: renders what the other services' interfaces say.
@main struct Main: ServiceCommand {
    static let service = ServiceName.portal
    static let summary = "The pages for people (网页)."

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let configuration = try await Configuration(settings: runtime.own)
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let client = HTTPClient(configuration: Neighbour.clientConfiguration(configuration.encryption))
        let portal = try Site(configuration: configuration, client: client, logger: runtime.logger)
        let health = HealthRoutes(checks: portal.checks, metrics: runtime.metrics, exposure: .full)
        return [
            ClientService(client: client),
            HTTPService(configuration: http, logger: runtime.logger) { router in
                health.add(to: router)
                portal.add(to: router)
            },
        ]
    }

    /// It owns nothing that could be brought up to date.
    static func migrate(in runtime: Runtime) async throws -> [String] { [] }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        let configuration = try await Configuration(settings: runtime.own)
        let portal = try Site(configuration: configuration, client: .shared, logger: runtime.logger)
        return portal.checks
    }
}

/// Closes the connections to other services once nobody asks any more: it is stopped last.
private struct ClientService: Service {
    let client: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
