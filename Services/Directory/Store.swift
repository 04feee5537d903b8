import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of Directory.
enum DirectoryStore {
    static let migrations = [
        Migration("V001_accounts", PackageResources.V001_accounts_sql),
        Migration("V002_people", PackageResources.V002_people_sql),
        Migration("V003_sign_in", PackageResources.V003_sign_in_sql),
        Migration("V004_codes", PackageResources.V004_codes_sql),
        Migration("V010_department_accounts", PackageResources.V010_department_accounts_sql),
        Migration("V011_voters", PackageResources.V011_voters_sql),
        Migration("V015_told_units", PackageResources.V015_told_units_sql),
        Migration("V047_document_words", PackageResources.V047_document_words_sql),
    ]

    /// An account; nil when there is none.
    ///
    /// - Parameter locking: whether nobody else may change it until this transaction ends.
    static func account(_ name: String, locking: Bool, in transaction: Transaction) async throws -> Account? {
        let rows = try await transaction.query(
            "SELECT * FROM accounts WHERE name = \(name) \(unsafe: locking ? "FOR UPDATE" : "")"
        )
        return try rows.first.map(Self.account)
    }

    /// All accounts, by name.
    static func accounts(in transaction: Transaction) async throws -> [Account] {
        try await transaction.query("SELECT * FROM accounts ORDER BY name").map(Self.account)
    }

    private static func account(_ row: Row) throws -> Account {
        Account(
            name: try row["name", as: String.self],
            id: try row.id("id"),
            version: try row["version", as: Int.self],
            unit: try row["unit", as: String.self],
            role: try row.listed("role"),
            secret: try row["secret", as: [UInt8].self],
            state: try row.listed("state"),
            changedAt: try row["changed_at", as: Timestamp.self]
        )
    }

    /// Queues an account as it is now.
    static func put(_ account: Account, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO accounts (name, id, version, unit, role, secret, state, changed_at)
            VALUES (\(account.name), \(account.id.rawValue), \(account.version), \(account.unit), \(account.role.rawValue),
                    \(account.secret), \(account.state.rawValue), \(account.changedAt))
            ON CONFLICT (name) DO UPDATE
            SET version = excluded.version, unit = excluded.unit, role = excluded.role, secret = excluded.secret,
                state = excluded.state, changed_at = excluded.changed_at
            """
        )
    }

    /// Every key there was, with what it signs with, sealed.
    static func keys(in transaction: Transaction) async throws -> [(key: KeySchedule.Key, sealed: [UInt8])] {
        try await transaction.query("SELECT * FROM signing_keys ORDER BY signs_from, id").map { row in
            (
                KeySchedule.Key(
                    id: try row["id", as: String.self],
                    x: try row["public_key", as: String.self],
                    signsFrom: try row["signs_from", as: Timestamp.self],
                    revokedAt: try row["revoked_at", as: Timestamp?.self]
                ),
                try row["private_key", as: [UInt8].self]
            )
        }
    }

    /// Queues a new key.
    static func insert(_ key: KeySchedule.Key, sealed: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO signing_keys (id, public_key, private_key, signs_from)
            VALUES (\(key.id), \(key.x), \(sealed), \(key.signsFrom))
            """
        )
    }

    /// Queues that a key is no longer good.
    static func revoke(_ id: String, at moment: Timestamp, in transaction: Transaction) {
        transaction.enqueue("UPDATE signing_keys SET revoked_at = \(moment) WHERE id = \(id)")
    }

    /// The version of the next telling of the keys; whoever asks next waits until this transaction ends.
    static func nextKeySet(in transaction: Transaction) async throws -> Int {
        try await transaction.query("UPDATE key_sets SET version = version + 1 RETURNING version")[0]
            .value(at: 0, as: Int.self)
    }
}
