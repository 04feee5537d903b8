import Contracts
import Foundation
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// An item's words leave the committee's desk, and the matter goes on.
@Suite(.timeLimit(.minutes(5)))
struct ErasureIntegrationTests {
    private func event(_ id: SuggestionID, at moment: Timestamp = .now) throws -> Received<SuggestionErased> {
        try Received(
            metadata: EventMetadata(
                id: .make(),
                name: SuggestionErased.name,
                owner: .intake,
                aggregate: id,
                version: 2,
                time: moment
            ),
            body: SuggestionErased(number: "BJ-0", erasedAt: moment)
        )
    }

    @Test func `a matter in the middle of its life loses its words and goes on`() async throws {
        try await RoutingWorld.with { world in
            let ids = try await world.hear(title: "路灯不亮，张三", text: "城管，路灯，张三", count: 2)
            let accepted = try await world.decide(
                ids[0],
                "acceptance",
                #"{"category":"city-management","lead":"chengguan","reason":"张三说的"}"#
            )
            #expect(accepted.status == 200)
            let events = try [event(ids[0])]
            try await world.engine.outbox.transaction { try await EraseTexts().handle(events, in: $0) }
            let words = { (table: String, column: String) in
                try await world.world.number(
                    "SELECT count(*) FROM \(unsafe: table) WHERE position('张三' IN \(unsafe: column)) > 0",
                    of: .routing
                )
            }
            #expect(try await words("suggestions", "title || body || coalesce(proposed::text, '')") == 1)
            #expect(try await words("acts", "convert_from(body, 'UTF8')") == 0)
            let told = try await SealVerification.of(
                world.engine.database,
                published: [:],
                told: [events[0].metadata.id.rawValue: ids[0].rawValue]
            )
            #expect(told.faults == [] && told.erased == 1)
            // Nothing of it is undone: it is with its department, and can be given to another.
            let shown = try await world.get("/v1/suggestions/\(ids[0])")
            #expect(shown.json["state"]?.text == "assigned" && shown.json["title"]?.text == "〔已删除〕")
            #expect(try await world.get("/v1/suggestions/\(ids[1])").json["title"]?.text == "路灯不亮，张三")
        }
    }

    /// Puts a matter on the desk, and waits before it lets that be committed.
    private struct Slow: Handler {
        let propose: ProposeRouting
        let stored: Gate
        let mayCommit: Gate

        func handle(_ events: [Received<SuggestionReceived>], in transaction: EventTransaction) async throws {
            try await propose.handle(events, in: transaction)
            // So that the rows are there, and not only queued.
            _ = try await transaction.query("SELECT 1")
            stored.leave()
            try await mayCommit.enter()
        }
    }

    private func applying(_ engine: Engine, _ handlers: [any Handler]) -> Applying {
        Applying(
            outbox: engine.outbox,
            handlers: Dictionary(uniqueKeysWithValues: handlers.map { AnyHandler($0) }.map { ($0.name, $0) }),
            follower: nil,
            singles: [],
            mode: .byID,
            readsLetters: false
        )
    }

    private func item(_ applying: Applying, _ metadata: EventMetadata, _ body: [UInt8]) throws -> Item {
        Item(metadata: metadata, event: try applying.event(metadata, body), body: body)
    }

    @Test func `a matter that comes to the desk in another replica while it is erased loses its words too`()
        async throws
    {
        try await RoutingWorld.with { world in
            let (stored, mayCommit) = (Gate(0), Gate(0))
            let slow = applying(
                world.engine,
                [Slow(propose: world.propose, stored: stored, mayCommit: mayCommit)]
            )
            let other = try world.world.engine(.routing)
            let erasing = applying(other, [EraseTexts()])
            let id = SuggestionID.make()
            let received = SuggestionReceived(
                number: "BJ-0",
                kind: .opinion,
                submitter: .voter,
                title: "路灯不亮，李四",
                text: "城管，路灯，李四",
                station: StationCode(rawValue: "ST-X01"),
                receivedAt: .now
            )
            let metadata = EventMetadata(
                id: .make(),
                name: SuggestionReceived.name,
                owner: .intake,
                aggregate: id,
                version: 1,
                time: .now
            )
            let erased = try event(id)
            let (first, second) = (
                try item(slow, metadata, try EventCoding.encode(received)),
                try item(erasing, erased.metadata, erased.encoded)
            )
            async let putting = slow.commit([first])
            try await stored.enter()
            async let taking = erasing.commit([second])
            // Either it waits for the one that has not committed, or it is through.
            try await eventually("the erasure has come to it") {
                try await world.world.number(
                    """
                    SELECT (SELECT count(*) FROM erased) + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)
                    """,
                    of: .routing
                ) > 0
            }
            mayCommit.leave()
            _ = try await (putting, taking)
            let left = try await world.world.number(
                "SELECT count(*) FROM suggestions WHERE position('李四' IN title || body || coalesce(proposed::text, '')) > 0",
                of: .routing
            )
            #expect(left == 0)
            #expect(try await world.world.number("SELECT count(*) FROM erased", of: .routing) == 1)
            await other.database.close()
        }
    }
}
