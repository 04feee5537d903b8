/// One step of a schema: a file of SQL that is applied once, in order, and never edited afterwards.
package struct Migration: Sendable, Hashable {
    /// `V001_nouns`, which sets the order.
    package let name: String
    /// The script.
    package let text: String

    /// Creates a migration from an embedded file.
    package init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        text = String(decoding: bytes, as: UTF8.self)
    }
}

/// Brings a schema to the program's state: forward only, each step in its own transaction, edited steps refused.
package struct Migrator: Sendable {
    /// Between two attempts to get a lock: those who queued behind the last one have gone through by then.
    private static let lockPause: Duration = .seconds(1)

    private let database: Database
    private let schema: String
    private let lockTimeout: Duration
    private let lockAttempts: Int

    /// Creates a migrator.
    ///
    /// - Parameters:
    ///   - schema: made when it is missing; lower-case letters and underscores.
    ///   - lockTimeout: how long a step waits for a lock at a time. Whoever wants the same table queues up behind it meanwhile: well
    ///     within the time that a service waits for a lock.
    ///   - lockAttempts: how often a step is tried that gets no lock: over a minute in all.
    package init(
        database: Database,
        schema: String,
        lockTimeout: Duration = .seconds(5),
        lockAttempts: Int = 12
    ) {
        self.database = database
        self.schema = schema
        self.lockTimeout = lockTimeout
        self.lockAttempts = lockAttempts
    }

    /// Applies what is missing; several at once wait for each other (an advisory lock of the schema's name), however long.
    ///
    /// A step may take any time; the limits of the configuration are for services' statements.
    ///
    /// - Returns: the names applied now.
    /// - Throws: `DatabaseError` with `.migrationMismatch` when an applied step was edited, removed or overtaken; with the state
    ///   `.lockNotAvailable` and the step's name when somebody holds a lock that it needs.
    package func migrate(_ migrations: [Migration]) async throws -> [String] {
        try await database.withConnection { connection in
            try await connection.runScript("SET statement_timeout = 0")
            // The next one waits for as long as a step of the first may take.
            try await connection.runScript("SET lock_timeout = 0")
            do {
                try await connection.runScript("SELECT pg_advisory_lock(hashtext('ebinda.migrate.\(schema)'))")
                let applied = try await migrate(migrations, on: connection)
                try await connection.runScript(Self.end)
                return applied
            } catch {
                // A rolled-back step leaves the session usable; the lock must not outlive the attempt.
                try? await connection.runScript("ROLLBACK; \(Self.end)")
                throw error
            }
        }
    }

    private static let end = "SELECT pg_advisory_unlock_all(); RESET statement_timeout; RESET lock_timeout"

    /// What would be applied.
    ///
    /// - Throws: as ``migrate(_:)``.
    package func pending(_ migrations: [Migration]) async throws -> [String] {
        try await database.withConnection { connection in
            let table = try await connection.run(
                ["SELECT to_regclass(\("\(schema).migrations")) IS NOT NULL AS exists"],
                commits: false
            )
            guard try table[0][0]["exists", as: Bool.self] else { return migrations.map(\.name) }
            return try await missing(migrations, on: connection).map(\.name)
        }
    }

    private func migrate(_ migrations: [Migration], on connection: DatabaseConnection) async throws -> [String] {
        try await connection.runScript(
            """
            CREATE SCHEMA IF NOT EXISTS \(schema);
            CREATE TABLE IF NOT EXISTS \(schema).migrations (
                name       text        NOT NULL PRIMARY KEY,
                checksum   text        NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            );
            """
        )
        let missing = try await missing(migrations, on: connection)
        for migration in missing {
            var attempt = 1
            while true {
                do {
                    try await apply(migration, on: connection)
                    break
                } catch let error as DatabaseError where error.state == .lockNotAvailable {
                    guard attempt < lockAttempts else { throw locked(migration) }
                    try await connection.runScript("ROLLBACK")
                    attempt += 1
                    try await Task.sleep(for: Self.lockPause)
                }
            }
        }
        return missing.map(\.name)
    }

    private func apply(_ migration: Migration, on connection: DatabaseConnection) async throws {
        try await connection.runScript(
            """
            BEGIN; SET LOCAL search_path = \(schema); SET LOCAL lock_timeout = \(lockTimeout.milliseconds);
            \(migration.text)
            """
        )
        _ = try await connection.run(
            [
                """
                INSERT INTO \(unsafe: schema).migrations (name, checksum)
                VALUES (\(migration.name), encode(sha256(convert_to(\(migration.text), 'UTF8')), 'hex'))
                """
            ],
            commits: false
        )
        try await connection.runScript("COMMIT")
    }

    private func missing(_ migrations: [Migration], on connection: DatabaseConnection) async throws -> [Migration] {
        let rows = try await connection.run(
            [
                """
                SELECT applied.name AS applied, known.name AS known,
                       applied.checksum = encode(sha256(convert_to(known.text, 'UTF8')), 'hex') AS same
                FROM \(unsafe: schema).migrations AS applied
                FULL JOIN unnest(\(migrations.map(\.name)), \(migrations.map(\.text))) AS known (name, text)
                       ON known.name = applied.name
                ORDER BY coalesce(applied.name, known.name)
                """
            ],
            commits: false
        )[0]
        var missing: Set<String> = []
        for row in rows {
            let known = try row["known", as: String?.self]
            guard let applied = try row["applied", as: String?.self] else {
                if let known { missing.insert(known) }
                continue
            }
            guard known != nil else { throw mismatch(applied, "is applied and not known to this program") }
            guard try row["same", as: Bool?.self] == true else {
                throw mismatch(applied, "was edited after it was applied")
            }
            guard missing.isEmpty else { throw mismatch(applied, "is applied although an earlier one is not") }
        }
        return migrations.filter { missing.contains($0.name) }.sorted { $0.name < $1.name }
    }

    private func locked(_ migration: Migration) -> DatabaseError {
        DatabaseError(
            .server,
            "\(schema): \(migration.name) is not applied: somebody holds a lock on its tables (pg_locks says who)",
            state: .lockNotAvailable
        )
    }

    private func mismatch(_ name: String, _ words: String) -> DatabaseError {
        DatabaseError(.migrationMismatch, "\(schema): \(name) \(words)")
    }
}
