package import Logging
import Synchronization

/// A database behind a small pool of connections, each with a thread of its own.
package final class Database: Sendable {
    private typealias Waiter = CheckedContinuation<Grant, any Error>

    private enum Grant: Sendable {
        case use(DatabaseConnection)
        case open
    }

    private struct State {
        var pool: PoolState<DatabaseConnection, Waiter>
        var nextWaiter: UInt64 = 0
        var lastFailure: DatabaseError?
        /// The index of the host that answered last: after a failover the first may come back, and would take writes again
        /// that belong to its successor.
        var host = 0
    }

    /// Attempts of a transaction whose first statement met a prepared statement that has become stale.
    private static let staleAttempts = 2

    private let configuration: DatabaseConfiguration
    private let logger: Logger
    private let state: Mutex<State>

    /// Creates a pool; nothing is connected yet.
    package init(configuration: DatabaseConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        state = Mutex(State(pool: PoolState(limit: configuration.poolSize)))
    }

    /// The last failure to connect; nil once a connection was made again.
    package var lastFailure: DatabaseError? { state.withLock { $0.lastFailure } }

    /// Runs `body` in one transaction and commits what it did, or rolls back and throws what it threw.
    ///
    /// - Throws: what `body` throws; `DatabaseError`, with `.outcomeUnknown` when the connection broke during the commit.
    package func transaction<Result>(_ body: (Transaction) async throws -> Result) async throws -> Result {
        let connection = try await lease()
        let transaction = Transaction(connection: connection)
        do {
            let result = try await body(transaction)
            try await transaction.commit()
            giveBack(connection, isUsable: true)
            return result
        } catch {
            await transaction.rollback()
            giveBack(connection, isUsable: await connection.isUsable)
            throw error
        }
    }

    /// Runs one statement in a transaction of its own.
    ///
    /// - Throws: `DatabaseError`.
    package func query(_ sql: SQL) async throws -> RowSet {
        try await withConnection { connection in
            for _ in 1..<Self.staleAttempts {
                do {
                    return try await connection.run([sql], commits: false)[0]
                } catch let error as DatabaseError
                    where error.state == .featureNotSupported || error.state == .invalidStatementName
                {
                    continue
                }
            }
            return try await connection.run([sql], commits: false)[0]
        }
    }

    /// Runs one statement in a transaction of its own and returns the number of rows it touched.
    ///
    /// - Throws: `DatabaseError`.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int {
        try await query(sql).affected
    }

    /// Runs a script of several statements on a connection of its own thread.
    ///
    /// - Throws: `DatabaseError` of the first statement that failed; what a script did before it stays unless the script
    ///   opened a transaction.
    package func runScript(_ text: String) async throws {
        try await withConnection { try await $0.runScript(text) }
    }

    /// Loads rows in the text format of COPY.
    ///
    /// - Parameters:
    ///   - statement: a `COPY … FROM STDIN` statement.
    ///   - next: gives the next chunk of whole lines, nil at the end.
    /// - Returns: the number of rows.
    /// - Throws: `DatabaseError`; nothing is loaded then.
    @discardableResult
    package func copyIn(_ statement: String, _ next: @Sendable () throws -> [UInt8]?) async throws -> Int {
        try await withConnection { try await $0.copyIn(statement, next) }
    }

    /// Closes idle connections; those in use close when they come back no more.
    package func close() async {
        for connection in state.withLock({ $0.pool.drain() }) { await connection.close() }
    }

    func withConnection<Result>(_ body: (DatabaseConnection) async throws -> Result) async throws -> Result {
        let connection = try await lease()
        do {
            let result = try await body(connection)
            giveBack(connection, isUsable: true)
            return result
        } catch {
            giveBack(connection, isUsable: await connection.isUsable)
            throw error
        }
    }

    private func lease() async throws -> DatabaseConnection {
        while true {
            switch state.withLock({ $0.pool.lease() }) {
            case .use(let connection):
                if await connection.isUsable { return connection }
                await connection.close()
                handOver(state.withLock { $0.pool.lost() })
            case .open: return try await open()
            case .wait:
                switch try await grant() {
                case .use(let connection): return connection
                case .open: return try await open()
                }
            }
        }
    }

    private func grant() async throws -> Grant {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Between the failed lease and here a connection may have come back: ask once more under the same lock.
                let grant: Grant? = state.withLock { state in
                    switch state.pool.lease() {
                    case .use(let connection): return .use(connection)
                    case .open: return .open
                    case .wait:
                        state.pool.wait(id, continuation)
                        return nil
                    }
                }
                if let grant { continuation.resume(returning: grant) }
                // The handler below may have run before the waiter was in the queue.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: UInt64) {
        state.withLock { $0.pool.cancel(id) }?.resume(throwing: CancellationError())
    }

    private func open() async throws -> DatabaseConnection {
        let connection = DatabaseConnection(configuration: configuration)
        do {
            let host = try await connection.open(from: state.withLock { $0.host })
            state.withLock { state in
                state.lastFailure = nil
                state.host = host
            }
            return connection
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastFailure = error as? DatabaseError }
                return state.lastFailure == nil
            }
            if isNew { logger.error("database unreachable", metadata: ["error": "\(error)"]) }
            await connection.close()
            handOver(state.withLock { $0.pool.lost() })
            throw error
        }
    }

    private func giveBack(_ connection: DatabaseConnection, isUsable: Bool) {
        handOver(state.withLock { isUsable ? $0.pool.giveBack(connection) : $0.pool.lost() })
    }

    private func handOver(_ handover: PoolState<DatabaseConnection, Waiter>.Handover) {
        switch handover {
        case .nobody: break
        case .give(let waiter, let connection): waiter.resume(returning: .use(connection))
        case .mayOpen(let waiter): waiter.resume(returning: .open)
        }
    }
}
