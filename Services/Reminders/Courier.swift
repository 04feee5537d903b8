import AsyncHTTPClient
import Contracts
import Foundation
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import PostgreSQL

/// Carries notices to the operator's webhooks, at least once each, and parks what nobody takes.
///
/// An attempt is leased in one transaction and its outcome noted in another: a replica that dies in between leaves a lease that
/// runs out, and the receiver knows the repeat by its id.
struct Courier: Sendable {
    /// What follows from an attempt.
    enum Verdict: Sendable, Hashable {
        case delivered
        /// Tried again after a pause.
        case again(Duration)
        /// Given up; an operator may have it tried again.
        case parked
    }

    /// The longest pause: a gateway that was away for days is found within the hour.
    static let longestPause: Duration = .seconds(3_600)
    /// The first pause is as long at most.
    static let shortestPause: Duration = .seconds(5)
    /// Attempts at a time: a receiver that answers slowly holds up few others.
    private static let width = 8
    /// Between two looks while nothing is due: a notice waits this long at most for its first attempt.
    private static let look: Duration = .seconds(2)
    /// Between two sweeps of the log.
    private static let sweeping: Duration = .seconds(3_600)
    /// For the whole of an attempt; half of the lease.
    private static let patience: TimeAmount = .seconds(30)

    private let database: Database
    private let webhooks: Webhooks
    private let client: HTTPClient
    /// How long a delivery is tried.
    private let endurance: Duration
    private let logger: Logger

    /// Creates the courier of a service.
    init(database: Database, webhooks: Webhooks, endurance: Duration, client: HTTPClient, logger: Logger) {
        (self.database, self.webhooks, self.client) = (database, webhooks, client)
        (self.endurance, self.logger) = (endurance, logger)
    }

    /// A client for couriers: it follows no redirection, which would lead to an address that is on nobody's list.
    static func client() -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.idleTimeout = .seconds(30)
        return HTTPClient(configuration: configuration)
    }

    /// What follows from an answer.
    ///
    /// - Parameters:
    ///   - status: of the answer; nil when there was none.
    ///   - attempts: this one counted.
    ///   - age: since the delivery was made.
    ///   - chance: from 0 to 1; spreads attempts that failed together (full jitter).
    static func verdict(status: Int?, attempts: Int, age: Duration, endurance: Duration, chance: Double) -> Verdict {
        switch status {
        case .some(200..<300): return .delivered
        // The receiver says that it is gone for good (RFC 9110, section 15.5.11).
        case 410: return .parked
        default:
            guard age < endurance else { return .parked }
            let factor = Double(1 << min(attempts - 1, 16))
            let pause = min(shortestPause * factor, longestPause)
            // Never at once: a chance of 0 would be no pause.
            return .again(max(pause * chance, .seconds(1)))
        }
    }

    /// Carries until cancelled.
    func run() async {
        var sweptAt = ContinuousClock.now
        while !Task.isCancelled {
            var pause = Self.look
            do {
                if try await carry() > 0 { continue }
                if let next = try await database.transaction({ try await DeliveryStore.edge(in: $0) }) {
                    pause = max(.zero, min(next, Self.look))
                }
                if .now - sweptAt > Self.sweeping {
                    try await database.transaction { DeliveryStore.sweep(in: $0) }
                    sweptAt = .now
                }
            } catch {
                if !Task.isCancelled { logger.error("webhooks failed", metadata: ["error": "\(type(of: error))"]) }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
        }
    }

    /// Makes the attempts that are due, a few at a time.
    ///
    /// - Returns: how many.
    /// - Throws: `DatabaseError`.
    @discardableResult func carry() async throws -> Int {
        let due = try await database.transaction { try await DeliveryStore.lease(limit: Self.width, in: $0) }
        guard let now = try await database.query("SELECT now() AS now").first?["now", as: Timestamp.self] else {
            return 0
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for delivery in due {
                group.addTask {
                    let status = await attempt(delivery, at: now)
                    let verdict = Self.verdict(
                        status: status,
                        attempts: delivery.attempts,
                        age: now - delivery.createdAt,
                        endurance: endurance,
                        chance: .random(in: 0...1)
                    )
                    if verdict == .parked {
                        logger.error(
                            "a webhook's delivery is parked",
                            metadata: ["target": "\(delivery.target)", "delivery": "\(delivery.id)"]
                        )
                    }
                    try await database.transaction { DeliveryStore.note(delivery, verdict, status: status, in: $0) }
                }
            }
            try await group.waitForAll()
        }
        return due.count
    }

    /// Sends once; nil when there was no answer, or the target is on the list no more.
    private func attempt(_ delivery: DeliveryStore.Due, at now: Timestamp) async -> Int? {
        guard let target = webhooks.targets[delivery.target] else { return nil }
        let (id, seconds) = (delivery.id.uuidString.lowercased(), now.microseconds / 1_000_000)
        var request = HTTPClientRequest(url: target.url.absoluteString)
        request.method = .POST
        request.headers = [
            "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(seconds),
            "webhook-signature": target.signature(id: id, seconds: seconds, body: delivery.body),
        ]
        request.body = .bytes(Array(delivery.body.utf8))
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            return Int(response.status.code)
        } catch {
            // Which of its many reasons a connection has for failing says less than that it did; addresses stay out of the log.
            logger.debug("no answer", metadata: ["target": "\(target.name)", "error": "\(type(of: error))"])
            return nil
        }
    }
}
