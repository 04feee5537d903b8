import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Testing

extension FleetTests {
    /// Many stages are reached at once after a downtime, three replicas sweep, and one after the other is killed.
    struct StageStormTests {
        /// Open clocks, of which a tenth has a stage due.
        ///
        /// A million where there is time for it (`EBINDA_CLOCKS=1000000`).
        private static let clocks = ProcessInfo.processInfo.environment["EBINDA_CLOCKS"].flatMap(Int.init) ?? 50_000
        private static var due: Int { clocks / 10 }
        /// Between two kills.
        private static let pause = Duration.seconds(2)
        /// As many as there are departments in Binjiang's table, about.
        private static let departments = 40

        /// Days before the end and working days behind none: which stages are reached must not depend on the day of the test.
        private static let stages = #"""
            {"before": [
               {"id": "P3D", "term": "P3D", "name": {"zh": "三日", "en": "three days"}, "basis": {"standing": "custom", "text": "试"}},
               {"id": "P1D", "term": "P1D", "name": {"zh": "一日", "en": "one day"}, "basis": {"standing": "custom", "text": "试"}}],
             "overdue": {"id": "overdue", "name": {"zh": "逾期", "en": "overdue"}, "basis": {"standing": "custom", "text": "试"}}}
            """#

        /// Clocks whose stages were reached within the two hours in which nobody looked.
        ///
        /// A third of these has run out with nothing left before it, a third has run out with two stages that nobody has looked at,
        /// a third has a day left. The rest has months.
        private static let insert: SQL = """
            WITH made AS (
                SELECT gen_random_uuid() AS suggestion, gen_random_uuid() AS assignment, index,
                       now() - random() * interval '2 hours' AS reached
                FROM generate_series(1, \(clocks)) AS index
            ), stored AS (
                INSERT INTO suggestions (id) SELECT suggestion FROM made
            )
            INSERT INTO clocks (assignment, round, suggestion, department, started_at, due_at, next_stage, next_at, term, basis)
            SELECT assignment, 1, suggestion, 'department-' || index % \(departments), now() - interval '40 days', due_at,
                   next_stage, CASE next_stage WHEN 'P3D' THEN due_at - interval '3 days' WHEN 'P1D' THEN due_at - interval '1 day'
                               ELSE due_at + interval '1 microsecond' END, 'P30D', '试'
            FROM (SELECT *,
                         CASE WHEN index > \(due) THEN 'P3D' WHEN index % 3 = 0 THEN 'overdue' WHEN index % 3 = 1 THEN 'P3D'
                              ELSE 'P1D' END AS next_stage,
                         CASE WHEN index > \(due) THEN now() + interval '90 days' + random() * interval '1 day'
                              WHEN index % 3 = 2 THEN reached + interval '1 day' ELSE reached END AS due_at
                  FROM made) AS planned
            """

        @Test(.timeLimit(.minutes(30)))
        func `every stage that was reached ends in one state of the ledger, whoever is killed on the way`() async throws
        {
            let file = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString).json")
            let shipped = Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")
            var pack = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: shipped)) as? [String: Any])
            pack["stages"] = try JSONSerialization.jsonObject(with: Data(Self.stages.utf8))
            try JSONSerialization.data(withJSONObject: pack).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            // At any hour, and not in working hours alone.
            let adding = [
                "EBINDA_REMINDERS_PACK_FILE": file.path, "EBINDA_REMINDERS_SETTLING": "0",
                "EBINDA_REMINDERS_QUIET_HOURS": "false",
            ]
            try await Fleet.with(replicas: 3, adding: adding) { fleet in
                try await fleet.look(.reminders, atMuch: true) { database in
                    try await database.execute(Self.insert)
                    try await database.runScript("ANALYZE clocks, suggestions")
                }
                func number(_ sql: SQL) async throws -> Int { try await fleet.number(sql, of: .reminders) }
                let replicas = fleet.members.filter { $0.service == .reminders }
                for replica in replicas { try fleet.start(replica) }
                let begin = ContinuousClock.now
                var kills = 0
                try await eventually("the storm is over", within: .seconds(1_200), every: Self.pause) {
                    if try await number("SELECT count(*) FROM clocks WHERE next_at <= now()") == 0 { return true }
                    let victim = replicas[kills % replicas.count]
                    await fleet.kill(victim)
                    try fleet.start(victim)
                    kills += 1
                    return false
                }
                let seconds = (ContinuousClock.now - begin) / .seconds(1)
                let third = { (rest: Int) in (1...Self.due).count { $0 % 3 == rest } }
                // Three stages of those that nobody looked at for days, one of each of the others.
                let reached = third(0) + 3 * third(1) + third(2)
                let counts = try await fleet.look(.reminders) { database in
                    let states = try await database.query(
                        "SELECT outcome, count(*) AS number FROM notices GROUP BY outcome"
                    )
                    return Dictionary(
                        uniqueKeysWithValues: try states.map {
                            (try $0["outcome", as: String.self], try $0["number", as: Int.self])
                        }
                    )
                }
                #expect(counts.values.reduce(0, +) == reached, "\(counts)")
                #expect(counts["skipped"] == 2 * third(1))
                #expect(
                    try await number("SELECT count(*) FROM notices WHERE stage = 'overdue' AND outcome <> 'skipped'")
                        == third(0) + third(1)
                )
                #expect(
                    try await number(
                        "SELECT count(*) FROM notices WHERE (outcome = 'skipped') <> (overtaken_by IS NOT NULL)"
                    ) == 0
                )
                #expect(
                    try await number("SELECT count(*) FROM notices WHERE (outcome = 'digest') <> (digest IS NOT NULL)")
                        == 0
                )
                // Told as often as the ledger says, each once.
                let missed = "SELECT count(*) FROM acts WHERE name = 'deadline.missed'" as SQL
                #expect(try await number(missed) == third(0) + third(1))
                #expect(
                    try await number("SELECT count(DISTINCT aggregate) FROM acts WHERE name = 'deadline.missed'")
                        == third(0) + third(1)
                )
                let reminded = "SELECT count(*) FROM acts WHERE name = 'reminder.due'" as SQL
                #expect(try await number(reminded) == third(2))
                let folded = """
                    SELECT count(*) FROM acts
                    WHERE name IN ('reminder.due', 'deadline.missed') AND convert_from(body, 'UTF8')::jsonb ? 'digest'
                    """ as SQL
                #expect(try await number(folded) == counts["digest"] ?? 0)
                // No department was sent more than its pace one by one; the rest went into its digest.
                let most = try await number(
                    """
                    SELECT max(number)::int8 FROM (SELECT count(*) AS number FROM notices JOIN clocks USING (assignment, round)
                                                   WHERE outcome = 'fired' GROUP BY department) AS paces
                    """
                )
                #expect(most <= 20)
                let digests = try await number("SELECT count(*) FROM digests")
                #expect(digests == Self.departments && counts["fired"] == 20 * Self.departments, "ends among them")
                // An hour later, told by the same replicas.
                try await fleet.look(.reminders) { _ = try await $0.execute("UPDATE digests SET closes_at = now()") }
                try await eventually("the digests are told", within: .seconds(60)) {
                    try await number("SELECT count(*) FROM acts WHERE name = 'digest.due'") == digests
                }
                let collected = try await number(
                    """
                    SELECT coalesce(sum((convert_from(body, 'UTF8')::jsonb ->> 'count')::int), 0)::int8
                    FROM acts WHERE name = 'digest.due'
                    """
                )
                #expect(collected == counts["digest"] ?? 0)
                print(
                    "storm: \(Self.clocks) clocks, \(reached) stages reached in two hours without a sweep; 3 replicas, \(kills) kills;",
                    "\(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")),",
                    "\(digests) digests; \(Int(Double(reached) / seconds)) stages/s, the last one \(Int(seconds)) s behind the start"
                )
            }
        }
    }
}
