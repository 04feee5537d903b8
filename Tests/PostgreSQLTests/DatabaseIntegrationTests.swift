import Foundation
import Support
import Synchronization
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(5)))
struct DatabaseIntegrationTests {
    private let stack = TestStack()

    private func with(poolSize: Int = 2, _ body: (Database) async throws -> Void) async throws {
        try await stack.withDatabase { name in
            let database = Database(
                configuration: try stack.database(name, poolSize: poolSize),
                logger: .silent
            )
            try await body(database)
            await database.close()
        }
    }

    @Test func `every type goes to the server and comes back`() async throws {
        try await with { database in
            let id = UUID()
            let row = try await database.query(
                """
                SELECT \(true) AS bool, \(Int.min) AS int, \(Int16(-3)) AS short, \(Int32.max) AS long, \(-0.5) AS double,
                       \("滨江 «e» 'x' \\") AS text, \(id) AS uuid, \([UInt8]([0, 255, 39])) AS bytes,
                       \([UInt8]()) AS no_bytes, \(JSONText(#"{"a": [1]}"#)) AS json, \(String?.none) AS null,
                       \([1, 2, 3]) AS ints, \([String?]([nil, "", "乙"])) AS texts, \([UUID]()) AS no_uuids,
                       \([[UInt8]([1]), []]) AS chunks
                """
            )[0]
            #expect(try row["bool", as: Bool.self])
            #expect(try row["int", as: Int.self] == .min)
            #expect(try row["short", as: Int.self] == -3)
            #expect(try row["long", as: Int.self] == Int(Int32.max))
            #expect(try row["double", as: Double.self] == -0.5)
            #expect(try row["text", as: String.self] == "滨江 «e» 'x' \\")
            #expect(try row["uuid", as: UUID.self] == id)
            #expect(try row["bytes", as: [UInt8].self] == [0, 255, 39])
            #expect(try row["no_bytes", as: [UInt8].self] == [])
            #expect(try row["json", as: String.self] == #"{"a": [1]}"#)
            #expect(try row["null", as: String?.self] == nil)
            #expect(try row["ints", as: [Int].self] == [1, 2, 3])
            #expect(try row["texts", as: [String?].self] == [nil, "", "乙"])
            #expect(try row["no_uuids", as: [UUID].self] == [])
            #expect(try row["chunks", as: [[UInt8]].self] == [[1], []])
        }
    }

    @Test func `a null, a missing column and a wrong type are errors that name the column`() async throws {
        try await with { database in
            let row = try await database.query("SELECT NULL::text AS empty, 1::int8 AS number")[0]
            #expect(throws: DatabaseError.self) { try row["empty", as: String.self] }
            #expect(throws: DatabaseError.self) { try row["absent", as: String.self] }
            let error = #expect(throws: DatabaseError.self) { try row["number", as: UUID.self] }
            #expect(error?.code == .columnMismatch)
            #expect(error?.description.contains("number") == true)
        }
    }

    @Test func `a transaction of any number of queued statements crosses to the server once`() async throws {
        try await stack.withDatabase { name in
            let proxy = TCPProxy(to: Int(try stack.variable("EBINDA_DATABASE_PORT")) ?? 0)
            let database = Database(
                configuration: try stack.database(name, poolSize: 1, port: proxy.port),
                logger: .silent
            )
            try await database.runScript("CREATE TABLE t (n int8)")
            // Held back until everything is sent: a second round trip would wait for an answer that cannot come.
            let committed = Mutex(false)
            proxy.mute()
            async let transaction: Void = database.transaction { transaction in
                for number in 0..<100 { transaction.enqueue("INSERT INTO t (n) VALUES (\(number))") }
            }
            let look = Database(configuration: try stack.database(name), logger: .silent)
            try await eventually("the rows are committed although no answer has come") {
                try await look.query("SELECT count(*) FROM t")[0].value(at: 0, as: Int.self) == 100
            }
            #expect(!committed.withLock { $0 })
            proxy.resume()
            try await transaction
            await look.close()
            await database.close()
            proxy.close()
        }
    }

