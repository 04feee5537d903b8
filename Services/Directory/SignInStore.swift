import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// A person with what they sign in with.
struct Credentials: Sendable {
    let person: Person
    /// nil when there is no password yet.
    let password: PasswordHash?
    /// When sign-in was last locked, and last complete.
    let lockedAt: Timestamp?
    let signedInAt: Timestamp?
}

/// A second factor as it is stored.
struct StoredFactor: Sendable {
    let sealed: [UInt8]
    let isConfirmed: Bool
    let lastStep: Int64
}

/// A sign-in that waits for the second factor.
struct Challenge: Sendable {
    let person: SuggestionID
    let manner: SessionStarted.Manner
    let tries: Int
    let expiresAt: Timestamp
}

/// The SQL of signing in; people and their roles are only read here.
enum SignInStore {
    // MARK: People

    /// A person by what they sign in with, or by id; nil when there is none.
    static func credentials(
        login: String? = nil,
        of person: SuggestionID? = nil,
        in transaction: Transaction
    ) async throws -> Credentials? {
        let rows = try await transaction.query(
            """
            SELECT people.*, rounds, block_size, parallelism, salt, hash, locked_at, signed_in_at
            FROM people LEFT JOIN credentials ON credentials.person = people.id
            WHERE people.login = \(login) OR people.id = \(person?.rawValue)
            """
        )
        return try rows.first.map { row in
            Credentials(
                person: Person(
                    id: try row.id("id"),
                    version: try row["version", as: Int.self],
                    login: try row["login", as: String.self],
                    name: try row["name", as: String.self],
                    state: try row.listed("state"),
                    changedAt: try row["changed_at", as: Timestamp.self]
                ),
                password: try row["rounds", as: Int?.self].map { try password(row, rounds: $0) },
                lockedAt: try row["locked_at", as: Timestamp?.self],
                signedInAt: try row["signed_in_at", as: Timestamp?.self]
            )
        }
    }

