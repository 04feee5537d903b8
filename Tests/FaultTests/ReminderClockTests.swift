import Contracts
import Foundation
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Reminders

/// Schedule 25 at the reminders: the database's clock leaps over the ends of periods.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ReminderClockTests {
    private let stack = StackControl()

    /// Calendar days before the end and nothing behind it: what is told must not depend on the day of the test.
    private func stages() throws -> Stages {
        let words = #""name": {"zh": "催办", "en": "a reminder"}, "basis": {"standing": "custom", "text": "通行做法"}"#
        let before = #"[{"id": "P3D", "term": "P3D", \#(words)}, {"id": "P1D", "term": "P1D", \#(words)}]"#
        let pack = #"{"stages": {"before": \#(before), "overdue": {"id": "overdue", \#(words)}}}"#
        return try Stages(pack: Data(pack.utf8), settling: .zero)
    }

    @Test func `a clock that leaps forward and back tells of nothing; one that stays ahead tells once`()
        async throws
    {
        try await stack.undoing {
            try await stack.run("database-reset", "--server", "frail")
        } after: {
            try await stack.run("database-start", "--server", "frail")
            try await ServiceWorld.with([.reminders: Main.migrations], stack: try TestStack.frail()) { world in
                let engine = try world.engine(.reminders)
                try await begin(50, on: engine)
                let missed = "SELECT count(*) FROM acts WHERE name = 'deadline.missed'" as SQL
                var hearing = Hearing(quiet: .zero) { 0 }
                let sweep = Sweep(
                    outbox: engine.outbox,
                    timetable: Timetable(try stages()),
                    hearing: hearing,
                    clock: ClockWatch(patience: .seconds(2)),
                    logger: .silent
                )
                _ = try await sweep.look(&hearing)

                try await stack.run("clock-set", "+40d")
                await #expect(throws: ClockWatch.Leap.self) { try await sweep.look(&hearing) }
                await #expect(throws: ClockWatch.Leap.self) { try await sweep.sweep(judges: true) }
                try await stack.run("clock-set", "+0")
                _ = try await sweep.look(&hearing)
                #expect(try await world.number("SELECT count(*) FROM acts", of: .reminders) == 0)

                try await stack.run("clock-set", "+40d")
                try await eventually("a clock that stays ahead is believed in the end") {
                    do {
                        _ = try await sweep.look(&hearing)
                    } catch is ClockWatch.Leap {
                        return false
                    }
                    return try await world.number(missed, of: .reminders) == 50
                }
                // Beside the digest that closes meanwhile: the ends are too many to be sent one by one.
                let acts = "SELECT count(*) FROM acts WHERE name <> 'digest.due'" as SQL
                let told = try await world.number(acts, of: .reminders)
                for offset in ["+0", "+40d", "+80d"] {
                    try await stack.run("clock-set", offset)
                    try await eventually("it is believed again") { (try? await sweep.look(&hearing)) != nil }
                }
                #expect(try await world.number(missed, of: .reminders) == 50)
                #expect(try await world.number(acts, of: .reminders) == told)
                #expect(try await world.number("SELECT count(*) FROM notices", of: .reminders) >= 50)
                await engine.database.close()
            }
        }
    }

    /// Periods of thirty days that began yesterday.
    private func begin(_ count: Int, on engine: Engine) async throws {
        let now = Timestamp.now
        let stages = Timetable(try stages())
        let received = try (0..<count).map { _ in
            let leg = Leg(
                assignment: .make(),
                department: DepartmentCode(rawValue: "chengguan"),
                role: .single,
                clock: Clock(
                    startedAt: now + .seconds(-86_400),
                    term: "P30D",
                    dueAt: now + .seconds(29 * 86_400),
                    basis: "约定"
                )
            )
            return try Received(
                metadata: EventMetadata(
                    id: .make(),
                    name: SuggestionAssigned.name,
                    owner: .routing,
                    aggregate: .make(),
                    version: 1,
                    time: now
                ),
                body: SuggestionAssigned(
                    number: "BJ-7F3K9Q2M",
                    kind: .opinion,
                    title: "题",
                    text: "文",
                    committee: CommitteeCode(rawValue: "chengjian"),
                    legs: [leg],
                    withdrawn: [],
                    reason: "规则",
                    assignedAt: now
                )
            )
        }
        let unread = received.map { Unread(metadata: $0.metadata, encoded: $0.encoded) }
        try await engine.outbox.transaction { try await FollowClocks(timetable: stages).follow(unread, in: $0) }
    }
}
