import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// The committee sees the end that counts when its owner has counted it anew.
@Suite(.timeLimit(.minutes(5)))
struct ClocksIntegrationTests {
    private func change(_ assignment: AssignmentID, to dueAt: String, edition: Int, round: Int = 1) throws
        -> ClockChanged
    {
        let end = try #require(Timestamp(dueAt))
        return ClockChanged(
            assignment: assignment,
            department: DepartmentCode(rawValue: "chengguan"),
            round: round,
            clock: Clock(startedAt: .now, term: "P30D", dueAt: end, basis: "b", calendar: edition, provisional: true),
            previousDueAt: .now,
            reason: .calendar,
            changedAt: .now
        )
    }

    @Test func `a leg's first period counts as its owner's last change says, and later rounds are not looked at`()
        async throws
    {
        try await RoutingWorld.with { world in
            let id = try await world.hear()[0]
            let body = #"{"category":"city-management","lead":"chengguan","reason":"r"}"#
            #expect(try await world.decide(id, "acceptance", body).status == 200)
            let rows = try await world.engine.database.query("SELECT id, calendar FROM assignments")
            #expect(try rows.map { try $0["calendar", as: Int.self] } == [1])
            let assignment: AssignmentID = try rows[0].id("id")
            var paused = try change(assignment, to: "2027-01-05T15:59:59.999999Z", edition: 3)
            paused.clock.pauses = [Clock.Pause(from: try #require(Timestamp("2026-12-01T02:00:00Z")))]
            let changes = try [
                (try change(assignment, to: "2027-01-03T15:59:59.999999Z", edition: 2), 2), (paused, 4),
                (try change(assignment, to: "2027-01-04T15:59:59.999999Z", edition: 2), 3),
                (try change(assignment, to: "2027-06-01T15:59:59.999999Z", edition: 4, round: 2), 5),
            ].map { (change: ClockChanged, version: Int) in
                let metadata = EventMetadata(
                    id: .make(),
                    name: ClockChanged.name,
                    owner: .replies,
                    aggregate: id,
                    version: version,
                    time: .now
                )
                return try Received(metadata: metadata, body: change)
            }
            // Several in one batch, and what was told before comes afterwards.
            for batch in [Array(changes[..<2]), [changes[2]], [changes[3]]] {
                try await world.engine.outbox.transaction { try await FollowClock().handle(batch, in: $0) }
            }
            let stored = try await world.engine.database.query("SELECT due_at, calendar, provisional FROM assignments")
            #expect(try stored[0]["due_at", as: Timestamp.self] == paused.clock.dueAt)
            #expect(try stored[0]["calendar", as: Int.self] == 3)
            #expect(try stored[0]["provisional", as: Bool.self])
            let matters = try await world.engine.database.transaction {
                try await RoutingStore.matters([id], locking: false, in: $0)
            }
            #expect(matters[id]?.assignments.first?.leg.clock.pausedSince == paused.clock.pausedSince)
        }
    }
}
