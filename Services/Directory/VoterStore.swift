import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of voters' registrations and of the numbers that made people.
enum VoterStore {
    /// Whether a number has made a person.
    static func isKnown(_ number: [UInt8], in transaction: Transaction) async throws -> Bool {
        try await transaction.query("SELECT 1 FROM phones WHERE number = \(number)").count > 0
    }

    /// Queues whose a number is.
    static func keep(_ number: [UInt8], of person: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("INSERT INTO phones (number, person) VALUES (\(number), \(person.rawValue))")
    }

    /// Queues a registration.
    static func insert(_ registration: PhoneRegistration, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO phone_registrations (id, message, number, code, sealed, tries, asked_at, expires_at)
            VALUES (\(registration.id.rawValue), \(registration.message.rawValue), \(registration.number),
                    \(registration.code), \(registration.sealed), \(registration.tries), \(registration.askedAt),
                    \(registration.expiresAt))
            """
        )
    }

    /// A registration, locked; nil when there is none.
    static func registration(
        _ id: SuggestionID? = nil,
        message: SuggestionID? = nil,
        in transaction: Transaction
    ) async throws -> PhoneRegistration? {
        try await transaction.query(
            """
            SELECT * FROM phone_registrations WHERE id = \(id?.rawValue) OR message = \(message?.rawValue) FOR UPDATE
            """
        )
        .first.map(registration)
    }

    /// Messages that no gateway has fetched, the oldest first.
    static func waiting(
        at now: Timestamp,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [PhoneRegistration] {
        try await transaction.query(
            """
            SELECT * FROM phone_registrations WHERE sealed IS NOT NULL AND expires_at > \(now)
            ORDER BY expires_at, id LIMIT \(limit)
            """
        )
        .map(registration)
    }

    /// How many messages wait for a gateway.
    static func waitingCount(at now: Timestamp, in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            "SELECT count(*) FROM phone_registrations WHERE sealed IS NOT NULL AND expires_at > \(now)"
        )[0].value(at: 0, as: Int.self)
    }

    /// Queues that a wrong code was shown.
    static func countTry(of id: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("UPDATE phone_registrations SET tries = tries + 1 WHERE id = \(id.rawValue)")
    }

    /// Queues that a message was fetched: number and code can be read no more.
    static func forget(message: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("UPDATE phone_registrations SET sealed = NULL WHERE message = \(message.rawValue)")
    }

    /// Queues that a registration was confirmed.
    static func remove(_ id: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM phone_registrations WHERE id = \(id.rawValue)")
    }

    /// Queues that what has ended goes.
    static func sweep(at now: Timestamp, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM phone_registrations WHERE expires_at <= \(now)")
    }

    private static func registration(_ row: Row) throws -> PhoneRegistration {
        PhoneRegistration(
            id: try row.id("id"),
            message: try row.id("message"),
            number: try row["number", as: [UInt8].self],
            code: try row["code", as: [UInt8].self],
            sealed: try row["sealed", as: [UInt8]?.self],
            tries: try row["tries", as: Int.self],
            askedAt: try row["asked_at", as: Timestamp.self]
        )
    }
}
