import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of notices about a person who signs in.
enum PersonNoticeStore {
    /// Whose notice it is.
    enum Audience: String, Sendable { case person, registrar }

    /// A notice for one reader.
    struct Notice: Sendable {
        let id: UUID
        let audience: Audience
        let reader: String
        let person: SuggestionID
        let noticedAt: Timestamp
        let lockedUntil: Timestamp
    }

    /// How long they are kept: nobody asks after half a year who could not sign in.
    private static let kept: Duration = .seconds(183 * 86_400)

    /// Queues notices; those that are there stay, and what is too old goes.
    static func add(_ notices: [Notice], in transaction: Transaction) {
        guard let newest = notices.map(\.noticedAt).max() else { return }
        transaction.enqueue(
            """
            INSERT INTO person_notices (id, audience, reader, person, noticed_at, locked_until)
            SELECT * FROM unnest(\(notices.map(\.id)), \(notices.map(\.audience.rawValue)), \(notices.map(\.reader)),
                                 \(notices.map(\.person.rawValue)), \(notices.map(\.noticedAt)),
                                 \(notices.map(\.lockedUntil)))
            ON CONFLICT DO NOTHING
            """
        )
        transaction.enqueue("DELETE FROM person_notices WHERE noticed_at < \(newest + (.zero - kept))")
    }

    /// A page of a reader's notices, the newest at the top.
    ///
    /// - Parameter reader: nil for everybody's, each once: what the persons themselves are told.
    static func page(
        for audience: Audience,
        _ reader: String?,
        after: (time: Timestamp, id: UUID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [Notice] {
        // The end of the year 9999: behind every notice.
        let start = after ?? (Timestamp(microseconds: 253_402_300_799_000_000), UUID.least)
        return try await transaction.query(
            """
            SELECT * FROM person_notices
            WHERE audience = \(audience.rawValue) AND reader = coalesce(\(reader), reader)
              AND (noticed_at, id) < (\(start.time), \(start.id))
            ORDER BY noticed_at DESC, id DESC LIMIT \(limit)
            """
        ).map { row in
            Notice(
                id: try row["id", as: UUID.self],
                audience: audience,
                reader: try row["reader", as: String.self],
                person: try row.id("person"),
                noticedAt: try row["noticed_at", as: Timestamp.self],
                lockedUntil: try row["locked_until", as: Timestamp.self]
            )
        }
    }
}
