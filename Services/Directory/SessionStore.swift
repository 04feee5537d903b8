import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of sessions, and of what ends by itself.
enum SessionStore {
    /// Queues a new session.
    static func insert(_ session: Session, secret: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO sessions (id, person, secret, made_at, used_at, manner, factor, agent, network)
            VALUES (\(session.id.rawValue), \(session.person.rawValue), \(secret), \(session.madeAt), \(session.usedAt),
                    \(session.manner.rawValue), \(session.factor), \(session.agent), \(session.network))
            """
        )
    }

    /// A session by the hash of its secret, locked; nil when there is none.
    static func session(_ secret: [UInt8], in transaction: Transaction) async throws -> Session? {
        try await transaction.query("SELECT * FROM sessions WHERE secret = \(secret) FOR UPDATE").first.map(session)
    }

    /// A person's sessions, newest first; those that have ended by themselves may be among them.
    static func sessions(of person: SuggestionID, in transaction: Transaction) async throws -> [Session] {
        try await transaction.query(
            "SELECT * FROM sessions WHERE person = \(person.rawValue) ORDER BY made_at DESC, id DESC"
        )
        .map(session)
    }

    /// Queues that a token was asked for.
    static func touch(_ id: SuggestionID, at now: Timestamp, in transaction: Transaction) {
        transaction.enqueue("UPDATE sessions SET used_at = \(now) WHERE id = \(id.rawValue)")
    }

    /// Removes a person's session, or all of them.
    ///
    /// - Returns: those that were there.
    static func remove(
        _ id: SuggestionID? = nil,
        of person: SuggestionID,
        in transaction: Transaction
    ) async throws -> [SuggestionID] {
        try await transaction.query(
            """
            DELETE FROM sessions WHERE person = \(person.rawValue) AND coalesce(id = \(id?.rawValue), true) RETURNING id
            """
        )
        .map { try $0.id("id") }
    }

    private static func session(_ row: Row) throws -> Session {
        Session(
            id: try row.id("id"),
            person: try row.id("person"),
            madeAt: try row["made_at", as: Timestamp.self],
            usedAt: try row["used_at", as: Timestamp.self],
            manner: try row.listed("manner"),
            factor: try row["factor", as: Bool.self],
            agent: try row["agent", as: String.self],
            network: try row["network", as: String?.self]
        )
    }

    /// Removes what has ended by itself, so that no table grows with those who try.
    ///
    /// - Parameter longest: how long a session lasts at most.
    static func sweep(at now: Timestamp, longest: Duration, in transaction: Transaction) {
        // Three days are more than the longest lock and what is remembered of it.
        let forgotten = now + .seconds(-3 * 86_400)
        transaction.enqueue("DELETE FROM sessions WHERE made_at < \(now + (.zero - longest))")
        transaction.enqueue("DELETE FROM challenges WHERE expires_at < \(now)")
        transaction.enqueue("DELETE FROM provider_states WHERE expires_at < \(now)")
        transaction.enqueue("DELETE FROM invitations WHERE expires_at < \(now)")
        transaction.enqueue("DELETE FROM attempts WHERE changed_at < \(forgotten)")
        transaction.enqueue("DELETE FROM allowances WHERE changed_at < \(forgotten)")
    }
}
