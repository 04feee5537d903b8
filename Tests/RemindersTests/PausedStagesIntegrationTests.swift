import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// That a period stands still is told over the real database by two sweeps, and stands in the ledger once.
@Suite(.timeLimit(.minutes(5)))
struct PausedStagesIntegrationTests {
    @Test func `two sweeps tell each coming once, its event says since when, and the inbox names it`() async throws {
        try await ServiceWorld.with([.reminders: Main.migrations]) { world in
            let engines = [try world.engine(.reminders), try world.engine(.reminders)]
            let stages = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
            let now = Timestamp.now
            let (suggestion, committee) = (SuggestionID.make(), CommitteeCode(rawValue: "chengjian"))
            let leg = Leg(.make(), startedAt: now.days(-40), dueAt: now.days(-1))
            var clock = leg.clock
            clock.pauses = [Clock.Pause(from: now.days(-35))]
            try await engines[0].database.transaction { transaction in
                try await RemindersStore.change(
                    [suggestion],
                    introducing: [suggestion: Watch.Matter(number: "BD2026000001", committee: committee)],
                    in: transaction
                ) { watches in
                    let id = RunningClock.ID(assignment: leg.assignment, round: 1)
                    watches[suggestion]?.introduce(Watch.Matter(number: "BD2026000001", committee: committee))
                    watches[suggestion]?.start(leg, round: 1, stages: stages)
                    watches[suggestion]?.move(id, of: leg.department, to: clock, change: 1, stages: stages)
                }
            }
            let sweeps = engines.map { engine in
                Sweep(
                    outbox: engine.outbox,
                    timetable: Timetable(stages),
                    hearing: Hearing(quiet: .zero) { 0 },
                    logger: .silent
                )
            }
            try await withThrowingTaskGroup { group in
                for sweep in sweeps + sweeps { group.addTask { _ = try await sweep.sweep(judges: true) } }
                try await group.waitForAll()
            }
            let lines = try await engines[0].database.query("SELECT stage, outcome FROM notices ORDER BY stage")
            let told = try lines.map { "\(try $0["stage", as: String.self]) \(try $0["outcome", as: String.self])" }
            // Thirty-five days have twenty-odd working days, whatever the holidays: the second coming has overtaken the first.
            #expect(told == ["paused-1-1 skipped", "paused-1-2 fired"])
            let acts = try await engines[0].database.query("SELECT convert_from(body, 'UTF8') AS body FROM acts")
            let event = try EventCoding.decode(
                ReminderDue.self,
                from: Array(try #require(acts.first)["body", as: String.self].utf8)
            )
            #expect(acts.count == 1 && event.stage == "paused-1-2" && event.pausedSince == clock.pausedSince)
            let reader = try #require(NoticeStore.Reader(.committee, of: committee.rawValue))
            let page = try await engines[1].database.transaction {
                try await NoticeStore.page(of: reader, after: nil, limit: 10, in: $0)
            }
            #expect(page.map(\.stage) == ["paused-1-2"] && stages["paused-1-2"]?.name.zh.contains("中止") == true)
            #expect(try await world.number("SELECT count(*) FROM clocks WHERE missed", of: .reminders) == 0)
            for engine in engines { await engine.database.close() }
        }
    }
}
