import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SealIntegrationTests {
    /// Lends a service with acts under three seals, and the heads that were published.
    private func with(
        _ body: (_ harness: ToyHarness, _ database: Database, _ ids: [UUID], _ heads: [Int: String]) async throws ->
            Void
    ) async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let sealer = Sealer(outbox: toy.outbox, logger: .silent)
            var aggregates: [SuggestionID] = []
            for _ in 0..<3 {
                for _ in 0..<5 {
                    let aggregate = SuggestionID.make()
                    aggregates.append(aggregate)
                    try await toy.outbox.transaction { transaction in
                        try transaction.publish(
                            Ponged(sentAt: .now, filler: "字"),
                            about: aggregate,
                            version: 1,
                            act: Act(actor: "unit:toy", authority: "代表法 §51")
                        )
                    }
                }
                try await settled(toy.database)
                #expect(try await sealer.seal() == 5)
            }
            let rows = try await toy.database.query("SELECT number, encode(head, 'hex') AS head FROM seals")
            var heads: [Int: String] = [:]
            for row in rows { heads[try row["number", as: Int.self]] = try row["head", as: String.self] }
            let ids = try await toy.database.query("SELECT id FROM acts ORDER BY xid, id")
                .map { try $0.value(at: 0, as: UUID.self) }
            try await body(harness, toy.database, ids, heads)
            await toy.database.close()
        }
    }

    /// Waits until no transaction of the server, also in another test's database, is older than the acts.
    private func settled(_ database: Database) async throws {
        try await eventually("the acts are older than every running transaction") {
            try await database.query("SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid) AS settled FROM acts")[
                0
            ][
                "settled",
                as: Bool.self
            ]
        }
    }

    /// Does to the tables what only their owner could, with the triggers out of the way.
    private func tamper(_ database: Database, _ statements: String) async throws {
        try await database.runScript(
            """
            ALTER TABLE acts DISABLE TRIGGER acts_append_only; ALTER TABLE seals DISABLE TRIGGER seals_append_only;
            \(statements);
            ALTER TABLE acts ENABLE TRIGGER acts_append_only; ALTER TABLE seals ENABLE TRIGGER seals_append_only;
            """
        )
    }

    @Test func `sound acts verify, and those not yet sealed are counted`() async throws {
        try await with { harness, database, _, heads in
            #expect(
                try await SealVerification.of(database, published: heads)
                    == SealVerification(seals: 3, unsealed: 0, faults: [])
            )
            let toy = try harness.toy()
            try await toy.outbox.transaction { transaction in
                try transaction.publish(
                    Ponged(sentAt: .now, filler: ""),
                    about: .make(),
                    version: 1,
                    act: Act(actor: "a", authority: "b")
                )
            }
            #expect(
                try await SealVerification.of(database, published: heads)
                    == SealVerification(seals: 3, unsealed: 1, faults: [])
            )
            await toy.database.close()
        }
    }

    @Test func `neither an update nor a delete gets past the table itself`() async throws {
        try await with { _, database, _, _ in
            for statement in ["UPDATE acts SET actor = 'x'", "DELETE FROM acts", "DELETE FROM seals"] as [SQL] {
                await #expect(throws: DatabaseError.self) { try await database.execute(statement) }
            }
        }
    }

    @Test func `a changed act, a missing act and one slipped in are found and located`() async throws {
        try await with { _, database, ids, heads in
            try await tamper(database, "UPDATE acts SET actor = 'unit:other' WHERE id = '\(ids[6])'")
            try await tamper(database, "DELETE FROM acts WHERE id = '\(ids[12])'")
            try await tamper(
                database,
                """
                INSERT INTO acts SELECT '\(UUID.least)', '\(UUID.least)', 1, name, actor, authority, occurred_at,
                    traceparent, cause, body, xid FROM acts WHERE id = '\(ids[0])'
                """
            )
            let found = try await SealVerification.of(database, published: heads)
            #expect(Set(found.faults) == [.changed(ids[6], seal: 2), .missing(ids[12], seal: 3), .slippedIn(.least)])
        }
    }

    @Test func `from where somebody has acted is sealed too: neither taken away nor put there later`() async throws {
        try await with { harness, database, ids, heads in
            let toy = try harness.toy()
            let id = EventID.make()
            try await Place.$current.withValue("203.0.113.0/24") {
                try await toy.outbox.transaction { transaction in
                    try transaction.publish(
                        Ponged(sentAt: .now, filler: "there"),
                        about: .make(),
                        version: 1,
                        act: Act(actor: "person:1@binjiang", authority: "b"),
                        id: id
                    )
                }
            }
            try await settled(toy.database)
            #expect(try await Sealer(outbox: toy.outbox, logger: .silent).seal() == 1)
            #expect(try await SealVerification.of(database, published: heads).faults == [])
            try await tamper(database, "UPDATE acts SET origin = NULL WHERE id = '\(id)'")
            try await tamper(database, "UPDATE acts SET origin = '198.51.100.0/24' WHERE id = '\(ids[3])'")
            let found = try await SealVerification.of(database, published: heads)
            #expect(Set(found.faults) == [.changed(id.rawValue, seal: 4), .changed(ids[3], seal: 1)])
            await toy.database.close()
        }
    }

    @Test func `a tail cut behind a published head, a replaced head and a missing seal are found`() async throws {
        try await with { _, database, ids, heads in
            try await tamper(
                database,
                "DELETE FROM acts WHERE id = ANY(ARRAY[\(ids[10...].map { "'\($0)'" }.joined(separator: ","))]::uuid[]);"
                    + "DELETE FROM seals WHERE number = 3"
            )
            let cut = try await SealVerification.of(database, published: heads)
            #expect(cut.faults == [.tailCut(lastSeal: 2, published: 3)])
            try await tamper(database, "UPDATE seals SET head = sha256('forged') WHERE number = 2")
            let replaced = try await SealVerification.of(database, published: [2: heads[2] ?? ""])
            #expect(Set(replaced.faults) == [.chainBroken(at: 2), .headReplaced(2)])
            try await tamper(database, "DELETE FROM seals WHERE number = 1")
            let gap = try await SealVerification.of(database, published: [:])
            #expect(gap.faults.contains(.sealMissing(1)))
        }
    }

    @Test func `a transaction that commits late is sealed too, and never behind the chain's end`() async throws {
        try await with { harness, database, _, _ in
            let toy = try harness.toy()
            let sealer = Sealer(outbox: toy.outbox, logger: .silent)
            try await toy.outbox.transaction { late in
                // An older transaction than the next, and still open while that one commits.
                try await late.execute("SELECT pg_current_xact_id()")
                try late.publish(
                    Ponged(sentAt: .now, filler: "late"),
                    about: .make(),
                    version: 1,
                    act: Act(actor: "a", authority: "b")
                )
                let other = try harness.toy()
                try await other.outbox.transaction { early in
                    try early.publish(
                        Ponged(sentAt: .now, filler: "early"),
                        about: .make(),
                        version: 1,
                        act: Act(actor: "a", authority: "b")
                    )
                }
                #expect(try await sealer.seal() == 0, "what may still be preceded is not sealed")
                await other.database.close()
            }
            try await settled(toy.database)
            #expect(try await sealer.seal() == 2)
            let found = try await SealVerification.of(database, published: [:])
            #expect(found == SealVerification(seals: 4, unsealed: 0, faults: []))
            await toy.database.close()
        }
    }
}
