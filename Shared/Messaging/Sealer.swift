package import Contracts
import Foundation
package import Logging

/// The head of a service's chain of acts, as it travels; every service publishes its own.
package struct ActsSealed: Event {
    package static let name: EventName = "acts.sealed"
    package static let owner = ServiceName(rawValue: "every")
    package static let summary = "A service has chained its newest acts; another keeps the head."

    /// Which seal of the owner's it is, from 1 without gaps.
    package var number: Int
    /// How many acts it covers.
    package var count: Int
    /// SHA-256 in hexadecimal.
    package var head: String

    /// Creates the event.
    package init(number: Int, count: Int, head: String) {
        self.number = number
        self.count = count
        self.head = head
    }
}

/// Chains the acts of a service within a second of their commit, and publishes each head for another service to keep.
///
/// Rows are written without a chain, so that writers never wait for each other; one process at a time, whichever has the
/// lock, chains what is committed.
package struct Sealer: Sendable {
    /// All heads of an owner are versions of one thing: its chain.
    package static let chain = SuggestionID(rawValue: .least)
    /// Half of the second within which an act is sealed.
    private static let pause: Duration = .milliseconds(500)

    private let outbox: Outbox
    private let logger: Logger

    /// Creates the sealer of a service.
    package init(outbox: Outbox, logger: Logger) {
        self.outbox = outbox
        self.logger = logger
    }

    /// Seals until cancelled.
    package func run() async {
        while !Task.isCancelled {
            do {
                // A full seal is followed by the next at once.
                while try await seal() == SealStore.limit {}
            } catch {
                logger.warning("acts not sealed", metadata: ["error": "\(error)"])
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Seals what is committed, once.
    ///
    /// - Returns: the number of acts sealed.
    package func seal() async throws -> Int {
        try await outbox.transaction { transaction in
            guard let made = try await SealStore.seal(in: transaction) else { return 0 }
            try transaction.send(
                ActsSealed(number: made.number, count: made.count, head: made.head.hexadecimal),
                name: ActsSealed.name,
                about: Self.chain,
                version: made.number,
                to: outbox.topology.events,
                key: outbox.topology.sealKey(owner: outbox.service),
                isMandatory: false
            )
            return made.count
        }
    }
}

extension [UInt8] {
    /// Two lower-case digits a byte.
    package var hexadecimal: String {
        String(decoding: flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
