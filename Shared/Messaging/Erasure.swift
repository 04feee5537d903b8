package import Contracts
import Foundation
package import PostgreSQL

/// Takes people's words out of what the engine keeps of an item, or of a person: acts, announcements that have not left, events that
/// wait.
///
/// Each text's hash stays in its place; of a name nothing does. The chain over the acts holds, because the same transaction records each act's digest
/// before and after, in an act of its own (`record.erased`); see decision 0019.
package enum Erasure {
    /// What stands where a text was; in the record of acts the text's hash follows.
    package static let mark = "〔已删除〕"

    /// Queues the erasure; again changes nothing.
    ///
    /// The caller has locked what the item's acts are written under, so that none is being written meanwhile.
    ///
    /// - Parameters:
    ///   - subject: the item, or the person that events of Directory are about.
    ///   - cause: the event that tells of it.
    ///   - right: the one that the record of it names.
    ///   - moment: when it was asked for; what was told before, and arrives later, is stored without its words.
    package static func apply(
        to subject: SuggestionID,
        cause: EventID,
        under right: String = "suggestion.erase",
        at moment: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue("SELECT erase_record(\(subject.rawValue), \(cause.rawValue), \(moment), \(right))")
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

    /// Items of one class wait for each other's erasures: so few classes that no batch fills the server's table of locks, so many
    /// that an erasure holds up next to nobody.
    private static let classes = 64

    /// Queues that this transaction waits for an erasure of these items that is under way, and an erasure for whoever hears of them.
    ///
    /// Without it a transaction that has asked what is erased, and has not committed what it stores, could leave words behind an
    /// erasure that was done in between. Before all other locks, in one order everywhere: nobody waits in a circle. What is told of
    /// anything but items has no words of theirs, and waits for nobody.
    static func hold(_ events: some Sequence<EventMetadata>, in transaction: Transaction) {
        var held: [Int32: Bool] = [:]
        for event in events where Catalog.namesOfSuggestions.contains(event.name) {
            held[classOf(event.aggregate), default: false] =
                held[classOf(event.aggregate)] == true
                || event.name == SuggestionErased.name
        }
        hold(held, in: transaction)
    }

    /// Queues that this transaction, which erases an item, waits for whoever hears of it, and they for it.
    ///
    /// For the owner of the item, before it locks anything of it.
    package static func hold(_ item: SuggestionID, in transaction: Transaction) {
        hold([classOf(item): true], in: transaction)
    }

    private static func hold(_ held: [Int32: Bool], in transaction: Transaction) {
        guard !held.isEmpty else { return }
        let sorted = held.sorted { $0.key < $1.key }
        transaction.enqueue(
            """
            SELECT CASE WHEN erases THEN pg_advisory_xact_lock(hashtext(current_schema()), class)
                        ELSE pg_advisory_xact_lock_shared(hashtext(current_schema()), class) END
            FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.value))) AS held (class, erases)
            """
        )
    }

    /// The last byte of an id is random in every version of it.
    private static func classOf(_ item: SuggestionID) -> Int32 { Int32(item.rawValue.uuid.15) % Int32(classes) }

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

/// Obeys the erasure of a person where the engine alone keeps what was told of them: events that wait, letters that were parked.
///
/// Tells nothing but its act. A repeat never comes here, and would change nothing.
package struct ErasePerson: Handler {
    /// Creates the handler.
    package init() {}

    /// Erases.
    package func handle(_ events: [Received<PersonErased>], in transaction: EventTransaction) async throws {
        for event in events {
            Erasure.apply(
                to: event.metadata.aggregate,
                cause: event.metadata.id,
                under: Right.erasePeople.rawValue,
                at: event.body.erasedAt,
                in: transaction
            )
        }
    }
}
