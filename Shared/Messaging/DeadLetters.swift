package import Contracts
import Foundation
package import PostgreSQL
package import RabbitMQ

/// What lies in a service's parked queue, for the operator who decides about it.
///
/// Looking takes nothing away: what was read and not acknowledged goes back when the connection closes. The parked queue has a
/// delivery limit that no number of looks can reach.
package struct DeadLetters: Sendable {
    /// A parked message.
    package struct Letter: Sendable {
        /// The id of its event, or the sender's id of a message without one.
        package let id: String
        /// The event's wire name.
        package let name: String
        /// Why it lies here, as in ``Refusal/Reason``; the broker's own word when its delivery limit was reached.
        package let reason: String
        /// The error in words.
        package let error: String
        /// Failed attempts before it was parked.
        package let attempts: Int
        /// When it was parked, RFC 3339; empty when the broker did it.
        package let parkedAt: String
        /// The item that it is about; nil for a message without an envelope of ours.
        package let subject: SuggestionID?
        /// The message as it lies there.
        package let delivery: Delivery
        /// Its body, as text as far as it is text.
        package var text: String { String(decoding: delivery.body, as: UTF8.self) }
    }

    /// A letter that is not, or no longer, in the queue.
    package struct NotFound: Error, CustomStringConvertible {
        /// What was asked for.
        package let id: String
        /// Names what was asked for.
        package init(id: String) { self.id = id }
        /// The id and where it was looked for.
        package var description: String { "no parked message has the id \(id)" }
    }

    /// Letters read at a time: their bodies are in memory meanwhile.
    private static let limit = 1_000

    let broker: BrokerConfiguration
    let topology: Topology
    let service: ServiceName
    let subscription: Subscription?
    let senderAccount: @Sendable (ServiceName) -> String

    /// Creates a view of a service's parked queue.
    ///
    /// - Parameters:
    ///   - subscription: what the service hears; that of its name when nil.
    ///   - senderAccount: the broker account under which a service publishes.
    package init(
        broker: BrokerConfiguration,
        topology: Topology,
        service: ServiceName,
        subscription: Subscription? = nil,
        senderAccount: @escaping @Sendable (ServiceName) -> String = { $0.rawValue }
    ) {
        self.broker = broker
        self.topology = topology
        self.service = service
        self.subscription = subscription ?? Subscription.of(service)
        self.senderAccount = senderAccount
    }

    /// The letters, oldest first, at most 1,000.
    ///
    /// - Throws: `BrokerError`.
    package func list() async throws -> [Letter] {
        try await BrokerAdministration.connected(broker) { administration in
            try await administration.get(topology.parkedQueue(of: service), maximum: Self.limit).map(Self.letter)
        }
    }

    /// Sends letters back to the work queue, with a clean count of attempts, and takes each away once it is confirmed.
    ///
    /// Each goes under the account that sent it, or its consumer would take it for forged: an operator's own account needs the
    /// tag `impersonator` for that (RabbitMQ manual, Validated User ID).
    ///
    /// - Parameter ids: which; nil for all of them.
    /// - Returns: the number sent back.
    /// - Throws: ``NotFound`` before anything is sent, `BrokerError`.
    package func replay(_ ids: Set<String>? = nil) async throws -> Int {
        try await takeAway(ids) { letter, administration in
            var properties = letter.delivery.properties
            let own: Set = [
                Envelope.HeaderName.attempt, Envelope.HeaderName.reason, Envelope.HeaderName.error,
                Envelope.HeaderName.setAsideAt, "x-delivery-count",
            ]
            properties.headers.removeAll { own.contains($0.name) || $0.name.contains("-death") }
            try await administration.publishConfirmed(
                OutgoingMessage(
                    exchange: topology.retryExchange(of: service),
                    routingKey: "work",
                    isMandatory: true,
                    properties: properties,
                    body: letter.delivery.body
                )
            )
        }
    }

    func takeAway(
        _ ids: Set<String>?,
        _ each: (Letter, BrokerAdministration) async throws -> Void
    ) async throws -> Int {
        try await BrokerAdministration.take(
            from: topology.parkedQueue(of: service),
            upTo: Self.limit,
            over: broker,
            checking: { found in
                let absent = ids?.subtracting(found.map { Self.letter($0).id }).sorted().first
                if let absent { throw NotFound(id: absent) }
            },
            where: { delivery, administration in
                let letter = Self.letter(delivery)
                guard ids?.contains(letter.id) ?? true else { return false }
                try await each(letter, administration)
                return true
            }
        ).count
    }

    private static func letter(_ delivery: Delivery) -> Letter {
        let properties = delivery.properties
        func text(_ name: String) -> String? {
            if case .string(let text)? = properties[header: name] { text } else { nil }
        }
        return Letter(
            id: properties.messageID ?? text(Envelope.HeaderName.id) ?? "",
            name: properties.type ?? text(Envelope.HeaderName.type) ?? "",
            reason: text(Envelope.HeaderName.reason) ?? text("x-first-death-reason") ?? "",
            error: text(Envelope.HeaderName.error) ?? "",
            attempts: Envelope.attempt(of: delivery),
            parkedAt: text(Envelope.HeaderName.setAsideAt) ?? "",
            subject: text(Envelope.HeaderName.subject).flatMap { UUID(hyphenated: $0) }.map(
                SuggestionID.init(rawValue:)
            ),
            delivery: delivery
        )
    }
}

extension DeadLetters {
    /// Takes the words out of letters about items that were erased: each is put back without them before the old one goes.
    ///
    /// - Parameter database: the service's, which says what is erased.
    /// - Returns: the number of letters that were put back.
    /// - Throws: `BrokerError`, `DatabaseError`.
    package func redact(by database: Database) async throws -> Int {
        let erased = try await erasedSubjects(by: database)
        guard !erased.isEmpty else { return 0 }
        return try await BrokerAdministration.take(
            from: topology.parkedQueue(of: service),
            upTo: Self.limit,
            over: broker,
            where: { delivery, administration in
                guard let subject = Self.letter(delivery).subject, erased.contains(subject) else { return false }
                let body = try await database.transaction { try await Erasure.redacted([delivery.body], in: $0)[0] }
                guard body != delivery.body else { return false }
                try await administration.publishConfirmed(
                    OutgoingMessage(
                        exchange: topology.retryExchange(of: service),
                        routingKey: "parked",
                        isMandatory: true,
                        properties: delivery.properties,
                        body: body
                    )
                )
                return true
            }
        ).count
    }

    private func erasedSubjects(by database: Database) async throws -> Set<SuggestionID> {
        let subjects = try await list().compactMap(\.subject)
        return try await database.transaction {
            Set(try Erasure.found(try await $0.query(Erasure.lookUp(subjects))).keys)
        }
    }
}
