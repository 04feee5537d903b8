package import PostgreSQL
package import RabbitMQ

extension ReadinessCheck {
    /// Whether the database answers a query.
    package static func database(_ database: Database) -> ReadinessCheck {
        ReadinessCheck("database") { _ = try await database.query("SELECT 1") }
    }

    /// Whether every one of some broker connections is in use.
    ///
    /// - Parameter connections: each connection's name and how it stands, such as `("publisher", { publisher.status })`.
    package static func broker(
        _ connections: [(name: String, status: @Sendable () -> ConnectionStatus)]
    ) -> ReadinessCheck {
        ReadinessCheck("broker") {
            let faults = connections.compactMap { name, status in reason(status()).map { "\(name): \($0)" } }
            if !faults.isEmpty { throw Unready(faults.joined(separator: "; ")) }
        }
    }

    private static func reason(_ status: ConnectionStatus) -> String? {
        switch status {
        case .ready: nil
        case .connecting(let reason): reason.map { "connecting, \($0)" } ?? "connecting"
        case .blocked(let reason): "blocked by the broker, \(reason)"
        case .closed: "closed"
        }
    }
}
