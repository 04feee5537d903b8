import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Reminders

/// A period that stands still, over the real broker and database, swept by two replicas.
@Suite(.timeLimit(.minutes(5)))
struct StandingStillIntegrationTests {
    private func number(_ sql: SQL, _ world: ServiceWorld) async throws -> Int {
        try await world.number(sql, of: .reminders)
    }

    private func ledger(_ world: ServiceWorld, _ engine: Engine) async throws -> [String] {
        try await engine.database.query("SELECT stage || ' ' || outcome AS line FROM notices ORDER BY 1")
            .map { try $0["line", as: String.self] }
    }

    @Test func `nobody is reminded while the old end passes, and what is left is told once when it runs again`()
        async throws
    {
        try await ServiceWorld.with([.reminders: Main.migrations]) { world in
            let engines = [try world.engine(.reminders), try world.engine(.reminders)]
            let terms = try RulePack(json: RemindersWorld.shippedStages).terms.counted(in: .china)
            let (now, zone) = (Timestamp.now, WorkCalendar.china.zone)
            // The days that will be left, so that the end needs not be carried on: it is known without counting.
            let left = try #require(
                (0...9).last { WorkCalendar.china.standing(of: CivilDate(of: now.days($0), in: zone)).isWorking }
            )
            let plain = terms.clock(for: .opinion, .single, round: 1, from: now.days(-40))
            #expect(plain.dueAt < now)
            let leg = Leg(
                assignment: .make(),
                department: RemindersWorld.department,
                role: .single,
                clock: plain
            )
            func change(_ reason: ClockChanged.Reason, _ facts: Clock) -> ClockChanged {
                ClockChanged(
                    assignment: leg.assignment,
                    department: leg.department,
                    round: 1,
                    clock: terms.counted(facts),
                    previousDueAt: plain.dueAt,
                    reason: reason,
                    text: "理由",
                    changedAt: now
                )
            }
            var facts = plain
            facts.pauses = [Clock.Pause(from: now.days(-10 - left))]
            let suggestion = SuggestionID.make()
            let hearings = engines.map { engine in
                engine.consumption(
                    of: Main.handlers,
                    follower: FollowClocks(timetable: Timetable(RemindersWorld.stages)),
                    mode: .byID,
                    senderAccount: { [user = world.broker.user] _ in user }
                )
            }
            let sweeps = engines.map { engine in
                Sweep(
                    outbox: engine.outbox,
                    timetable: Timetable(RemindersWorld.stages),
                    hearing: Hearing(quiet: .zero) { 0 },
                    logger: .silent
                )
            }
            var parts: [@Sendable () async -> Void] = []
            for engine in engines { parts.append { await engine.run(seals: false) } }
            for hearing in hearings { parts.append { await hearing.run() } }
            try await world.running(parts) {
                try await world.tell([
                    // The pause is heard before the leg.
                    try world.message(change(.paused, facts), about: suggestion, version: 1),
                    try world.message(SuggestionAssigned([leg]), about: suggestion, version: 1),
                ])
                try await eventually("both are heard") { try await number("SELECT count(*) FROM inbox", world) == 2 }
                for sweep in sweeps { #expect(try await sweep.sweep(judges: true).told == 0) }
                let still = "SELECT count(*) FROM clocks WHERE next_at IS NULL AND held_stage = 'P10D'" as SQL
                #expect(try await number(still, world) == 1)
                let edge = try await engines[0].database.transaction {
                    try await RemindersStore.edge(end: "overdue", in: $0)
                }
                #expect(edge.timeToNext == nil && !edge.hasEnd, "no sweep has anything to look at")

                facts.pauses = [Clock.Pause(from: now.days(-10 - left), until: now)]
                let resumed = change(.resumed, facts)
                // Ten days of its thirty were left when it began to stand still, and so many less those that lie before.
                let day = CivilDate(of: now, in: zone).adding(days: left)
                #expect(resumed.clock.dueAt == day.end(in: zone))
                var sweeping: [@Sendable () async -> Void] = []
                for sweep in sweeps { sweeping.append { await sweep.run() } }
                try await world.running(sweeping) {
                    try await world.tell([try world.message(resumed, about: suggestion, version: 2)])
                    try await eventually("the reminder is told") {
                        try await ledger(world, engines[1]).contains {
                            !$0.hasPrefix("moved-") && $0.hasSuffix("fired")
                        }
                    }
                    // What was told before comes again, and behind it: nothing stands still because of it.
                    facts.pauses = [Clock.Pause(from: now.days(-10 - left))]
                    var later = resumed.clock
                    later.extensions = [Clock.Extension(by: "P30D")]
                    try await world.tell([
                        try world.message(change(.extended, later), about: suggestion, version: 3),
                        try world.message(change(.paused, facts), about: suggestion, version: 1),
                    ])
                    try await eventually("the extension is heard") {
                        try await number("SELECT count(*) FROM clocks WHERE change = 3", world) == 1
                    }
                    try await eventually("all is heard") { try await number("SELECT count(*) FROM inbox", world) == 5 }
                }
                // That it stood still, ran again and was extended is told besides, each once.
                let (changes, told) = try await ledger(world, engines[0]).reduce(into: ([String](), [String]())) {
                    if $1.hasPrefix("moved-") { $0.0.append($1) } else { $0.1.append($1) }
                }
                #expect(Set(changes).count == changes.count && changes.count <= 3)
                #expect(told.count { $0.hasSuffix("fired") } == 1, "\(told)")
                #expect(!told.contains { $0.hasPrefix("overdue") })
                let ahead =
                    "SELECT count(*) FROM clocks WHERE next_at > now() + interval '20 days' AND NOT missed" as SQL
                #expect(try await number(ahead, world) == 1)
            }
            for engine in engines { await engine.database.close() }
        }
    }
}
