import PostgreSQL
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct MigratorIntegrationTests {
    private let stack = TestStack()

    private func migration(_ name: String, _ text: String) -> Migration { Migration(name, Array(text.utf8)) }

    private func with(_ body: (Database) async throws -> Void) async throws {
        try await stack.withDatabase { name in
            let database = Database(configuration: try stack.database(name), logger: .silent)
            try await body(database)
            await database.close()
        }
    }

    @Test func `several migrators at once apply each step once`() async throws {
        try await with { database in
            let steps = (1...5).map { migration("V00\($0)_t\($0)", "CREATE TABLE t\($0) (n int8);") }
            let applied = try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await Migrator(database: database, schema: "s").migrate(steps) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == steps.map(\.name))
            #expect(try await Migrator(database: database, schema: "s").pending(steps) == [])
        }
    }

    /// Like a service's database, with a limit of its statements that no test has to wait for.
    private func withImpatient(_ body: (Database, Database) async throws -> Void) async throws {
        try await stack.withDatabase { name in
            var configuration = try stack.database(name)
            configuration.statementTimeout = .milliseconds(200)
            configuration.lockTimeout = .milliseconds(100)
            let (database, other) = (
                Database(configuration: configuration, logger: .silent),
                Database(configuration: configuration, logger: .silent)
            )
            try await body(database, other)
            await database.close()
            await other.close()
        }
    }

    @Test func `a step may take longer than a service's statement, and so may the wait for another migrator`()
        async throws
    {
        try await withImpatient { database, other in
            let steps = [migration("V001_a", "SELECT pg_sleep(0.7); CREATE TABLE a (n int8);")]
            async let first = Migrator(database: database, schema: "s").migrate(steps)
            async let second = Migrator(database: other, schema: "s").migrate(steps)
            let applied = try await first + second
            #expect(applied == ["V001_a"])
            // The limit holds again for what comes after on the same connection.
            for database in [database, other] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.query("SELECT pg_sleep(0.5)")
                }
                #expect(error?.state == .queryCanceled)
            }
        }
    }

    @Test func `a step that gets no lock lets the others through, tries again, and gives up with a clear word`()
        async throws
    {
        try await withImpatient { database, other in
            _ = try await Migrator(database: database, schema: "s").migrate([
                migration("V001_a", "CREATE TABLE a (n int8);")
            ])
            let steps = [
                migration("V001_a", "CREATE TABLE a (n int8);"),
                migration("V002_b", "ALTER TABLE a ADD COLUMN m int8;"),
            ]
            func migrator(_ attempts: Int) -> Migrator {
                Migrator(database: database, schema: "s", lockTimeout: .milliseconds(50), lockAttempts: attempts)
            }
            try await other.transaction { transaction in
                _ = try await transaction.query("SELECT * FROM s.a")
                let error = await #expect(throws: DatabaseError.self) { try await migrator(1).migrate(steps) }
                #expect(error?.state == .lockNotAvailable)
                #expect(error?.description.contains("V002_b") == true)
                // Nothing of it is left behind, neither an open transaction nor a queued lock.
                _ = try await database.query("SELECT * FROM s.a")
            }
            let applied = try await other.transaction { transaction in
                _ = try await transaction.query("SELECT * FROM s.a")
                let patient = migrator(20)
                let run = Task { try await patient.migrate(steps) }
                let start = ContinuousClock.now
                try await eventually("it has waited in vain") { start.duration(to: .now) > .milliseconds(400) }
                return run
            }
            #expect(try await applied.value == ["V002_b"])
        }
    }

    @Test func `a step that fails leaves nothing of itself and can be tried again`() async throws {
        try await with { database in
            let migrator = Migrator(database: database, schema: "s")
            await #expect(throws: DatabaseError.self) {
                try await migrator.migrate([migration("V001_a", "CREATE TABLE a (n int8); CREATE TABLE a (n int8);")])
            }
            let applied = try await migrator.migrate([migration("V001_a", "CREATE TABLE a (n int8);")])
            #expect(applied == ["V001_a"])
        }
    }

    @Test(arguments: ["edited", "removed", "overtaken"])
    func `history that is not this program's is refused with the step's name`(fault: String) async throws {
        try await with { database in
            let migrator = Migrator(database: database, schema: "s")
            let steps = [
                migration("V001_a", "CREATE TABLE a (n int8);"), migration("V003_c", "CREATE TABLE c (n int8);"),
            ]
            _ = try await migrator.migrate(steps)
            let changed =
                switch fault {
                case "edited": [migration("V001_a", "CREATE TABLE a (n int4);"), steps[1]]
                case "removed": [steps[1]]
                default: [steps[0], migration("V002_b", "CREATE TABLE b (n int8);"), steps[1]]
                }
            let error = await #expect(throws: DatabaseError.self) { try await migrator.migrate(changed) }
            #expect(error?.code == .migrationMismatch)
            #expect(error?.description.contains(fault == "overtaken" ? "V003_c" : "V001_a") == true)
        }
    }
}
