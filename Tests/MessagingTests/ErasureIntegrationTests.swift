import Contracts
import Foundation
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Messaging

/// Words are taken out of the record of acts, and the chain says that nothing else was.
@Suite(.timeLimit(.minutes(5)))
struct ErasureIntegrationTests {
    private static let words = "张三住在滨盛路1号"
    private static let body = #"{"number":"BJ-1","title":"\#(words)","text":"\#(words)，电话","round":1}"#

    /// Lends a service with a sealed act of each of two items, and one that is about the first without being its own.
    private func with(
        _ body: (_ database: Database, _ sealer: Sealer, _ item: SuggestionID, _ other: SuggestionID) async throws ->
            Void
    ) async throws {
        try await ToyHarness.with { harness in
            let toy = try harness.toy()
            let (item, other) = (SuggestionID.make(), SuggestionID.make())
            let sealer = Sealer(outbox: toy.outbox, logger: .silent)
            for id in [item, other] {
                try await toy.database.execute(
                    """
                    INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body)
                    VALUES (\(UUIDv7.make()), \(id.rawValue), 1, 'n', 'unit:a', 'contact.reveal (visit): 给张三回电', now(),
                            convert_to(\(Self.body), 'UTF8'))
                    """
                )
            }
            try await toy.database.execute(
                """
                INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body, subject)
                VALUES (\(UUIDv7.make()), \(UUIDv7.make()), 1, 'dead-letter.discarded', 'operator:a', 'dead-letters.discard: 张三',
                        now(), convert_to('no json, 张三', 'UTF8'), \(item.rawValue))
                """
            )
            try await seal(toy.database, sealer)
            try await body(toy.database, sealer, item, other)
            await toy.database.close()
        }
    }

    private func seal(_ database: Database, _ sealer: Sealer) async throws {
        try await eventually("everything is sealed") {
            _ = try await sealer.seal()
            return try await SealVerification.of(database, published: [:]).unsealed == 0
        }
    }

    private func erase(_ item: SuggestionID, because cause: EventID, in database: Database) async throws {
        try await database.transaction { Erasure.apply(to: item, cause: cause, at: .now, in: $0) }
    }

    private func bodies(of item: SuggestionID, in database: Database) async throws -> [String] {
        try await database.query(
            """
            SELECT authority || ' ' || convert_from(body, 'UTF8') AS line FROM acts
            WHERE (aggregate = \(item.rawValue) OR subject = \(item.rawValue)) AND name <> 'record.erased' ORDER BY name
            """
        ).map { try $0["line", as: String.self] }
    }

    @Test func `the words go, their hashes stay, and the chain holds by the record of it`() async throws {
        try await with { database, sealer, item, other in
            let before = try await bodies(of: other, in: database)
            let cause = EventID.make()
            try await erase(item, because: cause, in: database)
            let after = try await bodies(of: item, in: database)
            #expect(after.count == 2)
            for line in after {
                #expect(!line.contains("张三") && line.contains("〔已删除〕sha256:"), "\(line)")
            }
            // Everything else of it is as it was.
            #expect(after.contains { $0.contains("BJ-1") && $0.contains("contact.reveal (visit): 〔已删除〕") })
            #expect(try await bodies(of: other, in: database) == before)
            let told = [cause.rawValue: item.rawValue]
            for _ in 0..<2 {
                let found = try await SealVerification.of(database, published: [:], told: told)
                #expect(found.faults == [] && found.erased == 2)
                try await seal(database, sealer)
            }
            // Again changes nothing, and records nothing.
            let count = try await database.query("SELECT count(*) FROM acts")[0].value(at: 0, as: Int.self)
            try await erase(item, because: .make(), in: database)
            #expect(try await database.query("SELECT count(*) FROM acts")[0].value(at: 0, as: Int.self) == count)
        }
    }

