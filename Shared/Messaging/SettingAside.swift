import Contracts
import Logging
import RabbitMQ
import Threads

/// Puts failed messages on the ladder or into the parked queue, with the original body and properties untouched.
///
/// Nothing is ever returned to its queue for a retry: a returned message comes back at once, in front of its neighbours.
struct SettingAside: Sendable {
    /// How long the broker's refusals and silences are waited out before the deliveries are given back.
    private static let patience: Duration = .seconds(60)
    /// Between two attempts.
    private static let pause: Duration = .milliseconds(500)

    let outbox: Outbox
    /// How long deliveries may be in hand at all.
    let limit: Duration
    let logger: Logger

    /// Sets aside what its disposition says.
    ///
    /// - Returns: the indices of what could not be, or was not to be: it must not be acknowledged.
    func setAside(_ deliveries: [Delivery], _ dispositions: [Disposition]) async -> Set<Int> {
        var open: [Int: OutgoingMessage] = [:]
        var held: Set<Int> = []
        for (index, disposition) in dispositions.enumerated() {
            switch disposition {
            case .done: break
            case .hold: held.insert(index)
            case .retry(let rung): open[index] = retry(deliveries[index], rung)
            case .park(let refusal):
                open[index] = park(deliveries[index], refusal)
                logger.error(
                    "message parked",
                    metadata: ["event": "\(deliveries[index].properties.messageID ?? "")", "reason": "\(refusal)"]
                )
            }
        }
        return held.union(await insist(on: open))
    }

    /// Publishes until all is confirmed or patience ends.
    ///
    /// - Returns: what was not confirmed.
    func insist(on messages: [Int: OutgoingMessage]) async -> Set<Int> {
        var open = messages
        let (start, patience) = (MonotonicTime.now, min(limit, Self.patience))
        while !open.isEmpty, MonotonicTime.now - start < patience {
            let entries = open.map { $0 }
            let outcomes = await outbox.publisher.publish(entries.map(\.value))
            for (entry, outcome) in zip(entries, outcomes) {
                if case .confirmed = outcome { open[entry.key] = nil }
            }
            if !open.isEmpty { try? await Task.sleep(for: Self.pause) }
        }
        return Set(open.keys)
    }

    private func retry(_ delivery: Delivery, _ rung: Int) -> OutgoingMessage {
        copy(
            delivery,
            key: outbox.topology.ladder[rung].label,
            headers: [Header(Envelope.HeaderName.attempt, .int(Int64(Envelope.attempt(of: delivery) + 1)))]
        )
    }

    private func park(_ delivery: Delivery, _ refusal: Refusal) -> OutgoingMessage {
        copy(
            delivery,
            key: "parked",
            headers: [
                Header(Envelope.HeaderName.attempt, .int(Int64(Envelope.attempt(of: delivery)))),
                Header(Envelope.HeaderName.reason, .string(refusal.reason.rawValue)),
                Header(Envelope.HeaderName.error, .string(refusal.detail)),
                Header(Envelope.HeaderName.setAsideAt, .string(Timestamp.now.description)),
            ]
        )
    }

    private func copy(_ delivery: Delivery, key: String, headers: [Header]) -> OutgoingMessage {
        var properties = delivery.properties
        let replaced = Set(headers.map(\.name))
        // What brokers add describes the way a message came; on a new way it would mislead them and us.
        properties.headers.removeAll {
            replaced.contains($0.name) || $0.name.hasPrefix("x-death") || $0.name.hasPrefix("x-first-death")
                || $0.name.hasPrefix("x-last-death") || $0.name == "x-delivery-count"
        }
        properties.headers += headers
        // The broker takes a user-id of the publishing account alone; the first sender stays named in its own header.
        if let sender = properties.userID, sender != outbox.account {
            properties.headers.removeAll { $0.name == Envelope.HeaderName.sender }
            properties.headers.append(Header(Envelope.HeaderName.sender, .string(sender)))
            properties.userID = outbox.account
        }
        return OutgoingMessage(
            exchange: outbox.topology.retryExchange(of: outbox.service),
            routingKey: key,
            isMandatory: true,
            properties: properties,
            body: delivery.body
        )
    }
}
