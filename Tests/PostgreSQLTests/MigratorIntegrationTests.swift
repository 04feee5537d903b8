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
