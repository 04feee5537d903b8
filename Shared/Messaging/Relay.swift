import Contracts
package import Foundation
package import Logging
import PostgreSQL
import RabbitMQ
import Threads

/// Publishes the outbox rows that the process which wrote them did not: after a crash, a lost confirm, a refusal.
///
/// Any number of relays may run. A claim is a short transaction that writes a lease; nothing is published with a
/// transaction open; rows are removed by id and lease, so that a relay that was paused past its lease removes nothing that
/// another now answers for.
package struct Relay: Sendable {
    /// Rows a claim takes at most.
    private static let limit = 500
    /// How long a lease lasts: longer than the broker's confirm may take before it counts as in doubt.
    private static let leaseSeconds = 60
    /// Between two looks at a busy table and at an idle one.
    private static let (busyPause, idlePause): (Duration, Duration) = (.milliseconds(100), .seconds(1))
    /// Looks between two scans from the very beginning, for rows whose transaction committed late under a lower id.
    private static let looksPerFullScan = 20

    private let outbox: Outbox
    private let observe: StepObserver
    private let logger: Logger

    /// Creates the relay of a service's outbox.
    package init(outbox: Outbox, logger: Logger, observe: @escaping StepObserver = { _ in }) {
        self.outbox = outbox
        self.logger = logger
        self.observe = observe
    }

    /// Relays until cancelled.
    package func run() async {
        var low = UUID.least
        var refused = RefusedKeys()
        var look = 0
        while !Task.isCancelled {
            var pause = Self.idlePause
            if look % Self.looksPerFullScan == 0 { low = .least }
            look += 1
            do {
                let last = try await relay(from: low, &refused)
                if let last {
                    low = last
                    pause = Self.busyPause
                }
            } catch {
                logger.warning("relay waits", metadata: ["error": "\(error)"])
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
        }
    }

    /// Relays one claim, of every message that is due.
    ///
    /// - Returns: the last id of a full claim, from which the next may go on; nil when the table is exhausted.
    package func relay(from low: UUID = .least) async throws -> UUID? {
        var refused = RefusedKeys()
        return try await relay(from: low, &refused)
    }

    /// Relays one claim, and passes over what the broker has lately refused.
    func relay(from low: UUID, _ refused: inout RefusedKeys) async throws -> UUID? {
        let token = UUIDv7.make()
        let closed = refused.closed(at: .now)
        let messages = try await outbox.database.transaction {
            try await OutboxStore.lease(
                Self.limit,
                from: low,
                except: closed,
                token: token,
                seconds: Self.leaseSeconds,
                in: $0
            )
        }
        guard let last = messages.last else { return nil }
        await observe(.relayLeased)
        let outgoing = messages.map { message in
            var message = message
            message.metadata.owner = outbox.service
            return message.outgoing(account: outbox.account)
        }
        let outcomes = await outbox.publisher.publish(outgoing)
        await observe(.relayConfirmed)
        try await settle(messages, outcomes, token: token, &refused)
        return messages.count == Self.limit ? last.metadata.id.rawValue : nil
    }

    private func settle(
        _ messages: [OutboxMessage],
        _ outcomes: [PublishOutcome],
        token: UUID,
        _ refused: inout RefusedKeys
    ) async throws {
        var (confirmed, inDoubt): ([UUID], [UUID]) = ([], [])
        var postponed: [String: [UUID]] = [:]
        var (open, full): (Set<String>, Set<String>) = ([], [])
        for (message, outcome) in zip(messages, outcomes) {
            let (id, key) = (message.metadata.id.rawValue, message.routingKey)
            switch outcome {
            case .confirmed:
                confirmed.append(id)
                open.insert(key)
            case .refused:
                postponed["refused: the queue of \(key) is full", default: []].append(id)
                full.insert(key)
            case .returned(_, let reason):
                postponed["returned: no queue for \(key) (\(reason))", default: []].append(id)
                full.insert(key)
            // The broker has it or not: it is sent again under the same id, and inboxes absorb the copy.
            case .unknown: inDoubt.append(id)
            }
        }
        refused.note(confirmed: open, refused: full, at: .now)
        for (reason, ids) in postponed {
            logger.error("outgoing messages held", metadata: ["count": "\(ids.count)", "reason": "\(reason)"])
        }
        MessagingMetrics.relayed(confirmed.count, held: messages.count - confirmed.count)
        let (gone, held, unknown) = (confirmed, postponed, inDoubt)
        try await outbox.database.transaction { transaction in
            OutboxStore.removeLeased(gone, token: token, in: transaction)
            OutboxStore.release(unknown, token: token, in: transaction)
            for (reason, ids) in held { OutboxStore.postpone(ids, because: reason, token: token, in: transaction) }
        }
    }
}

extension UUID {
    /// The id before every other.
    package static let least = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
