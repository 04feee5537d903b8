import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// That a period counts otherwise is put before those whom it concerns, once; and its new end is one of its own.
@Suite(.timeLimit(.minutes(5)))
struct MovedIntegrationTests {
    private typealias World = RemindersWorld

    private func change(
        _ leg: Leg,
        to end: Timestamp,
        _ reason: ClockChanged.Reason,
        text: String? = "理由",
        _ facts: (inout Clock) -> Void = { _ in }
    ) -> ClockChanged {
        var clock = leg.clock
        clock.dueAt = end
        facts(&clock)
        return ClockChanged(
            assignment: leg.assignment,
            department: leg.department,
            round: 1,
            clock: clock,
            previousDueAt: leg.clock.dueAt,
            reason: reason,
            text: text,
            changedAt: .now
        )
    }

    private func inbox(_ role: Role, _ unit: String, on engine: Engine) async throws -> [String] {
        let reader = try #require(NoticeStore.Reader(role, of: unit))
        return try await engine.database.transaction {
            try await NoticeStore.page(of: reader, after: nil, limit: 100, in: $0)
        }.map(\.stage)
    }

    @Test func `a change lies once in the inboxes of department and committee and goes to their gateways`() async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let webhooks = Webhooks(targets: [
                try Gateway.target("sms", 1, [.department]), try Gateway.target("committee", 1, [.committee]),
                try Gateway.target("director", 1, [.director]),
            ])
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-2), dueAt: now.days(60))
            let suggestion = SuggestionID.make()
            func hear(_ change: ClockChanged, _ version: Int) async throws {
                try await world.hear([(suggestion, change)], version: version, sending: webhooks, on: engine)
            }
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            let extended = change(leg, to: now.days(90), .extended) { $0.extensions = [Clock.Extension(by: "P30D")] }
            for _ in 0..<2 { try await hear(extended, 2) }
            // Behind a later one, without a move, and what follows from the department's own answer: no news.
            try await hear(change(leg, to: now.days(70), .fixed), 1)
            try await hear(change(leg, to: leg.clock.dueAt, .calendar, text: nil), 3)
            try await hear(change(leg, to: now.days(61), .resumed, text: nil), 4)
            // A recount that moves it is.
            try await hear(change(leg, to: now.days(64), .calendar, text: nil), 5)
            for (role, unit) in [(.clerk, "chengguan"), (.committee, "chengjian")] as [(Role, String)] {
                #expect(try await inbox(role, unit, on: engine) == ["moved-calendar-5", "moved-extended-2"], "\(role)")
            }
            #expect(try await inbox(.director, "congress", on: engine) == [])
            let sent = try await engine.database.query(
                "SELECT target || ' ' || kind || ' ' || (body::jsonb -> 'data' ->> 'stage') AS line FROM deliveries ORDER BY 1"
            ).map { try $0["line", as: String.self] }
            #expect(
                sent
                    == ["committee", "sms"].flatMap { target in
                        ["moved-calendar-5", "moved-extended-2"].map { "\(target) clock.changed \($0)" }
                    }
            )
            #expect(try await world.number("SELECT count(*) FROM acts", on: engine) == 0, "the event is the owner's")
            #expect(World.stages["moved-extended-2"]?.name.zh == "期限延长")
            await engine.database.close()
        }
    }

    @Test
    func
        `of an end that was given behind a breach all is told, in lines of their own, and a second breach as an event`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-28), dueAt: now.days(-1))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], on: engine)
            let sweep = world.sweep(engine)
            #expect(try await sweep.sweep(judges: true).told == 1)
            // Set to a day on which three days are left, and on which nothing is left.
            for (version, days, told) in [(1, 2, 1), (2, 0, 1)] {
                let end = now.days(days)
                let set = change(leg, to: end, .fixed) {
                    $0.fixed = Clock.Fixed(dueAt: end, by: "committee:chengjian", at: now)
                }
                try await world.hear([(suggestion, set)], version: version, on: engine)
                #expect(try await sweep.sweep(judges: true).told == told)
                #expect(try await sweep.sweep(judges: true).told == 0)
            }
            #expect(
                try await world.told(about: suggestion, on: engine)
                    == ["1 deadline.missed", "2 reminder.due", "3 deadline.missed"]
            )
            let lines = try await engine.database.query(
                "SELECT turn, string_agg(stage || ' ' || outcome, ', ' ORDER BY stage COLLATE \"C\") AS line FROM notices WHERE stage NOT LIKE 'moved-%' GROUP BY turn ORDER BY max(noticed_at)"
            )
            #expect(
                try lines.map { try $0["line", as: String.self] } == [
                    "P10D skipped, P1D skipped, P3D skipped, overdue fired", "P10D skipped, P3D fired",
                    "P10D skipped, P1D skipped, P3D skipped, overdue fired",
                ]
            )
            #expect(Set(try lines.map { try $0["turn", as: String.self] }).count == 3)
            let first =
                "SELECT count(*) FROM clocks WHERE missed_due_at = \(leg.clock.dueAt) AND missed_turn LIKE 'f%'" as SQL
            #expect(try await world.number(first, on: engine) == 1)
            await engine.database.close()
        }
    }
}
