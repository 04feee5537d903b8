import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

/// Acts that were restored into another cluster bear numbers of transactions that it has not come to.
@Suite(.timeLimit(.minutes(5)))
struct EraIntegrationTests {
    /// What a dump leaves of a cluster that has seen many more transactions than this one.
    private func restoreFromFar(_ database: Database) async throws {
        try await database.runScript(
            """
            ALTER TABLE acts DISABLE TRIGGER acts_append_only; ALTER TABLE seals DISABLE TRIGGER seals_append_only;
            UPDATE acts SET xid = (xid::text::int8 + 10000000000)::text::xid8;
            UPDATE seals SET last_xid = (last_xid::text::int8 + 10000000000)::text::xid8;
            ALTER TABLE acts ENABLE TRIGGER acts_append_only; ALTER TABLE seals ENABLE TRIGGER seals_append_only;
            """
        )
    }

    private func ids(_ database: Database) async throws -> [EventID] {
        try await database.query("SELECT id FROM acts ORDER BY era, xid, id").map { try $0.id("id") }
    }

    /// The acts as a rebuild reads them.
    private func pages(_ database: Database) async throws -> [EventID] {
        var ids: [EventID] = []
        var cursor: String?
        repeat {
            let page = try #require(
                try await database.transaction { try await ActPage.after(cursor, limit: 3, of: .toy, in: $0) }
            )
            ids += page.entries.map(\.metadata.id)
            cursor = page.next
        } while cursor != nil
        return ids
    }

    @Test func `after a restore into another cluster old and new acts are sealed, verified, counted and read in order`()
        async throws
    {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let database = toy.database
            try await toy.act(4)
            try await toy.seal(4)
            try await toy.act(2)
            let before = try await ids(database)
            try await restoreFromFar(database)

            // Nothing was written since: what was not sealed then is sealed now, and read.
            #expect(try await Backlog.Stored.of(database).unsealed == 2)
            #expect(try await pages(database) == before)
            try await toy.act(3)
            let after = try await ids(database)
            #expect(after.count == 9 && Array(after.prefix(6)) == before)
            #expect(try await Backlog.Stored.of(database).unsealed == 5)
            try await toy.seal(5)
            #expect(try await Backlog.Stored.of(database).unsealed == 0)
            #expect(try await pages(database) == after)
            let found = try await SealVerification.of(database, published: [:])
            #expect(found.unsealed == 0 && found.faults == [])
            #expect(try await harness.number("SELECT max(number)::int8 FROM eras") == 1)

            // And once more.
            try await restoreFromFar(database)
            try await toy.act(1)
            try await toy.seal(1)
            #expect(try await SealVerification.of(database, published: [:]).faults == [])
            #expect(try await harness.number("SELECT max(number)::int8 FROM eras") == 2)
            await database.close()
        }
    }

    @Test func `writers that find such acts at once begin one era together, and without them none begins`() async throws
    {
        try await ToyHarness.with { harness in
            let toys = try (0..<4).map { _ in try harness.toy() }
            for isRestored in [false, true] {
                if isRestored { try await restoreFromFar(toys[0].database) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for toy in toys { group.addTask { try await toy.act(25) } }
                    try await group.waitForAll()
                }
                #expect(try await harness.number("SELECT max(number)::int8 FROM eras") == (isRestored ? 1 : 0))
                #expect(
                    try await harness.number("SELECT count(*) FROM acts WHERE era = (SELECT max(number) FROM eras)")
                        == 100
                )
            }
            for toy in toys { await toy.database.close() }
        }
    }

    @Test func `a cursor from before there were eras is understood`() async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            try await toy.act(2)
            let row = try await toy.database.query("SELECT xid::text AS xid, id FROM acts ORDER BY xid LIMIT 1")[0]
            let id: EventID = try row.id("id")
            let cursor = "\(try row["xid", as: String.self]).\(id)"
            try await eventually("the second is read behind the first") {
                let page = try await toy.database.transaction { try await ActPage.after(cursor, of: .toy, in: $0) }
                return try #require(page).entries.count == 1
            }
            await toy.database.close()
        }
    }
}
