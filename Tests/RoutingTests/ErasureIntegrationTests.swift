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
}
