import Bootstrap
import Contracts
import Foundation
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// What comes from a station that was opened while Routing runs is proposed to the office of its subdistrict.
@Suite(.timeLimit(.minutes(5)))
struct StationsIntegrationTests {
    private static let text = "活动室，社区用房，党群服务中心，邻里中心"

    private static func lead(_ id: SuggestionID, in world: RoutingWorld) async throws -> String? {
        try await world.engine.database.query(
            "SELECT proposed #>> '{route,lead}' AS lead FROM suggestions WHERE id = \(id.rawValue)"
        )[0]["lead", as: String?.self]
    }

    @Test func `a new station's subdistrict is that of the station above it`() async throws {
        try await RoutingWorld.with { world in
            let before = try await world.hear(title: "活动室", text: Self.text, station: "ST-N01")[0]
            #expect(try await Self.lead(before, in: world) == nil, "nobody knows where it lies")
            let unit = UnitChanged(
                unit: UnitCode(rawValue: "ST-N01"),
                kind: .station,
                unitName: "新站",
                parent: UnitCode(rawValue: "ST-C0"),
                category: nil,
                joinedTo: nil,
                state: .active,
                changedAt: .now
            )
            let metadata = EventMetadata(
                id: .make(),
                name: UnitChanged.name,
                owner: .directory,
                aggregate: .make(),
                version: 1,
                time: .now
            )
            try await world.engine.outbox.transaction {
                try await KeepUnits().handle([try Received(metadata: metadata, body: unit)], in: $0)
            }
            try await world.propose.stations.refresh(from: world.engine.database)
            let after = try await world.hear(title: "活动室", text: Self.text, station: "ST-N01")[0]
            #expect(try await Self.lead(after, in: world) == "changhe")
            let shipped = try await world.hear(title: "活动室", text: Self.text, station: "ST-X01")[0]
            #expect(try await Self.lead(shipped, in: world) == "xixing", "those that ship are where they were")
        }
    }
}
