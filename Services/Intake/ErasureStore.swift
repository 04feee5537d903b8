import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of erasure and retention.
extension IntakeStore {
    /// Takes the words and the contact of an item away, locked until this transaction ends; each text's hash stays in the record
    /// of acts alone.
    ///
    /// - Returns: the version of the event that tells of it; nil when it was erased already.
    static func erase(_ id: SuggestionID, in transaction: Transaction) async throws -> Int? {
        transaction.enqueue("SELECT FROM suggestions WHERE id = \(id.rawValue) FOR UPDATE")
        let rows = try await transaction.query(
            """
            UPDATE suggestions
            SET title = \(Erasure.mark), body = \(Erasure.mark),
                analysis = CASE WHEN analysis IS NULL THEN NULL ELSE \(Erasure.mark) END,
                proposal = CASE WHEN proposal IS NULL THEN NULL ELSE \(Erasure.mark) END,
                contact = NULL, contact_key = NULL, contact_index = NULL, words = NULL, words_key = NULL, erased = true,
                version = version + 1
            WHERE id = \(id.rawValue) AND NOT erased
            RETURNING version
            """
        )
        // What the owners have told may repeat the author's words.
        transaction.enqueue("UPDATE progress SET body = redacted(body) WHERE suggestion = \(id.rawValue)")
        // The key stays, so that the request that comes once more makes no second item. By no index: a month's keys are read in less
        // than a second, and every hand-in would pay for one.
        transaction.enqueue("UPDATE request_keys SET digest = '' WHERE suggestion = \(id.rawValue)")
        // With their contents; what an officer wrote about an item that was held back.
        transaction.enqueue("DELETE FROM attachments WHERE suggestion = \(id.rawValue)")
        transaction.enqueue(
            "UPDATE quarantine SET refusal = erased_text(refusal) WHERE suggestion = \(id.rawValue) AND refusal IS NOT NULL"
        )
        return try rows.first?["version", as: Int.self]
    }

    /// Takes the contacts of items that have ended long enough; those that are being changed elsewhere are passed over.
    static func removeContacts(
        _ limits: ContactLimits,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(id: SuggestionID, number: String, version: Int)] {
        try await transaction.query(
            """
            UPDATE suggestions SET contact = NULL, contact_key = NULL, contact_index = NULL, version = version + 1
            WHERE id IN (SELECT id FROM suggestions
                         WHERE contact IS NOT NULL
                           AND (\(unsafe: ended) < \(limits.closedBefore) OR \(unsafe: answered) < \(limits.answeredBefore))
                         ORDER BY id LIMIT \(limit)
                         FOR UPDATE SKIP LOCKED)
            RETURNING id, number, version
            """
        ).map { (try $0.id("id"), try $0["number", as: String.self], try $0["version", as: Int.self]) }
    }

    /// How many contacts there are of items that have ended long enough.
    static func countContacts(_ limits: ContactLimits, in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            """
            SELECT count(*) FROM suggestions
            WHERE contact IS NOT NULL
              AND (\(unsafe: ended) < \(limits.closedBefore) OR \(unsafe: answered) < \(limits.answeredBefore))
            """
        )[0].value(at: 0, as: Int.self)
    }

    /// When the last department of the last round has answered an item of which nothing has come since; null of any other: what was
    /// assigned, returned or judged after that begins anew.
    private static let answered = """
        (SELECT CASE WHEN name = 'reply.issued' AND (convert_from(body, 'UTF8')::jsonb ->> 'completesRound')::boolean
                     THEN occurred_at END
         FROM progress
         WHERE suggestion = suggestions.id
           AND name IN ('suggestion.assigned', 'assignment.returned', 'reply.issued', 'reply.evaluated', 'suggestion.closed',
                        'suggestion.refused')
         ORDER BY occurred_at DESC, version DESC LIMIT 1)
        """

    /// When an item was closed or refused the last time, by a committee or while it was held; null of one that goes on.
    private static let ended = """
        greatest(
            (SELECT max(occurred_at) FROM progress
             WHERE suggestion = suggestions.id AND name IN ('suggestion.closed', 'suggestion.refused')),
            (SELECT refused_at FROM quarantine WHERE suggestion = suggestions.id))
        """

    /// How many request keys are older than a moment.
    static func countKeys(before moment: Timestamp, in transaction: Transaction) async throws -> Int {
        try await transaction.query("SELECT count(*) FROM request_keys WHERE created_at < \(moment)")[0]
            .value(at: 0, as: Int.self)
    }

    /// Removes request keys that are older than a moment: nobody sends the same request again so late.
    ///
    /// - Returns: how many were removed.
    static func removeKeys(before moment: Timestamp, limit: Int, in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            """
            DELETE FROM request_keys
            WHERE key IN (SELECT key FROM request_keys WHERE created_at < \(moment) LIMIT \(limit) FOR UPDATE SKIP LOCKED)
            RETURNING 1 AS one
            """
        ).count
    }

    /// What has been left as a contact, and the version of the event that somebody has seen it.
    ///
    /// - Returns: nil when there is no such item.
    static func contactForExport(
        number: String,
        in transaction: Transaction
    ) async throws -> (id: SuggestionID, version: Int, contact: SealedContact?)? {
        guard let item = try await item(number: number, in: transaction) else { return nil }
        let (version, contact) = try await reveal(item.id, in: transaction)
        return (item.id, version, contact)
    }
}
