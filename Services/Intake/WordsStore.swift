import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of sealing words anew.
extension IntakeStore {
    /// An item with its words masked, and as they were written, sealed.
    typealias ResealedWords = (id: SuggestionID, shown: WrittenWords, sealed: SealedWords)

    /// Items whose words another key seals, or none, behind an item, locked; those that are being changed elsewhere are passed over, and
    /// erased ones have none.
    static func words(
        notUnder key: String,
        after id: SuggestionID?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(id: SuggestionID, shown: WrittenWords, sealed: SealedWords?)] {
        try await transaction.query(
            """
            SELECT id, title, body, analysis, proposal, words, words_key FROM suggestions
            WHERE id > \((id ?? SuggestionID(rawValue: .least)).rawValue) AND NOT erased AND words_key IS DISTINCT FROM \(key)
            ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            """
        ).map { row in (try row.id("id"), try shown(row), try sealed(row)) }
    }

    /// Queues words as they are sealed now.
    static func put(_ words: [ResealedWords], in transaction: Transaction) {
        guard !words.isEmpty else { return }
        transaction.enqueue(
            """
            UPDATE suggestions SET title = row.title, body = row.body, analysis = row.analysis, proposal = row.proposal,
                                   words = row.words, words_key = row.key
            FROM unnest(\(words.map(\.id.rawValue)), \(words.map(\.shown.title)), \(words.map(\.shown.text)),
                        \(words.map(\.shown.analysis)), \(words.map(\.shown.proposal)), \(words.map(\.sealed.box)),
                        \(words.map(\.sealed.key))) AS row (id, title, body, analysis, proposal, words, key)
            WHERE suggestions.id = row.id
            """
        )
    }
}
