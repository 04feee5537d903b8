import ArgumentParser
import Bootstrap
import Contracts
import Hummingbird
import Logging
import ServiceLifecycle

/// A service of one route, for tests of how a process starts, is configured, and ends.
@main struct Main: ServiceCommand {
    static let service = ServiceName(rawValue: "toy")
    static let summary = "Greets."

    static func services(in runtime: Runtime) async throws -> [any Service] {
        let http = try await HTTPConfiguration(settings: runtime.own.scoped(to: "http"))
        let key = SigningKey(id: "k-test", x: try await runtime.own.text("publicKey") ?? "")
        let tokens = AccessTokens(logger: runtime.logger) { [key] }
        let secret = try await runtime.own.requiredSecret("password")
        runtime.logger.info("configured", metadata: ["password": "\(secret)"])
        let health = HealthRoutes(checks: checks(secret), metrics: runtime.metrics, exposure: .full)
        return [
            HTTPService(
                configuration: http,
                logger: runtime.logger,
                onRunning: { runtime.logger.info("listening", metadata: ["port": .stringConvertible($0)]) },
                routes: { router in
                    health.add(to: router)
                    GuardedRouter(router, tokens: tokens).on(.get, "/greeting", .readScreen) { _, _, permit in
                        Response(status: .ok, body: .init(byteBuffer: .init(string: "hello \(permit.caller.unit)")))
                    }
                }
            )
        ]
    }

    static func migrate(in runtime: Runtime) async throws -> [String] { ["nothing to do for \(runtime.service)"] }

    static func checks(in runtime: Runtime) async throws -> [ReadinessCheck] {
        checks(try await runtime.own.requiredSecret("password"))
    }

    private static func checks(_ secret: Secret) -> [ReadinessCheck] {
        [
            ReadinessCheck("password") {
                if secret.revealed().count < 8 { throw ReadinessCheck.Unready("shorter than 8 characters") }
            }
        ]
    }
}
