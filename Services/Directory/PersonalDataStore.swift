import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of what is held of a person, and of its erasure.
enum PersonalDataStore {
    /// Acts that an export has at most: a working life signs in some thousand times.
    static let actsLimit = 10_000

    /// Whether a person was erased.
    static func isErased(_ person: SuggestionID, in transaction: Transaction) async throws -> Bool {
        try await transaction.query("SELECT 1 FROM erased WHERE suggestion = \(person.rawValue)").count > 0
    }

    /// Takes away what somebody signs in with and whom an attempt is counted for, in the order in which signing in locks it; the
    /// person's row comes behind.
    ///
    /// - Parameter key: under which the login's failures are kept.
    static func eraseAttempts(of person: SuggestionID, key: [UInt8], in transaction: Transaction) {
        let id = person.rawValue
        transaction.enqueue("DELETE FROM challenges WHERE person = \(id)")
        transaction.enqueue("DELETE FROM attempts WHERE key = \(key)")
        transaction.enqueue("DELETE FROM factors WHERE person = \(id)")
    }

    /// Takes away the rest, of a person who is locked: which roles they held stays, under the id.
    static func erase(_ person: Person, in transaction: Transaction) {
        let id = person.id.rawValue
        transaction.enqueue(
            """
            DELETE FROM phone_registrations WHERE number IN (SELECT number FROM phones WHERE person = \(id))
            """
        )
        for table in ["phones", "sessions", "invitations", "identities", "provider_states", "challenges", "factors"] {
            transaction.enqueue("DELETE FROM \(unsafe: table) WHERE person = \(id)")
        }
        // The row stays: by its version what was told of it is counted.
        transaction.enqueue(
            """
            UPDATE credentials SET rounds = NULL, block_size = NULL, parallelism = NULL, salt = NULL, hash = NULL,
                locked_at = NULL, signed_in_at = NULL
            WHERE person = \(id)
            """
        )
        transaction.enqueue(
            """
            UPDATE people SET login = \(person.login), name = \(person.name), version = \(person.version),
                changed_at = \(person.changedAt)
            WHERE id = \(id)
            """
        )
    }

    /// What a person signs in with, as far as it can be told.
    static func signIn(of person: SuggestionID, in transaction: Transaction) async throws -> PersonalData.SignIn {
        let id = person.rawValue
        let rows = try await transaction.query([
            """
            SELECT credentials.rounds IS NOT NULL AS password, locked_at, signed_in_at, factors.confirmed_at,
                   invitations.expires_at AS invited_until,
                   EXISTS (SELECT FROM phones WHERE phones.person = wanted.id) AS phone,
                   (SELECT count(*) FROM recovery_codes WHERE recovery_codes.person = wanted.id) AS codes
            FROM (SELECT \(id) AS id) AS wanted LEFT JOIN credentials ON credentials.person = wanted.id
                 LEFT JOIN factors ON factors.person = wanted.id LEFT JOIN invitations ON invitations.person = wanted.id
            """,
            "SELECT provider, subject, linked_at FROM identities WHERE person = \(id) ORDER BY provider, subject",
        ])
        let row = rows[0][0]
        return PersonalData.SignIn(
            password: try row["password", as: Bool.self],
            phone: try row["phone", as: Bool.self],
            lockedAt: try row["locked_at", as: Timestamp?.self],
            signedInAt: try row["signed_in_at", as: Timestamp?.self],
            factorSince: try row["confirmed_at", as: Timestamp?.self],
            recoveryCodes: try row["codes", as: Int.self],
            invitedUntil: try row["invited_until", as: Timestamp?.self],
            identities: try rows[1].map {
                PersonalData.Identity(
                    provider: try $0["provider", as: String.self],
                    subject: try $0["subject", as: String.self],
                    linkedAt: try $0["linked_at", as: Timestamp.self]
                )
            }
        )
    }

    /// The codes that lead, or have led, to a deputy.
    static func codes(of person: SuggestionID, in transaction: Transaction) async throws -> [PersonalData.Card] {
        try await transaction.query(
            """
            SELECT codes.*, coalesce(good, 0) AS scans FROM codes LEFT JOIN code_scans ON code_scans.code = codes.id
            WHERE deputy = \(person.rawValue) ORDER BY issued_at, id
            """
        ).map { row in
            PersonalData.Card(
                code: try row["id", as: UUID.self],
                station: try row["station", as: String.self],
                place: try row["place", as: String?.self],
                issuedAt: try row["issued_at", as: Timestamp.self],
                revokedAt: try row["revoked_at", as: Timestamp?.self],
                scans: try row["scans", as: Int.self]
            )
        }
    }

    /// What was done by a person, or about them: the acts that name their id, in whatever place.
    ///
    /// Reads every act of this schema, by no index: nobody asks often.
    static func acts(of person: SuggestionID, in transaction: Transaction) async throws -> (
        deeds: [PersonalData.Deed], hasOlder: Bool
    ) {
        let (id, text) = (person.rawValue, person.description)
        let deeds = try await transaction.query(
            """
            SELECT name, actor, authority, origin, occurred_at FROM acts
            WHERE aggregate = \(id) OR starts_with(actor, \("person:" + text))
                  OR position(convert_to(\(text), 'UTF8') IN body) > 0
            ORDER BY occurred_at DESC, id DESC LIMIT \(actsLimit + 1)
            """
        ).map { row in
            PersonalData.Deed(
                name: try row["name", as: String.self],
                actor: try row["actor", as: String.self],
                authority: try row["authority", as: String.self],
                origin: try row["origin", as: String?.self],
                occurredAt: try row["occurred_at", as: Timestamp.self]
            )
        }
        return (Array(deeds.prefix(actsLimit)), deeds.count > actsLimit)
    }
}
