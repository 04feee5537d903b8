import Calendar
import Contracts
import Foundation
import Support
import Testing

/// Every line that `ebinda status` can print beside its table, each with its cause.
@Suite(.timeLimit(.minutes(5)))
struct StatusIntegrationTests {
    /// Imports notices of the years up to next year, so that none is wanted on whatever day this runs, and of further ones.
    ///
    /// - Returns: the edition that Reminders counts by then; nobody else has heard of it.
    private func learn(_ further: [Int], _ world: OperatedWorld) async throws -> Int {
        let file = FileManager.default.temporaryDirectory.appending(path: "notice-\(UUID().uuidString).ics")
        defer { try? FileManager.default.removeItem(at: file) }
        let years = Array(2027...max(2027, CivilDate(of: .now).year + 1)) + further
        for year in years {
            let event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:\(year)0101\nSUMMARY:元旦（休）\nEND:VEVENT\n"
            try Data("BEGIN:VCALENDAR\n\(event)END:VCALENDAR\n".utf8).write(to: file)
            let arguments = ["calendars", "import", file.path, "--year", "\(year)", "--paper", "a notice"]
            let imported = try await world.command(arguments)
            #expect(imported.status == 0, "\(imported.errors)")
        }
        return years.count + 1
    }

    @Test func `what everybody may know is said, and calls no operator`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let editions = try await learn([2060], world)
            try await world.fill(
                """
                INSERT INTO intake.quarantine (suggestion, flood, station, reason, received_at)
                SELECT gen_random_uuid(), gen_random_uuid(), 'ST-X01', 'station', '2026-03-01T00:00:00Z'
                FROM generate_series(1, 3);
                INSERT INTO intake.machine_refusals (account, day, refused, last_at)
                VALUES ('hospital', current_date, 12, now()), ('hospital', current_date - 1, 5, now() - interval '1 hour'),
                       ('calm', current_date - 9, 7, now() - interval '9 days');
                INSERT INTO replies.assignments (id, suggestion, department, role, state, started_at, term, due_at, basis,
                                                 provisional)
                SELECT gen_random_uuid(), gen_random_uuid(), 'zhujian', 'single', state, now(), 'P3M', now(), 'x', provisional
                FROM (VALUES ('issued', true), ('received', true), ('replied', true), ('issued', false)) AS leg (state, provisional);
                """
            )
            let status = try await world.command(["status"])
            #expect(status.status == 0, "\(status)")
            let lines = status.output.split(separator: "\n").map(String.init)
            #expect(lines.last == "nothing wants an operator")
            #expect(
                lines.contains(
                    "intake: 3 items held back as floods since 2026-03-01T00:00:00.000000Z, for stations to decide"
                ),
                "\(lines)"
            )
            #expect(
                lines.contains {
                    $0.hasPrefix("intake: the account hospital was told to wait (429) 17 times, last at ")
                },
                "\(lines)"
            )
            #expect(!lines.contains { $0.contains("account calm") }, "of a week ago nobody wants to know")
            #expect(
                lines.contains(
                    "replies: 2 running periods rest on a year without a notice of days off, and are provisional; "
                        + "the last year known is 2060 (ebinda calendars import FILE)"
                ),
                "\(lines)"
            )
            for owner in ["replies", "routing"] {
                let behind = "\(owner): counts by edition 1 of the calendar, Reminders by \(editions)"
                #expect(lines.contains(behind), "\(lines)")
            }
        }
    }

    @Test func `what wants an operator is named with what to do, and goes with its cause`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            _ = try await learn([], world)
            let calm = try await world.command(["status"])
            #expect(calm.output.hasSuffix("nothing wants an operator\n"), "\(calm)")
            try await world.fill(
                """
                INSERT INTO routing.outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at,
                                            body, not_before)
                VALUES (gen_random_uuid(), 'x', 'x', false, 'n', gen_random_uuid(), 1, now() - interval '4 hours', 'x', now());
                INSERT INTO replies.outbox (id, exchange, routing_key, is_mandatory, name, aggregate, version, occurred_at,
                                            body, not_before, attempts)
                SELECT gen_random_uuid(), '\(world.topology.departmentsOut)', 'zhujian', true, 'n', gen_random_uuid(), 1,
                       now(), 'x', now(), 1
                FROM generate_series(1, 2);
                INSERT INTO reminders.waiting (owner, aggregate, version, id, name, occurred_at, body, waiting_since)
                VALUES ('routing', gen_random_uuid(), 2, gen_random_uuid(), 'n', now(), 'x', now() - interval '4 hours');
                INSERT INTO intake.retention_runs (day, claimed_at) VALUES (current_date - 3, now() - interval '3 days');
                """
            )
            try await world.lose()
            try await eventually("it is counted") { try await world.count("ebinda.unrouted") == 1 }
            let troubled = try await world.command(["status"])
            #expect(troubled.status == 1, "\(troubled)")
            let concerns = troubled.output.split(separator: "\n").filter { $0.hasPrefix("- ") }.map(String.init)
            let wanted = [
                "- routing: announcements unconfirmed since 20",
                "- replies: the queue of zhujian takes nothing, 2 messages held since 20",
                "- reminders: events wait for their turn since 20",
                "- intake: nothing that is kept too long has been removed ever (ebinda privacy retention)",
                "- 1 messages that no queue was bound for, in \(world.topology.unrouted)",
            ]
            for line in wanted { #expect(concerns.contains { $0.hasPrefix(line) }, "\(line): \(concerns)") }
            #expect(concerns.count == wanted.count, "\(concerns)")
            try await world.fill(
                "UPDATE intake.retention_runs SET finished_at = claimed_at; ALTER TABLE routing.waiting RENAME TO gone;"
            )
            let worse = try await world.command(["status"])
            #expect(worse.output.contains("\n- intake: nothing that is kept too long has been removed since 20"))
            // One that cannot be read hides nothing of the others.
            #expect(worse.output.contains("\n- routing: ") && worse.output.contains("\n- reminders: events wait"))
            try await world.fill(
                """
                ALTER TABLE routing.gone RENAME TO waiting; TRUNCATE routing.outbox, replies.outbox, reminders.waiting;
                UPDATE intake.retention_runs SET finished_at = now();
                """
            )
            let better = try await world.command(["status"])
            let left = better.output.split(separator: "\n").filter { $0.hasPrefix("- ") }
            #expect(left.count == 1 && left[0].hasPrefix("- 1 messages that no queue"), "\(left)")
        }
    }
}
