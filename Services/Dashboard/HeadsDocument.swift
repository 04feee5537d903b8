import Contracts
import Foundation

/// The newest head of every chain of acts on one day, as it leaves the machine.
struct HeadsDocument: Sendable, Encodable {
    /// The newest head of one chain.
    struct Head: Sendable, Encodable {
        let owner: ServiceName
        /// What is chained: a service's acts, the one chain that each has.
        var chain = "acts"
        /// Which seal of the owner's it is.
        let number: Int
        /// How many acts that seal covers.
        let count: Int
        /// SHA-256 in hexadecimal.
        let head: String
        let sealedAt: Timestamp
    }

    /// `2026-11-29`, in Chinese time.
    let day: String
    let exportedAt: Timestamp
    /// In the order of their owners.
    let heads: [Head]

    /// The same heads give the same bytes: the keys are in the alphabet's order.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
