import AsyncHTTPClient
import Bootstrap
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import Logging
import Support
import Synchronization

@testable import Portal

/// A running Portal on a port of this machine, with services behind it or none.
struct PortalWorld: Sendable {
    /// Where nobody listens: the discard port, which this machine does not serve.
    static let nobody = "http://127.0.0.1:9"

    let port: Int

    /// Somebody new with an empty browser.
    func browser() -> Browser { Browser(port: port) }

    /// Where the Portal believes that it is: its origin.
    static let origin = "http://pages.example"

    /// Lends one.
    ///
    /// - Parameters:
    ///   - base: its public address.
    ///   - http: its limits.
    static func with<Result: Sendable>(
        intake: String = nobody,
        directory: String = nobody,
        base: String = origin,
        http: HTTPConfiguration = HTTPConfiguration(),
        more: [String: String] = [:],
        _ body: @Sendable (PortalWorld) async throws -> Result
    ) async throws -> Result {
        let environment = [
            "EBINDA_PORTAL_PUBLIC_BASE": base, "EBINDA_PORTAL_KEY": String(repeating: "5a", count: 32),
            "EBINDA_PORTAL_INTAKE": intake, "EBINDA_PORTAL_DIRECTORY": directory,
            "EBINDA_PORTAL_RULES_FILE": Documents.root.appending(path: "Deploy/Rules/routing.json").path,
        ]
        let settings = try await ConfigurationSources.open(environment: environment.merging(more) { $1 })
        let configuration = try await Configuration(settings: settings.scoped(to: "portal"))
        let client = HTTPClient(configuration: Neighbour.clientConfiguration(configuration.encryption))
        let outcome: Swift.Result<Result, any Error>
        do {
            let site = try Site(configuration: configuration, client: client, logger: .silent)
            let result = try await RunningService.with(http, logger: .silent, routes: { site.add(to: $0) }) { port, _ in
                try await body(PortalWorld(port: port))
            }
            outcome = .success(result)
        } catch {
            outcome = .failure(error)
        }
        try await client.shutdown()
        return try outcome.get()
    }
}

extension PortalWorld {
    /// Lends what adds the routes.
    static func routes<Result>(_ body: (@escaping (GuardedRouter) -> Void) throws -> Result) throws -> Result {
        let pages = try Pages(
            catalogue: Catalogue(files: CatalogueFiles.all),
            cookies: Cookies(isSecure: false),
            seal: Seal(key: Array(repeating: 1, count: 32)),
            styles: ""
        )
        let neighbour = Neighbour(name: "nobody", base: nobody, client: .shared, deadline: .seconds(1))
        let directory = DirectoryService(neighbour: neighbour)
        let names = try UnitNames(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json")))
        let front = Front(
            pages: pages,
            intake: IntakeService(neighbour: neighbour),
            directory: directory,
            units: UnitDirectory(directory: directory, names: names),
            origins: [],
            providers: []
        )
        let site = try Site(
            front: front,
            assets: Assets(bootstrap: Documents.root.appending(path: "Package.swift").path)
        )
        return try body { site.add(to: $0) }
    }
}
