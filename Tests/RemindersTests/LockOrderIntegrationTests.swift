import Contracts
import Foundation
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Reminders

/// Whoever changes clocks takes the locks of all matters first, in one order, and those of departments' paces behind them: consumers
/// and sweeps wait for each other and never in a circle.
@Suite(.timeLimit(.minutes(5)))
struct LockOrderIntegrationTests {
    private typealias World = RemindersWorld

    private static let later = ["closed", "answered", "returned", "assigned", "reopened"]

    private func item<Body: Event>(_ body: Body, about suggestion: SuggestionID, of applying: Applying) throws -> Item {
        let metadata = EventMetadata(
            id: .make(),
            name: Body.name,
            owner: Body.owner,
            aggregate: suggestion,
            version: 1,
            time: .now
        )
        let encoded = try EventCoding.encode(body)
        return Item(metadata: metadata, event: try applying.event(metadata, encoded), body: encoded)
    }

    private func change(_ leg: Leg) -> ClockChanged {
        var clock = leg.clock
        (clock.dueAt, clock.extensions) = (leg.clock.dueAt.days(30), [Clock.Extension(by: "P30D")])
        return ClockChanged(
            assignment: leg.assignment,
            department: leg.department,
            round: 1,
            clock: clock,
            previousDueAt: leg.clock.dueAt,
            reason: .extended,
            text: "理由",
            changedAt: .now
        )
    }

    private func event(_ kind: String, of leg: Leg) -> any Event {
        let now = Timestamp.now
        switch kind {
        case "closed": return SuggestionClosed(number: "BJ-1", outcome: .solved, rounds: 1, closedAt: now)
        case "answered": return ReplyIssued(leg.assignment, at: now, dueAt: leg.clock.dueAt)
        case "returned":
            return AssignmentReturned(
                assignment: leg.assignment,
                department: leg.department,
                reason: "非本单位职责",
                proposedDepartment: nil,
                returnedAt: now
            )
        case "assigned": return SuggestionAssigned([Leg(startedAt: now, dueAt: now.days(30))])
        default:
            return ReplyEvaluated(
                round: 1,
                attitude: .accepted,
                result: .dissatisfied,
                comment: nil,
                reopened: [Leg(leg.assignment, startedAt: now, dueAt: now.days(30))],
                evaluatedAt: now
            )
        }
    }

    @Test(arguments: later)
    func `a batch that moves a clock has all its matters before it holds a department's pace`(kind: String) async throws
    {
        try await World.with { world in
            let (engine, sweeper) = (world.replica(), world.replica())
            let now = Timestamp.now
            let legs = (0..<2).map { _ in Leg(startedAt: now.days(-2), dueAt: now.days(60)) }
            let ids = legs.map { _ in SuggestionID.make() }
            for (id, leg) in zip(ids, legs) { try await world.hear([(id, SuggestionAssigned([leg]))], on: engine) }
            let applying = world.applying(engine)
            let batch = [
                try item(change(legs[0]), about: ids[0], of: applying),
                try item(event(kind, of: legs[1]), about: ids[1], of: applying),
            ]
            // A sweep has the second matter in hand, and will want the pace of the same department.
            let hearing = try await sweeper.database.transaction { transaction in
                _ = try await RemindersStore.locked(ids[1], in: transaction)
                let hearing = Task { try await applying.commit(batch) }
                try await eventually("the batch waits for the matter") {
                    try await world.number(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """,
                        on: engine
                    ) == 1
                }
                _ = try await DigestStore.paces(of: [World.department], at: now, in: transaction)
                return hearing
            }
            #expect(try await hearing.value.conflicts == [])
            #expect(try await world.ledger(legs[0].assignment, on: engine) == ["moved-extended-1 fired"])
            for engine in [engine, sweeper] { await engine.database.close() }
        }
    }

    @Test func `batches that have the same matters by different kinds of events never wait in a circle`() async throws {
        try await World.with { world in
            let engines = [world.replica(), world.replica()]
            let now = Timestamp.now
            for _ in 0..<10 {
                let matters = (0..<20).map { _ in
                    (SuggestionID.make(), Leg(startedAt: now.days(-2), dueAt: now.days(60)))
                }
                try await world.hear(matters.map { ($0.0, SuggestionAssigned([$0.1])) }, on: engines[0])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, engine) in engines.enumerated() {
                        let applying = world.applying(engine)
                        let batch = try matters.enumerated().map { place, matter in
                            // What is answered in the one batch is given back in the other.
                            let kind = (place + index).isMultiple(of: 2) ? "answered" : "returned"
                            return try item(event(kind, of: matter.1), about: matter.0, of: applying)
                        }
                        group.addTask { _ = try await applying.commit(batch) }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await world.number("SELECT count(*) FROM ends", on: engines[0]) == 400)
            for engine in engines { await engine.database.close() }
        }
    }
}