    /// Whether a person takes part; whoever ends or erases them waits until this transaction ends.
    static func isActive(_ person: SuggestionID, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            "SELECT 1 FROM people WHERE id = \(person.rawValue) AND state = 'active' FOR SHARE"
        ).count > 0
    }

    private static func password(_ row: Row, rounds: Int) throws -> PasswordHash {
        PasswordHash(
            cost: .init(
                rounds: rounds,
                blockSize: try row["block_size", as: Int.self],
                parallelism: try row["parallelism", as: Int.self]
            ),
            salt: try row["salt", as: [UInt8].self],
            hash: try row["hash", as: [UInt8].self]
        )
    }

    /// The roles that a person may act in on a day, oldest first.
    static func holdings(
        of person: SuggestionID,
        on day: CivilDate,
        in transaction: Transaction
    ) async throws -> [GoodHolding] {
        let day = day.description
        return try await transaction.query(
            """
            SELECT holdings.id, role, unit, units.name AS unit_name, valid_until::text AS until
            FROM holdings JOIN units ON units.code = unit
            WHERE person = \(person.rawValue) AND holdings.state = 'confirmed' AND valid_from <= \(day)::date
              AND (valid_until IS NULL OR valid_until >= \(day)::date)
            ORDER BY holdings.id
            """
        )
        .map { row in
            GoodHolding(
                id: try row["id", as: UUID.self],
                role: try row.listed("role"),
                unit: try row["unit", as: String.self],
                unitName: try row["unit_name", as: String.self],
                until: try row["until", as: String?.self]
            )
        }
    }

    /// The version of the next event about a person's credentials, and what it is about; whoever asks next waits until this
    /// transaction ends.
    static func nextVersion(
        of person: SuggestionID,
        in transaction: Transaction
    ) async throws -> (about: SuggestionID, version: Int) {
        let row = try await transaction.query(
            """
            INSERT INTO credentials (person, id, version) VALUES (\(person.rawValue), \(UUIDv7.make()), 1)
            ON CONFLICT (person) DO UPDATE SET version = credentials.version + 1 RETURNING id, version
            """
        )[0]
        return (try row.id("id"), try row["version", as: Int.self])
    }

    /// Queues a person's password; there is a row.
    static func put(_ hash: PasswordHash, of person: SuggestionID, in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE credentials SET rounds = \(hash.cost.rounds), block_size = \(hash.cost.blockSize),
                parallelism = \(hash.cost.parallelism), salt = \(hash.salt), hash = \(hash.hash)
            WHERE person = \(person.rawValue)
            """
        )
    }

    /// Queues that sign-in as a person was locked.
    static func noteLock(of person: SuggestionID, at now: Timestamp, in transaction: Transaction) {
        note("locked_at", of: person, at: now, in: transaction)
    }

    /// Queues that a person has signed in.
    static func noteSignIn(of person: SuggestionID, at now: Timestamp, in transaction: Transaction) {
        note("signed_in_at", of: person, at: now, in: transaction)
    }

    /// Whoever has no row yet gets one of which nothing has been told.
    private static func note(_ column: String, of person: SuggestionID, at now: Timestamp, in transaction: Transaction)
    {
        transaction.enqueue(
            """
            INSERT INTO credentials (person, id, version, \(unsafe: column))
            VALUES (\(person.rawValue), \(UUIDv7.make()), 0, \(now))
            ON CONFLICT (person) DO UPDATE SET \(unsafe: column) = excluded.\(unsafe: column)
            """
        )
    }

    // MARK: Limits

    /// A login's failures; whoever asks next waits until this transaction ends.
    static func limit(_ key: [UInt8], at now: Timestamp, in transaction: Transaction) async throws -> SignInLimit {
        let row = try await transaction.query(
            """
            INSERT INTO attempts (key, failures, locks, changed_at) VALUES (\(key), 0, 0, \(now))
            ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at
            RETURNING failures, since, locked_until, locks, last_lock
            """
        )[0]
        return SignInLimit(
            failures: try row["failures", as: Int.self],
            since: try row["since", as: Timestamp?.self],
            lockedUntil: try row["locked_until", as: Timestamp?.self],
            locks: try row["locks", as: Int.self],
            lastLock: try row["last_lock", as: Timestamp?.self]
        )
    }

    /// Queues a login's failures.
    static func put(_ limit: SignInLimit, of key: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE attempts SET failures = \(limit.failures), since = \(limit.since), locked_until = \(limit.lockedUntil),
                locks = \(limit.locks), last_lock = \(limit.lastLock)
            WHERE key = \(key)
            """
        )
    }

    /// What an address may still do; whoever asks next waits until this transaction ends.
    static func allowance(
        _ key: [UInt8],
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> AddressAllowance {
        // A row that was there is locked as it is.
        let rows = try await transaction.query([
            """
            INSERT INTO allowances (key, remaining, changed_at) VALUES (\(key), \(AddressAllowance.capacity), \(now))
            ON CONFLICT (key) DO NOTHING
            """,
            "SELECT remaining, changed_at FROM allowances WHERE key = \(key) FOR UPDATE",
        ])[1]
        return AddressAllowance(
            try rows.first.map {
                (try $0["remaining", as: Double.self], try $0["changed_at", as: Timestamp.self])
            },
            now: now
        )
    }

    /// Queues what an address may still do.
    static func put(_ allowance: AddressAllowance, of key: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            "UPDATE allowances SET remaining = \(allowance.left), changed_at = \(allowance.at) WHERE key = \(key)"
        )
    }

    // MARK: Second factors

    /// A person's second factor, locked; nil when there is none.
    static func factor(of person: SuggestionID, in transaction: Transaction) async throws -> StoredFactor? {
        try await transaction.query("SELECT * FROM factors WHERE person = \(person.rawValue) FOR UPDATE").first.map {
            row in
            StoredFactor(
                sealed: try row["secret", as: [UInt8].self],
                isConfirmed: try row["confirmed_at", as: Timestamp?.self] != nil,
                lastStep: Int64(try row["last_step", as: Int.self])
            )
        }
    }

    /// Queues a second factor that is not in force yet, in the place of another such.
    static func begin(_ sealed: [UInt8], of person: SuggestionID, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO factors (person, secret, last_step) VALUES (\(person.rawValue), \(sealed), 0)
            ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, last_step = 0 WHERE factors.confirmed_at IS NULL
            """
        )
    }

    /// Queues that a second factor is in force, with its recovery codes.
    static func confirm(
        _ codes: [[UInt8]],
        of person: SuggestionID,
        at now: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue("UPDATE factors SET confirmed_at = \(now) WHERE person = \(person.rawValue)")
        transaction.enqueue("INSERT INTO recovery_codes (person, hash) SELECT \(person.rawValue), unnest(\(codes))")
    }

    /// Queues the step of the last code that was used.
    static func use(step: Int64, of person: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("UPDATE factors SET last_step = \(Int(step)) WHERE person = \(person.rawValue)")
    }

    /// Uses a recovery code up; false when there is no such.
    static func use(recovery hash: [UInt8], of person: SuggestionID, in transaction: Transaction) async throws -> Bool {
        try await transaction.execute(
            "DELETE FROM recovery_codes WHERE person = \(person.rawValue) AND hash = \(hash)"
        ) == 1
    }

    /// Queues that a person has no second factor, and no recovery codes.
    static func removeFactor(of person: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM factors WHERE person = \(person.rawValue)")
    }

    // MARK: Challenges and invitations

    /// Queues a sign-in that waits for the second factor.
    static func insert(_ challenge: Challenge, hash: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO challenges (hash, person, manner, tries, expires_at)
            VALUES (\(hash), \(challenge.person.rawValue), \(challenge.manner.rawValue), \(challenge.tries),
                    \(challenge.expiresAt))
            """
        )
    }

    /// A sign-in that waits, locked, one try further; nil when there is none.
    static func challenge(_ hash: [UInt8], in transaction: Transaction) async throws -> Challenge? {
        try await transaction.query("UPDATE challenges SET tries = tries + 1 WHERE hash = \(hash) RETURNING *").first
            .map {
                Challenge(
                    person: try $0.id("person"),
                    manner: try $0.listed("manner"),
                    tries: try $0["tries", as: Int.self],
                    expiresAt: try $0["expires_at", as: Timestamp.self]
                )
            }
    }

    /// Queues that a sign-in waits no more.
    static func remove(challenge hash: [UInt8], in transaction: Transaction) {
        transaction.enqueue("DELETE FROM challenges WHERE hash = \(hash)")
    }

    /// Queues an invitation, in the place of the one before.
    static func invite(
        _ person: SuggestionID,
        hash: [UInt8],
        until: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue(
            """
            INSERT INTO invitations (person, hash, expires_at) VALUES (\(person.rawValue), \(hash), \(until))
            ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at
            """
        )
    }

    /// Whom an invitation is for; nil when it is none, has been used, or has ended.
    ///
    /// - Parameter using: whether it is used up.
    static func invited(
        by hash: [UInt8],
        at now: Timestamp,
        using: Bool,
        in transaction: Transaction
    ) async throws -> SuggestionID? {
        let rows =
            using
            ? try await transaction.query(
                "DELETE FROM invitations WHERE hash = \(hash) AND expires_at > \(now) RETURNING person"
            )
            : try await transaction.query("SELECT person FROM invitations WHERE hash = \(hash) AND expires_at > \(now)")
        return try rows.first.map { try $0.id("person") }
    }
}
