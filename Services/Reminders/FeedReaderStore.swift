import Calendar
import Contracts
import Messaging
import PostgreSQL

/// The SQL of who may read feeds.
enum FeedReaderStore {
    /// Queues that what Directory told is kept, unless something later is, and ends the addresses that a reader had for units for which
    /// they may read no more.
    ///
    /// - Parameter moment: when it came to be so: an address that was asked for afterwards rests on a role that will be told of.
    static func keep(_ reader: FeedReader, version: Int, since moment: Timestamp, in transaction: Transaction) throws {
        let standings = JSONText(String(decoding: try EventCoding.encode(reader.standings), as: UTF8.self))
        transaction.enqueue(
            """
            INSERT INTO feed_readers (subject, version, standings) VALUES (\(reader.subject), \(version), \(standings))
            ON CONFLICT (subject) DO UPDATE SET version = excluded.version, standings = excluded.standings
            WHERE feed_readers.version < excluded.version
            """
        )
        transaction.enqueue(
            """
            DELETE FROM feeds USING feed_readers
            WHERE feeds.subject = \(reader.subject) AND feed_readers.subject = feeds.subject
              AND feed_readers.version = \(version) AND feeds.made_at <= \(moment)
              AND NOT feeds.unit = ANY(\(reader.standings.map(\.unit)))
            """
        )
    }

    /// Whether a row of an address, with what is known of its reader, may be read on a day; of whom Directory has told nothing yet, may.
    static func isGood(_ row: Row, on day: CivilDate) throws -> Bool {
        guard let text = try row["standings", as: String?.self] else { return true }
        let standings = try EventCoding.decode([FeedReader.Standing].self, from: Array(text.utf8))
        let unit = try row["unit", as: String.self]
        return standings.contains { $0.unit == unit && $0.isGood(on: day) }
    }

    /// An address that somebody has, without its secret.
    struct Held: Sendable {
        let subject: String
        let madeAt: Timestamp
        let endsAt: Timestamp
    }

    /// The addresses of a unit that are good, by their readers.
    static func held(of unit: String, in transaction: Transaction) async throws -> [Held] {
        let rows = try await transaction.query(held(of: unit))
        let day = CivilDate(of: try await RemindersStore.now(in: transaction))
        return try rows.filter { try isGood($0, on: day) }.map {
            Held(
                subject: try $0["subject", as: String.self],
                madeAt: try $0["made_at", as: Timestamp.self],
                endsAt: try $0["ends_at", as: Timestamp.self]
            )
        }
    }

    /// The statement of ``held(of:in:)``.
    static func held(of unit: String, prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) SELECT feeds.subject, feeds.unit, feeds.made_at, feeds.ends_at, feed_readers.standings
        FROM feeds LEFT JOIN feed_readers USING (subject)
        WHERE feeds.unit = \(unit) AND feeds.ends_at > now() ORDER BY feeds.subject
        """
    }

    /// Ends a reader's address for a unit.
    ///
    /// - Returns: whether there was one.
    static func end(_ subject: String, of unit: String, in transaction: Transaction) async throws -> Bool {
        let rows = try await transaction.query(
            "DELETE FROM feeds WHERE unit = \(unit) AND subject = \(subject) RETURNING subject"
        )
        return !rows.isEmpty
    }
}
