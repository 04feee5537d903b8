package import Contracts
import Foundation
package import PostgreSQL

/// Takes people's words out of what the engine keeps of an item: acts, announcements that have not left, events that wait.
///
/// Each text's hash stays in its place. The chain over the acts holds, because the same transaction records each act's digest
/// before and after, in an act of its own (`record.erased`); see decision 0019.
package enum Erasure {
    /// What stands where a text was; in the record of acts the text's hash follows.
    package static let mark = "〔已删除〕"

    /// Queues the erasure; again changes nothing.
    ///
    /// The caller has locked what the item's acts are written under, so that none is being written meanwhile.
    ///
    /// - Parameters:
    ///   - cause: the event that tells of it.
    ///   - moment: when it was asked for; what was told before, and arrives later, is stored without its words.
    package static func apply(
        to suggestion: SuggestionID,
        cause: EventID,
        at moment: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue("SELECT erase_record(\(suggestion.rawValue), \(cause.rawValue), \(moment))")
    }

    /// Queues what an erasure of before is to take out besides.
    ///
    /// That is what was written about the item since, and why it was erased, which stood in its own act. Of an item that was not
    /// erased nothing changes.
    ///
    /// The caller has locked the item, as for ``apply(to:cause:at:in:)``.
    package static func applyAgain(to suggestion: SuggestionID, in transaction: Transaction) {
        transaction.enqueue(
            "SELECT erase_record(suggestion, cause, erased_at) FROM erased WHERE suggestion = \(suggestion.rawValue)"
        )
    }

    /// The events that carry an item's own words: whenever they were told, their words go.
    private static let carriers: Set<EventName> = [SuggestionReceived.name, SuggestionAssigned.name]

    /// Whether an event that arrives now must be stored without its words.
    static func concerns(_ metadata: EventMetadata, _ erased: [SuggestionID: Timestamp]) -> Bool {
        guard let moment = erased[metadata.aggregate] else { return false }
        return carriers.contains(metadata.name) || metadata.time <= moment
    }

    /// The statement that finds which of some items were erased, to be sent along with others.
    static func lookUp(_ ids: some Sequence<SuggestionID>) -> SQL {
        "SELECT suggestion, erased_at FROM erased WHERE suggestion = ANY(\(Set(ids).map(\.rawValue)))"
    }

    /// What that statement has found.
    static func found(_ rows: RowSet) throws -> [SuggestionID: Timestamp] {
        guard !rows.isEmpty else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: try rows.map {
                (SuggestionID(rawValue: try $0["suggestion", as: UUID.self]), try $0["erased_at", as: Timestamp.self])
            }
        )
    }

    /// Bodies without their words, in their order.
    static func redacted(_ bodies: [[UInt8]], in transaction: Transaction) async throws -> [[UInt8]] {
        try await transaction.query(
            """
            SELECT redacted(body) AS body FROM unnest(\(bodies)) WITH ORDINALITY AS row (body, place) ORDER BY place
            """
        ).map { try $0["body", as: [UInt8].self] }
    }
}

/// Obeys an erasure where the engine alone keeps an item's words.
///
/// Tells nothing but its act. A repeat never comes here, and would change nothing.
package struct EraseRecord: Handler {
    /// Creates the handler.
    package init() {}

    /// Erases.
    package func handle(_ events: [Received<SuggestionErased>], in transaction: EventTransaction) async throws {
        for event in events {
            Erasure.apply(
                to: event.metadata.aggregate,
                cause: event.metadata.id,
                at: event.body.erasedAt,
                in: transaction
            )
        }
    }
}