    @Test func `the first failing statement is what is reported and nothing of the transaction stays`() async throws {
        try await with { database in
            try await database.runScript("CREATE TABLE t (n int8 CONSTRAINT t_key PRIMARY KEY)")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction { transaction in
                    transaction.enqueue("INSERT INTO t VALUES (1)")
                    transaction.enqueue("INSERT INTO t VALUES (1)")
                    transaction.enqueue("INSERT INTO nowhere VALUES (1)")
                }
            }
            #expect(error?.state == .uniqueViolation)
            #expect(error?.constraint == "t_key")
            #expect(error?.description.contains("(1)") == false, "the server's detail quotes the row")
            #expect(try await database.query("SELECT count(*) FROM t")[0].value(at: 0, as: Int.self) == 0)
        }
    }

    @Test func `a commit that the server refuses is an error`() async throws {
        try await with { database in
            try await database.runScript(
                "CREATE TABLE t (n int8 CONSTRAINT t_key UNIQUE DEFERRABLE INITIALLY DEFERRED)"
            )
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1), (1)")
                }
            }
            #expect(error?.state == .uniqueViolation)
            #expect(try await database.query("SELECT count(*) FROM t")[0].value(at: 0, as: Int.self) == 0)
        }
    }

    @Test func `what the body throws undoes the transaction and is thrown on`() async throws {
        struct Stop: Error {}
        try await with { database in
            try await database.runScript("CREATE TABLE t (n int8)")
            await #expect(throws: Stop.self) {
                try await database.transaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    throw Stop()
                }
            }
            #expect(try await database.query("SELECT count(*) FROM t")[0].value(at: 0, as: Int.self) == 0)
        }
    }

    @Test func `a terminated connection is reported as lost and replaced`() async throws {
        try await with(poolSize: 1) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            #expect(error?.isInfrastructure == true)
            let answer = try await database.query("SELECT 1::int8")[0].value(at: 0, as: Int.self)
            #expect(answer == 1)
        }
    }

    @Test func `a server gone silent is given up after the statement's time`() async throws {
        try await stack.withDatabase { name in
            let proxy = TCPProxy(to: Int(try stack.variable("EBINDA_DATABASE_PORT")) ?? 0)
            var configuration = try stack.database(name, poolSize: 1, port: proxy.port)
            configuration.statementTimeout = .milliseconds(300)
            let database = Database(configuration: configuration, logger: .silent)
            #expect(try await database.query("SELECT 1::int8")[0].value(at: 0, as: Int.self) == 1)
            proxy.pause()
            let error = await #expect(throws: DatabaseError.self) { try await database.query("SELECT 1::int8") }
            #expect(error?.code == .timeout)
            let unknown = await #expect(throws: DatabaseError.self) {
                proxy.resume()
                try await database.transaction { transaction in
                    try await transaction.execute("SELECT 1")
                    proxy.pause()
                }
            }
            #expect(unknown?.code == .outcomeUnknown, "a commit without an answer may have happened")
            proxy.close()
        }
    }

    @Test func `those who wait for a connection are served in turn, and a cancelled one leaves the line`() async throws
    {
        try await with(poolSize: 1) { database in
            try await database.transaction { transaction in
                _ = try await transaction.query("SELECT 1")
                let cancelled = Task { try await database.query("SELECT 0::int8") }
                cancelled.cancel()
                await #expect(throws: CancellationError.self) { try await cancelled.value }
            }
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask { try await database.query("SELECT \(number)")[0].value(at: 0, as: Int.self) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(answers == Set(0..<20))
        }
    }

    @Test func `a schema change does not break statements that are prepared`() async throws {
        try await with(poolSize: 1) { database in
            try await database.runScript("CREATE TABLE t (n int8); INSERT INTO t VALUES (1)")
            #expect(try await database.query("SELECT * FROM t")[0].value(at: 0, as: Int.self) == 1)
            try await database.runScript("ALTER TABLE t ALTER COLUMN n TYPE text")
            #expect(try await database.query("SELECT * FROM t")[0].value(at: 0, as: String.self) == "1")
        }
    }

    @Test func `rows are loaded by COPY, and a broken load leaves nothing`() async throws {
        try await with { database in
            try await database.runScript("CREATE TABLE t (n int8, s text)")
            let lines = Mutex((1...1_000).map { "\($0)\t行\($0)\n" })
            let count = try await database.copyIn("COPY t FROM STDIN") {
                lines.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
            }
            #expect(count == 1_000)
            let bad = Mutex(["1\ta\n", "x\tb\n"])
            await #expect(throws: DatabaseError.self) {
                try await database.copyIn("COPY t FROM STDIN") {
                    bad.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
                }
            }
            #expect(try await database.query("SELECT count(*) FROM t")[0].value(at: 0, as: Int.self) == 1_000)
        }
    }

    @Test func `no description of a configuration shows its password`() throws {
        let configuration = try stack.database("x")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(configuration.password))
        }
    }

    @Test(arguments: [DatabaseConfiguration.Planning.byIndex, .byStatistics])
    func `a plan made while its table was small reads it whole unless indexes are asked for`(
        planning: DatabaseConfiguration.Planning
    ) async throws {
        try await stack.withDatabase { name in
            var configuration = try stack.database(name, poolSize: 1)
            configuration.planning = planning
            let database = Database(configuration: configuration, logger: .silent)
            try await database.runScript(
                "CREATE TABLE keys (id int8 PRIMARY KEY) WITH (autovacuum_enabled = off); INSERT INTO keys VALUES (1); ANALYZE keys"
            )
            let statement: SQL = "SELECT count(*) FROM keys WHERE id = ANY(\([1, 2, 3]))"
            // The server keeps one plan from the sixth time on (manual, PREPARE).
            for _ in 0..<7 { _ = try await database.query(statement) }
            try await database.runScript("INSERT INTO keys SELECT generate_series(2, 2000)")
            let before = try await read(database)
            _ = try await database.query(statement)
            #expect(try await read(database) - before == (planning == .byIndex ? 0 : 2_000))
            await database.close()
        }
    }

    /// Rows of the table that were read without an index.
    private func read(_ database: Database) async throws -> Int {
        _ = try await database.query("SELECT pg_stat_force_next_flush()")
        let rows = try await database.query("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'keys'")
        return try rows[0].value(at: 0, as: Int.self)
    }
}
