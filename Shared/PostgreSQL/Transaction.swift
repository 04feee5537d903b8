/// Statements that take effect together or not at all.
///
/// Statements are queued and cross to the connection's thread in one array: `BEGIN` goes with the first that is awaited,
/// `COMMIT` with the last. A transaction of any number of statements costs one round trip when it awaits no result.
/// Not Sendable. `open`, the one access level that lets another module of the package subclass it (SE-0386): Messaging's
/// transaction is one that can publish as well.
open class Transaction {
    private let session: TransactionSession

    init(connection: DatabaseConnection) {
        session = TransactionSession(connection: connection)
    }

    /// The same transaction under another type.
    package init(sharing other: Transaction) {
        session = other.session
    }

    /// Queues a statement whose result nobody waits for; a failure appears at the next awaited statement or the commit.
    package func enqueue(_ sql: SQL) {
        session.queue.append(sql)
    }

    /// Runs a statement, after everything queued before it, and returns its rows.
    ///
    /// - Throws: `DatabaseError` of the first statement that failed.
    package func query(_ sql: SQL) async throws -> RowSet {
        try await query([sql])[0]
    }

    /// Runs statements in one round trip.
    ///
    /// - Throws: `DatabaseError` of the first statement that failed.
    package func query(_ statements: [SQL]) async throws -> [RowSet] {
        Array(try await session.ship(statements, commits: false).suffix(statements.count))
    }

    /// Runs a statement and returns the number of rows it touched.
    ///
    /// - Throws: `DatabaseError` of the first statement that failed.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int {
        try await query(sql).affected
    }

    func commit() async throws {
        guard session.hasBegun || !session.queue.isEmpty else { return }
        _ = try await session.ship(["COMMIT"], commits: true)
        session.hasEnded = true
    }

    /// Ends the transaction without effect; whatever failed before is what the caller hears of.
    func rollback() async {
        session.queue = []
        guard session.hasBegun, !session.hasEnded else { return }
        // A connection that cannot even roll back is found out at its next use and thrown away.
        _ = try? await session.connection.run(["ROLLBACK"], commits: false)
        session.hasEnded = true
    }
}

/// What the views of one transaction share.
private final class TransactionSession {
    let connection: DatabaseConnection
    var queue: [SQL] = []
    var hasBegun = false
    var hasEnded = false

    init(connection: DatabaseConnection) {
        self.connection = connection
    }

    func ship(_ statements: [SQL], commits: Bool) async throws -> [RowSet] {
        guard !hasEnded else { throw DatabaseError(.misuse, "the transaction has ended") }
        var segment: [SQL] = []
        segment.reserveCapacity(queue.count + statements.count + 1)
        if !hasBegun { segment.append("BEGIN") }
        segment += queue
        segment += statements
        queue.removeAll(keepingCapacity: true)
        hasBegun = true
        return try await connection.run(segment, commits: commits)
    }
}