    @Test(arguments: [
        "contact.reveal", "contact.reveal (confidential)", "contact.find", "text.reveal", "text.reveal (confidential)",
        "suggestion.erase", "dead-letters.discard",
    ])
    func `what was written behind an authority goes, and its hash stays`(authority: String) async throws {
        try await with { database, sealer, _, _ in
            let item = SuggestionID.make()
            try await database.execute(
                """
                INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body)
                VALUES (\(UUIDv7.make()), \(item.rawValue), 1, 'n', 'unit:a', \("\(authority): 给张三: 回电"), now(),
                        convert_to('{}', 'UTF8'))
                """
            )
            try await seal(database, sealer)
            let cause = EventID.make()
            try await erase(item, because: cause, in: database)
            let line = try #require(try await bodies(of: item, in: database).first)
            #expect(line.hasPrefix("\(authority): 〔已删除〕sha256:") && !line.contains("张三"), "\(line)")
            let found = try await SealVerification.of(
                database,
                published: [:],
                told: [cause.rawValue: item.rawValue]
            )
            #expect(found.faults == [] && found.erased == 1)
        }
    }

    @Test func `an erasure that nobody has told is found`() async throws {
        try await with { database, _, item, _ in
            let cause = EventID.make()
            try await erase(item, because: cause, in: database)
            for told in [[:], [cause.rawValue: UUIDv7.make()]] {
                let found = try await SealVerification.of(database, published: [:], told: told)
                #expect(found.faults.count == 2)
                for case .erasedUnasked(_, let named) in found.faults { #expect(named == cause.rawValue) }
            }
        }
    }

    @Test func `no other change passes for an erasure`() async throws {
        try await with { database, _, item, other in
            let cause = EventID.make()
            try await erase(item, because: cause, in: database)
            try await database.runScript(
                """
                ALTER TABLE acts DISABLE TRIGGER acts_append_only;
                UPDATE acts SET actor = 'unit:b' WHERE aggregate = '\(item)';
                UPDATE acts SET body = redacted(body) WHERE aggregate = '\(other)';
                ALTER TABLE acts ENABLE TRIGGER acts_append_only;
                """
            )
            let found = try await SealVerification.of(
                database,
                published: [:],
                told: [cause.rawValue: item.rawValue]
            )
            #expect(found.faults.count == 2, "the altered act, and the one without a record")
            for fault in found.faults {
                guard case .changed = fault else {
                    Issue.record("\(fault)")
                    continue
                }
            }
        }
    }

    @Test func `the table itself refuses every other change, in the middle of an erasure too`() async throws {
        try await with { database, _, item, _ in
            let changes: [SQL] = [
                "UPDATE acts SET body = redacted(body)", "UPDATE acts SET actor = 'unit:b'", "DELETE FROM acts",
            ]
            for change in changes {
                await #expect(throws: DatabaseError.self) { try await database.execute(change) }
            }
            for change in changes.dropFirst() {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.transaction { transaction in
                        _ = try await transaction.query(
                            "SELECT set_config('ebinda.erasing', \(item.description), true)"
                        )
                        _ = try await transaction.query(change)
                    }
                }
                #expect("\(error as Any)".contains("never changed"), "\(error as Any)")
            }
        }
    }

    @Test func `announcements that have not left and events that wait lose their words`() async throws {
        try await with { database, _, item, other in
            for id in [item, other] {
                try await database.execute(
                    """
                    INSERT INTO outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at, body,
                                        not_before)
                    VALUES (\(UUIDv7.make()), 'e', 'k', true, 'assignment.issued', \(id.rawValue), 0, now(),
                            convert_to(\(Self.body), 'UTF8'), now() + interval '1 hour')
                    """
                )
                try await database.execute(
                    """
                    INSERT INTO waiting (owner, aggregate, version, id, name, occurred_at, body)
                    VALUES ('intake', \(id.rawValue), 7, \(UUIDv7.make()), 'n', now(), convert_to(\(Self.body), 'UTF8'))
                    """
                )
            }
            try await erase(item, because: .make(), in: database)
            for table in ["outbox", "waiting"] {
                let lines = try await database.query(
                    """
                    SELECT (aggregate = \(item.rawValue)) = (position(convert_to('张三', 'UTF8') IN body) = 0) AS right
                    FROM \(unsafe: table) WHERE aggregate = ANY(\([item.rawValue, other.rawValue]))
                    """
                ).map { try $0["right", as: Bool.self] }
                #expect(lines == [true, true], "\(table)")
            }
        }
    }
}
