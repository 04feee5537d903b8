import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

/// A dump goes into another cluster, whose transactions begin at the beginning.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RestoreTests {
    private let stack = StackControl()

    private func address(_ configuration: DatabaseConfiguration) -> String {
        let host = configuration.hosts[0]
        return "--dbname=postgresql://\(configuration.user):\(configuration.password)@\(host.name):\(host.port)/"
            + configuration.database
    }

    @Test func `after a dump and a restore into a new cluster the record of acts goes on`() async throws {
        try await stack.undoing {
            try await stack.run("database-reset", "--server", "frail")
        } after: {
            try await stack.run("database-start", "--server", "frail")
            try await ToyHarness.with { old in
                let toy = try old.toy()
                // Further than a new cluster is once it holds the dump.
                try await toy.database.runScript(
                    """
                    CREATE PROCEDURE spend() LANGUAGE plpgsql AS $$
                    BEGIN FOR n IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$
                    """
                )
                try await toy.database.runScript("CALL spend()")
                try await toy.act(4)
                try await toy.seal(4)
                try await toy.act(2)
                try await ToyHarness.with(stack: try TestStack.frail()) { new in
                    try await Program.inFolder { folder in
                        let file = folder.appending(path: "dump").path
                        _ = try Program.output(
                            "pg_dump",
                            [address(old.database), "--format=custom", "--schema=toy", "--file=\(file)"]
                        )
                        _ = try Program.output(
                            "pg_restore",
                            [
                                address(new.database), "--clean", "--if-exists", "--exit-on-error",
                                "--single-transaction", file,
                            ]
                        )
                    }
                    let heir = try new.toy()
                    let isBehind = try await new.number(
                        "SELECT (pg_current_xact_id()::text::int8 < (SELECT min(xid::text::int8) FROM acts))::int::int8"
                    )
                    #expect(isBehind == 1, "or this would show nothing")
                    #expect(try await Backlog.Stored.of(heir.database).unsealed == 2)
                    try await heir.act(3)
                    #expect(try await Backlog.Stored.of(heir.database).unsealed == 5)
                    try await heir.seal(5)
                    let found = try await SealVerification.of(heir.database, published: [:])
                    #expect(found.unsealed == 0 && found.faults == [])
                    let page = try await heir.database.transaction { try await ActPage.after(nil, of: .toy, in: $0) }
                    #expect(try #require(page).entries.count == 9)
                    await heir.database.close()
                }
                await toy.database.close()
            }
        }
    }
}
