import CLibPQ
import Glibc

/// A libpq connection: the only place that calls the library.
///
/// Not Sendable: it belongs to one ``DatabaseConnection``, whose thread makes every call. «One thread at a time per
/// PGconn; different PGconn are independent» (libpq manual §34.20).
final class DatabaseHandle {
    /// What connecting waits for next (manual §34.1, PQconnectPoll).
    enum ConnectStep {
        case reading, writing, connected
        case failed(String)
    }

    /// The next thing in the pipeline's order.
    enum Event {
        /// The end of one command's results.
        case none
        case rows(RowSet)
        case failure(DatabaseError)
        /// A command that was not run because one before it failed.
        case aborted
        case synchronized
    }

    private let connection: OpaquePointer

    /// Begins to connect; nil when libpq is out of memory.
    init?(_ parameters: [(name: String, value: String)]) {
        var keywords: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        let copies = parameters.flatMap { [strdup($0.name), strdup($0.value)] }
        defer { for copy in copies { free(copy) } }
        for index in stride(from: 0, to: copies.count, by: 2) {
            keywords.append(UnsafePointer(copies[index]))
            values.append(UnsafePointer(copies[index + 1]))
        }
        keywords.append(nil)
        values.append(nil)
        guard let connection = PQconnectStartParams(keywords, values, 0) else { return nil }
        self.connection = connection
        // «The default notice processor writes to stderr» (§34.13); notices of this project's statements say nothing new.
        _ = PQsetNoticeReceiver(connection, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    /// The descriptor; it may change with each step of connecting.
    var descriptor: Int32? {
        let descriptor = PQsocket(connection)
        return descriptor >= 0 ? descriptor : nil
    }

    var isBroken: Bool { PQstatus(connection) == CONNECTION_BAD }

    /// The last error's first line, which names no data for connection errors.
    var errorLine: String {
        let text = String(cString: PQerrorMessage(connection))
        return text.split(separator: "\n").first.map(String.init) ?? "unknown error"
    }

    /// A value that the server reports on its own (§34.2), such as `in_hot_standby`.
    func parameter(_ name: String) -> String? {
        PQparameterStatus(connection, name).map { String(cString: $0) }
    }

    func connectPoll() -> ConnectStep {
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        case PGRES_POLLING_OK: .connected
        default: .failed(errorLine)
        }
    }

    /// Non-blocking and in pipeline mode, as every request but ``execute(_:)`` needs it.
    func enterPipeline() -> Bool {
        PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1
    }

    func sendPrepare(name: String, text: String, types: [UInt32]) -> Bool {
        PQsendPrepare(connection, name, text, Int32(types.count), types) == 1
    }

    func sendPrepared(name: String, _ binds: BindBuffer) -> Bool {
        let count = binds.count
        return binds.bytes.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: max(1, count)) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, count) * 2) { numbers in
                    for (index, span) in binds.spans.enumerated() {
                        values[index] =
                            span.start < 0
                            ? nil
                            : bytes.baseAddress.map {
                                UnsafeRawPointer($0 + span.start).assumingMemoryBound(to: CChar.self)
                            }
                        numbers[index] = span.length
                        numbers[count + index] = 1
                    }
                    return PQsendQueryPrepared(
                        connection,
                        name,
                        Int32(count),
                        values.baseAddress,
                        numbers.baseAddress,
                        numbers.baseAddress.map { $0 + count },
                        1
                    ) == 1
                }
            }
        }
    }

    func sendSync() -> Bool { PQpipelineSync(connection) == 1 }

    /// Writes what is buffered; true while some is left.
    func flush() -> Bool { PQflush(connection) == 1 }

    /// Reads what has arrived; false when the connection is lost.
    func consumeInput() -> Bool { PQconsumeInput(connection) == 1 }

    /// Whether ``nextEvent()`` would wait.
    var isBusy: Bool { PQisBusy(connection) == 1 }

    func nextEvent() -> Event {
        guard let result = PQgetResult(connection) else { return .none }
        defer { PQclear(result) }
        return switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .rows(Self.rows(of: result))
        case PGRES_PIPELINE_SYNC: .synchronized
        case PGRES_PIPELINE_ABORTED: .aborted
        default: .failure(Self.error(of: result))
        }
    }

    /// Runs statements separated by semicolons outside the pipeline, and waits on this thread for their end.
    ///
    /// For migrations: pipeline mode refuses several statements in one text.
    func execute(_ text: String) -> DatabaseError? {
        guard PQexitPipelineMode(connection) == 1 else { return DatabaseError(.misuse, "the pipeline is not idle") }
        defer { _ = PQenterPipelineMode(connection) }
        guard let result = PQexec(connection, text) else { return DatabaseError(.connectionLost, errorLine) }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return nil
        default: return Self.error(of: result)
        }
    }

    /// Sends rows to a `COPY … FROM STDIN`, and waits on this thread for the end.
    func copyIn(_ text: String, _ next: () throws -> [UInt8]?) throws -> Int {
        guard PQexitPipelineMode(connection) == 1, PQsetnonblocking(connection, 0) == 0 else {
            throw DatabaseError(.misuse, "the pipeline is not idle")
        }
        defer { _ = enterPipeline() }
        guard let start = PQexec(connection, text) else { throw DatabaseError(.connectionLost, errorLine) }
        defer { PQclear(start) }
        guard PQresultStatus(start) == PGRES_COPY_IN else { throw Self.error(of: start) }
        do {
            while let chunk = try next() {
                let sent = chunk.withUnsafeBytes {
                    PQputCopyData(connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
                }
                guard sent == 1 else { throw DatabaseError(.connectionLost, errorLine) }
            }
        } catch {
            _ = PQputCopyEnd(connection, "given up by the client")
            while let result = PQgetResult(connection) { PQclear(result) }
            throw error
        }
        guard PQputCopyEnd(connection, nil) == 1 else { throw DatabaseError(.connectionLost, errorLine) }
        var (count, failure): (Int, DatabaseError?) = (0, nil)
        while let result = PQgetResult(connection) {
            if PQresultStatus(result) == PGRES_COMMAND_OK {
                count = Int(String(cString: PQcmdTuples(result))) ?? 0
            } else {
                failure = failure ?? Self.error(of: result)
            }
            PQclear(result)
        }
        if let failure { throw failure }
        return count
    }

    private static func rows(of result: OpaquePointer) -> RowSet {
        let (rowCount, columnCount) = (PQntuples(result), PQnfields(result))
        let affected = Int(String(cString: PQcmdTuples(result))) ?? 0
        guard columnCount > 0 else { return RowSet(affected: affected) }
        let columns = (0..<columnCount).map {
            RowSet.Column(name: String(cString: PQfname(result, $0)), type: PQftype(result, $0))
        }
        var rows = RowSet(columns: columns, affected: affected)
        rows.cells.reserveCapacity(Int(rowCount * columnCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                    rows.cells.append((-1, 0))
                    continue
                }
                let length = Int(PQgetlength(result, row, column))
                rows.cells.append((rows.bytes.count, length))
                rows.bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
            }
        }
        return rows
    }

    private static func error(of result: OpaquePointer) -> DatabaseError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        // PG_DIAG_… are character literals, which the importer leaves out: C SQLSTATE, n constraint.
        guard let state = field(67) else {
            return DatabaseError(.connectionLost, "the server closed the connection")
        }
        return DatabaseError(
            .server,
            "refused by the server",
            state: DatabaseError.State(state),
            constraint: field(110),
            detail: String(cString: PQresultErrorMessage(result))
        )
    }
}
