import Contracts
import Foundation
import PostgreSQL
import Support
import Testing

@testable import Dashboard
@testable import Directory
@testable import Intake
@testable import Messaging
@testable import Reminders
@testable import Replies
@testable import Routing

/// Every service's role at the database, as `Deploy/PostgreSQL/roles.sql` makes them: what it cannot do, and that it can work.
@Suite(.timeLimit(.minutes(5)))
struct DatabaseRolesIntegrationTests {
    private static let migrations: [ServiceName: [Migration]] = [
        .intake: IntakeStore.migrations, .routing: RoutingStore.migrations, .replies: RepliesStore.migrations,
        .reminders: Reminders.Main.migrations, .dashboard: Dashboard.Main.migrations,
        .directory: DirectoryStore.migrations,
    ]

    /// Lends a database that the roles were made in and every service was migrated in, by the operator.
    private func with(_ body: ((_ role: String, _ schema: String) throws -> Database) async throws -> Void)
        async throws
    {
        try await Gate.worlds.enter()
        defer { Gate.worlds.leave() }
        let stack = TestStack()
        try await stack.withDatabase { name in
            try await load(into: name, of: stack)
            func connect(_ role: String, _ schema: String) throws -> Database {
                var configuration = try stack.database(name, schema: schema, poolSize: 2)
                (configuration.user, configuration.password) = (role, Self.password(of: role))
                return Database(configuration: configuration, logger: .silent)
            }
            for (service, migrations) in Self.migrations.sorted(by: { $0.key < $1.key }) {
                let database = try connect("ebinda", service.rawValue)
                _ = try await Migrator(database: database, schema: service.rawValue)
                    .migrate(Migration.messaging + migrations)
                await database.close()
            }
            // Each time the stack comes up.
            try await load(into: name, of: stack)
            try await body(connect)
        }
    }

    private static func password(of role: String) -> String { "secret-of-\(role)" }

    /// Runs the script itself, by the program that runs it where it is deployed.
    private func load(into name: String, of stack: TestStack) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "roles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for role in ["ebinda"] + ServiceName.all.map(\.rawValue) {
            try Self.password(of: role).write(
                to: folder.appending(path: "database-\(role)"),
                atomically: true,
                encoding: .utf8
            )
        }
        let script = try String(
            contentsOf: Documents.root.appending(path: "Deploy/PostgreSQL/roles.sql"),
            encoding: .utf8
        )
        let here = script.replacing("/run/secrets", with: folder.path).replacing(
            "DATABASE ebinda",
            with: "DATABASE \(name)"
        )
        let program = URL(fileURLWithPath: "/usr/bin/psql")
        let ended = try await Command(
            [
                "-X", "-q", "-h", try stack.variable("EBINDA_DATABASE_HOST"), "-p",
                try stack.variable("EBINDA_DATABASE_PORT"), "-U", try stack.variable("EBINDA_DATABASE_USER"), "-d",
                name,
            ],
            ["PGPASSWORD": try stack.variable("EBINDA_DATABASE_PASSWORD"), "PATH": "/usr/bin:/bin"],
            input: here,
            program: program
        ).run()
        try #require(ended.status == 0, "\(ended.errors)")
    }

    @Test
    func `no service's role changes or removes an act, lifts the guard, empties a table or sees another's schema`()
        async throws
    {
        try await with { connect in
            for service in ServiceName.all {
                let database = try connect(service.rawValue, service.rawValue)
                try await act(as: service, in: database)
                let other = service == .intake ? "routing" : "intake"
                let forbidden = [
                    "UPDATE acts SET actor = 'x'", "UPDATE acts SET body = body", "DELETE FROM acts", "TRUNCATE acts",
                    "ALTER TABLE acts DISABLE TRIGGER acts_append_only", "ALTER TABLE acts DISABLE TRIGGER ALL",
                    "DROP TRIGGER acts_append_only ON acts", "DROP TABLE acts", "ALTER TABLE acts OWNER TO \(service)",
                    "UPDATE seals SET head = 'x'", "DELETE FROM seals", "TRUNCATE seals", "TRUNCATE outbox",
                    "DELETE FROM migrations", "CREATE TABLE mine (id int)", "CREATE SCHEMA mine",
                    "CREATE OR REPLACE FUNCTION redacted(content bytea) RETURNS bytea LANGUAGE sql AS 'SELECT content'",
                    "SELECT 1 FROM \(other).acts", "INSERT INTO \(other).inbox (id) VALUES (gen_random_uuid())",
                    "SET ROLE ebinda", "SET session_replication_role = replica",
                ]
                for statement in forbidden {
                    let error = await #expect(throws: DatabaseError.self, "\(service): \(statement)") {
                        try await database.runScript(statement)
                    }
                    // Insufficient privilege, also to see that there is such a schema (PostgreSQL, appendix A).
                    #expect(error?.state == "42501", "\(service): \(statement): \(error.map { "\($0)" } ?? "")")
                }
                let left = try await database.query("SELECT count(*) FROM acts")[0].value(at: 0, as: Int.self)
                #expect(left == 1, "\(service)")
                await database.close()
            }
        }
    }

    @Test func `under its own role a service adds acts, seals them and takes an erased item's words out of them`()
        async throws
    {
        try await with { connect in
            for service in ServiceName.all {
                let database = try connect(service.rawValue, service.rawValue)
                let item = try await act(as: service, in: database)
                // A seal reaches up to the oldest transaction that runs anywhere on the server, other tests' included.
                try await eventually("\(service) seals") {
                    try await database.transaction { try await SealStore.seal(in: $0) }?.count == 1
                }
                let cause = EventID.make()
                try await database.transaction { Erasure.apply(to: item, cause: cause, at: .now, in: $0) }
                let bodies = try await database.query("SELECT body FROM acts WHERE aggregate = \(item.rawValue)")
                let body = String(decoding: try bodies[0]["body", as: [UInt8].self], as: UTF8.self)
                #expect(body.contains("〔已删除〕") && !body.contains("路灯"), "\(service)")
                await database.close()
            }
        }
    }

    /// Adds an act with a word of somebody's, as the engine does.
    @discardableResult
    private func act(as service: ServiceName, in database: Database) async throws -> SuggestionID {
        let item = SuggestionID.make()
        try await database.execute(
            """
            INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body)
            VALUES (gen_random_uuid(), \(item.rawValue), 1, 'suggestion.received', 'receipt:BJ-1', 'suggestion.hand-in', now(),
                    convert_to('{"text":"路灯不亮"}', 'UTF8'))
            """
        )
        return item
    }
}
