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
/// runs out, and the receiver knows the repeat by its id. Each target has a lane of its own, so that one that never answers holds up
/// nobody else's; a lane rests in quiet hours unless its target asks for none.
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
    /// Attempts at a time at one target: more than a gateway of messages takes, and few beside a list of some targets.
    private static let width = 8
    /// Between two looks while nothing is due: a notice waits this long at most for its first attempt.
    private static let look: Duration = .seconds(2)
    /// Between two sweeps of the log, and two looks at what waits for targets that are on the list no more.
    private static let sweeping: Duration = .seconds(3_600)
    /// For the whole of an attempt; half of the lease.
    private static let patience: TimeAmount = .seconds(30)

    private let database: Database
    private let webhooks: Webhooks
    private let client: HTTPClient
    /// How long a delivery is tried, from its first attempt on.
    private let endurance: Duration
    private let quiet: QuietHours
    private let logger: Logger

    /// Creates the courier of a service.
    init(
        database: Database,
        webhooks: Webhooks,
        endurance: Duration,
        quiet: QuietHours = .none,
        client: HTTPClient,
        logger: Logger
    ) {
        (self.database, self.webhooks, self.client) = (database, webhooks, client)
        (self.endurance, self.quiet, self.logger) = (endurance, quiet, logger)
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
    ///   - age: since the first attempt.
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

    /// Carries until cancelled: a lane for each target, and one that keeps the log.
    func run() async {
        await withDiscardingTaskGroup { group in
            for target in webhooks.targets.values { group.addTask { await follow(target) } }
            group.addTask { await keepLog() }
        }
    }

    private func follow(_ target: Webhooks.Target) async {
        while !Task.isCancelled {
            var pause = Self.look
            do {
                switch try await carry(to: target) {
                case .some(0):
                    let edge = try await database.transaction { try await DeliveryStore.edge(of: target.name, in: $0) }
                    if let next = edge.timeToNext { pause = max(.zero, min(next, Self.look)) }
                case .some: continue
                case nil: break
                }
            } catch {
                if !Task.isCancelled {
                    logger.error(
                        "a webhook's lane failed",
                        metadata: ["target": "\(target.name)", "error": "\(type(of: error))"]
                    )
                }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
        }
    }

    private func keepLog() async {
        let known = webhooks.targets.keys.sorted()
        while !Task.isCancelled {
            do {
                try await database.transaction { transaction in
                    DeliveryStore.parkStrangers(to: known, after: endurance, in: transaction)
                    DeliveryStore.sweep(in: transaction)
                }
            } catch {
                if !Task.isCancelled {
                    logger.error("the log of deliveries failed", metadata: ["error": "\(type(of: error))"])
                }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.sweeping)
        }
    }

    /// Makes the attempts that are due, a few at a time at each target.
    ///
    /// - Returns: how many.
    /// - Throws: `DatabaseError`.
    @discardableResult func carry() async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for target in webhooks.targets.values { group.addTask { try await carry(to: target) ?? 0 } }
            return try await group.reduce(0, +)
        }
    }

    /// Makes a target's attempts that are due, a few at a time.
    ///
    /// - Returns: how many; nil when nothing is sent to it at this hour.
    private func carry(to target: Webhooks.Target) async throws -> Int? {
        let (now, due) = try await database.transaction { transaction -> (Timestamp, [DeliveryStore.Due]?) in
            let now = try await RemindersStore.now(in: transaction)
            guard !target.keepsQuiet || quiet.isOpen(at: now) else { return (now, nil) }
            return (now, try await DeliveryStore.lease(to: target.name, limit: Self.width, in: transaction))
        }
        guard let due else { return nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for delivery in due { group.addTask { try await carry(delivery, to: target, at: now) } }
            try await group.waitForAll()
        }
        return due.count
    }

    private func carry(_ delivery: DeliveryStore.Due, to target: Webhooks.Target, at now: Timestamp) async throws {
        let status = await attempt(delivery, to: target, at: now)
        let verdict = Self.verdict(
            status: status,
            attempts: delivery.attempts,
            age: now - delivery.triedAt,
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

    /// Sends once; nil when there was no answer.
    private func attempt(_ delivery: DeliveryStore.Due, to target: Webhooks.Target, at now: Timestamp) async -> Int? {
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
