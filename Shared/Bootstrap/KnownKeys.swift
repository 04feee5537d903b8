package import Contracts
package import Messaging
package import PostgreSQL

/// A service's own copy of the keys that verify tokens.
package enum KnownKeys {
    /// What this service was told last.
    ///
    /// - Throws: `DatabaseError`.
    static func all(in database: Database) async throws -> [SigningKey] {
        try await database.query("SELECT id, public_key FROM known_keys ORDER BY id").map { row in
            SigningKey(id: try row["id", as: String.self], x: try row["public_key", as: String.self])
        }
    }

    /// Puts a set in the place of the one that was known, unless that is newer: a service may hear them in any order.
    package static func replace(_ keys: [SigningKey], toldAt moment: Timestamp, in transaction: Transaction) {
        // One at a time: two sets that arrive together must not mix.
        transaction.enqueue("LOCK TABLE known_keys IN SHARE ROW EXCLUSIVE MODE")
        transaction.enqueue(
            """
            INSERT INTO known_keys (id, public_key, told_at)
            SELECT *, \(moment)::timestamptz FROM unnest(\(keys.map(\.id)), \(keys.map(\.x)))
            WHERE NOT EXISTS (SELECT FROM known_keys WHERE told_at > \(moment))
            ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key, told_at = excluded.told_at
            """
        )
        transaction.enqueue("DELETE FROM known_keys WHERE told_at < (SELECT max(told_at) FROM known_keys)")
    }
}

/// Keeps the keys that Directory tells, for ``AccessTokens``.
///
/// Tells nothing. An older set that arrives late replaces nothing.
package struct KeepSigningKeys: Handler {
    /// Creates the handler.
    package init() {}

    /// Keeps the newest set.
    package func handle(_ events: [Received<SigningKeysPublished>], in transaction: EventTransaction) async throws {
        // There is one set, so that a batch brings one event of it at a time.
        for event in events {
            KnownKeys.replace(event.body.keys, toldAt: event.body.publishedAt, in: transaction)
        }
    }
}
