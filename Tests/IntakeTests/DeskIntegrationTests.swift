import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Synchronization
import Testing

@testable import Intake

/// Handing in, on real servers.
@Suite(.timeLimit(.minutes(5)))
struct DeskIntegrationTests {
    private static let migrations = IntakeStore.migrations
    private let receipts = Receipt.Maker(key: Array(repeating: 7, count: 32))
    private let seal = ContactSeal(key: Array(repeating: 9, count: 32))

    private func call(_ key: String, _ text: String = "正文，电话13800001234", digest: [UInt8] = [1]) throws -> Desk.Call {
        Desk.Call(
            submission: try Submission(
                kind: .opinion,
                submitter: .voter,
                station: "ST-X01",
                title: "标题",
                text: text,
                contact: .init(name: "王某", phone: "13800001234")
            ) { _ in .open },
            key: key,
            digest: digest,
            receivedAt: .now,
            origin: .here
        )
    }

    @Test func `two hundred at once are two hundred items, receipts and events`() async throws {
        try await ServiceWorld.with([.intake: Self.migrations, .routing: []]) { world in
            let engine = try world.engine(.intake)
            let desk = Desk(outbox: engine.outbox, receipts: receipts, seal: seal)
            try await world.running([{ await engine.run() }]) {
                let numbers = try await withThrowingTaskGroup(of: String.self) { group in
                    for index in 0..<200 {
                        let call = try call("key-\(index)")
                        group.addTask { try await desk.submit(call).number }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(numbers.count == 200)
                #expect(try await world.number("SELECT count(*) FROM suggestions", of: .intake) == 200)
                let told = try await world.take(200, from: world.topology.workQueue(of: .routing))
                let bodies = told.map { String(decoding: $0.body, as: UTF8.self) }
                #expect(!bodies.contains { $0.contains("13800001234") || $0.contains("王某") }, "nothing personal leaves")
            }
        }
    }

    @Test func `the same key has one item and one receipt, however often and however close it comes`() async throws {
        try await ServiceWorld.with([.intake: Self.migrations]) { world in
            let engine = try world.engine(.intake)
            let desk = Desk(outbox: engine.outbox, receipts: receipts, seal: seal)
            let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                for _ in 0..<50 {
                    let call = try call("the-same-key")
                    group.addTask { try await desk.submit(call) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(receipts.count == 1)
            #expect(try await world.number("SELECT count(*) FROM suggestions", of: .intake) == 1)
            #expect(try await world.number("SELECT count(*) FROM outbox", of: .intake) == 1)
            await #expect(throws: Desk.KeyReused.self) { try await desk.submit(try call("the-same-key", digest: [2])) }
            await engine.database.close()
        }
    }

    @Test func `a receipt's number that is taken is made anew, for everybody who came together`() async throws {
        try await ServiceWorld.with([.intake: Self.migrations]) { world in
            let engine = try world.engine(.intake)
            let (taken, fresh) = (SuggestionID.make(), SuggestionID.make())
            let number = receipts.receipt(of: taken).number
            try await engine.database.execute(
                """
                INSERT INTO suggestions (id, number, secret, kind, submitter, station, title, body, received_at)
                VALUES (\(SuggestionID.make().rawValue), \(number), \([UInt8](repeating: 0, count: 32)), 'opinion', 'voter',
                        'ST-X01', 't', 'x', now())
                """
            )
            // The first id has the number that is taken, the second another.
            let ids = Mutex([taken, fresh])
            let desk = Desk(outbox: engine.outbox, receipts: receipts, seal: seal) {
                ids.withLock { $0.isEmpty ? .make() : $0.removeFirst() }
            }
            let receipt = try await desk.submit(try call("collision-key"))
            #expect(receipt == receipts.receipt(of: fresh))
            #expect(try await world.number("SELECT count(*) FROM suggestions", of: .intake) == 2)
            #expect(try await world.number("SELECT count(*) FROM outbox", of: .intake) == 1)
            await engine.database.close()
        }
    }

    @Test func `a contact is sealed in the table and opens in its own row alone`() async throws {
        try await ServiceWorld.with([.intake: Self.migrations]) { world in
            let engine = try world.engine(.intake)
            let desk = Desk(outbox: engine.outbox, receipts: receipts, seal: seal)
            let receipt = try await desk.submit(try call("sealed-key"))
            let row = try await engine.database.query(
                "SELECT id, contact, contact_key FROM suggestions WHERE number = \(receipt.number)"
            )[0]
            let (id, bytes): (SuggestionID, [UInt8]) = (try row.id("id"), try row["contact", as: [UInt8].self])
            #expect(!String(decoding: bytes, as: UTF8.self).contains("1380000"))
            let sealed = SealedContact(key: try row["contact_key", as: String.self], box: bytes, index: nil)
            #expect(try seal.open(sealed, of: id).phone == "13800001234")
            #expect(throws: (any Error).self) { try seal.open(sealed, of: .make()) }
            await engine.database.close()
        }
    }
}
