import Foundation
import HTTPTypes
package import Hummingbird

/// What operators and orchestrators ask: `/health/live`, `/health/ready` and `/metrics`.
///
/// Alive means that the process answers. Ready means that every check says so, asked at the time of the request.
package struct HealthRoutes: Sendable {
    /// How much strangers may learn.
    package enum Exposure: Sendable, Hashable {
        /// Everything: for a listener that only the operator's network reaches.
        case full
        /// Whether the service is ready, not why; and no metrics.
        case statusOnly
    }

    private struct Report: Encodable {
        let ready: Bool
        let checks: [ReadinessCheck.Outcome]?
    }

    private let checks: [ReadinessCheck]
    private let metrics: MetricsRegistry?
    private let exposure: Exposure

    /// Creates the routes.
    ///
    /// - Parameters:
    ///   - metrics: what `/metrics` writes; without it the route does not exist.
    package init(checks: [ReadinessCheck], metrics: MetricsRegistry?, exposure: Exposure) {
        self.checks = checks
        self.metrics = metrics
        self.exposure = exposure
    }

    /// Adds the routes.
    package func add(to router: some RouterMethods<HTTPContext>) {
        router.get("/health/live") { _, _ in
            Response(
                status: .ok,
                headers: Self.uncached("application/json"),
                body: .init(byteBuffer: ByteBuffer(string: "{}"))
            )
        }
        router.get("/health/ready") { _, _ in try await ready() }
        if let metrics, exposure == .full {
            router.get("/metrics") { _, _ in
                Response(
                    status: .ok,
                    headers: Self.uncached("text/plain; version=0.0.4; charset=utf-8"),
                    body: .init(byteBuffer: ByteBuffer(string: metrics.text()))
                )
            }
        }
    }

    private func ready() async throws -> Response {
        let outcomes = await withTaskGroup(of: (Int, ReadinessCheck.Outcome).self) { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await check.outcome()) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
        }
        let isReady = outcomes.allSatisfy(\.ready)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let report = Report(ready: isReady, checks: exposure == .full ? outcomes : nil)
        return Response(
            status: isReady ? .ok : .serviceUnavailable,
            headers: Self.uncached("application/json"),
            body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(report)))
        )
    }

    private static func uncached(_ type: String) -> HTTPFields {
        [.contentType: type, .cacheControl: "no-store"]
    }
}
