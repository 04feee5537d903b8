import Calendar
import Contracts
import Fleet
import Foundation
import PostgreSQL
import RabbitMQ
import Support
import Testing

extension FleetTests {
    /// A leg that nobody answers goes up the ladder of the pack that ships (催办, 通报, 黄牌, 红牌), every service a process of its own.
    struct LadderTests {
        /// The stages from the end on, with the working days behind it, and who finds each beside the department.
        private static let ladder: [(stage: String, days: Int, audiences: Set<String>)] = [
            ("overdue", 0, ["committee"]), ("after-1wd", 1, ["committee", "office"]),
            ("after-5wd", 5, ["committee", "office", "director"]),
            ("after-10wd", 10, ["committee", "office", "director"]),
            ("after-20wd", 20, ["committee", "office", "director"]),
        ]

        private struct Inbox: Decodable {
            struct Item: Decodable { let stage: String }
            let items: [Item]
        }

        private struct Answer: Decodable {
            let token: String

            enum CodingKeys: String, CodingKey { case token = "access_token" }
        }

        /// An end so many whole working days before today's, whatever the hour is.
        private func end(before days: Int) -> Timestamp {
            guard days > 0 else { return .now + .seconds(-60) }
            var (day, left) = (CivilDate(of: .now), days + 1)
            while left > 0 {
                day = day.adding(days: -1)
                if WorkCalendar.china.standing(of: day).isWorking { left -= 1 }
            }
            return day.adding(days: -1).end(in: .china)
        }

        /// A token for a role of which the seed makes no account.
        private func token(of role: Role, in unit: String, _ fleet: Fleet, _ client: FleetClient) async throws -> String
        {
            let name = "ladder-\(role)"
            let secret = try await fleet.runToEnd(
                .directory,
                ["accounts", "add", name, "--unit", unit, "--role", role.rawValue]
            ).trimmingCharacters(in: .whitespacesAndNewlines)
            let answer = try await client.ask(
                .post,
                .directory,
                "/v1/token",
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: "grant_type=client_credentials&client_id=\(name)&client_secret=\(secret)"
            )
            return try JSONDecoder().decode(Answer.self, from: Data(answer.body)).token
        }

        @Test(.timeLimit(.minutes(5)))
        func `a leg that nobody answers comes to department, committee, office and deputy director, each stage once`()
            async throws
        {
            let adding = ["EBINDA_REMINDERS_SETTLING": "0"]
            try await Fleet.with(departments: FleetTests.departments, adding: adding) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let body = """
                        {"kind":"opinion","station":"ST-X01","title":"路灯不亮","text":"城管市容，路灯不亮，请修。"}
                        """
                    _ = try await client.submit(body, key: "ladder-0001")
                    try await eventually("the clock runs") {
                        try await fleet.number("SELECT count(*) FROM clocks", of: .reminders) == 1
                    }
                    let department = try await fleet.text("SELECT department FROM clocks", of: .reminders)
                    let tokens = [
                        "committee": fleet.token(of: "chengjian"),
                        "office": try await token(of: .office, in: "zhengfuban", fleet, client),
                        "director": try await token(of: .director, in: "binjiang", fleet, client),
                    ]
                    func inbox(_ audience: String) async throws -> [String] {
                        let headers = ["Authorization": "Bearer \(tokens[audience] ?? "")"]
                        let answer = try await client.ask(.get, .reminders, "/v1/inbox", headers: headers, body: "")
                        return try JSONDecoder().decode(Inbox.self, from: Data(answer.body)).items.map(\.stage)
                    }
                    for (index, rung) in Self.ladder.enumerated() {
                        // So much time has passed: the leg's end lies so far back.
                        _ = try await fleet.look(.reminders) { database in
                            try await database.execute(
                                """
                                UPDATE clocks SET started_at = now() - interval '200 days', due_at = \(end(before: rung.days)),
                                                  next_stage = CASE WHEN \(index == 0) THEN 'overdue' ELSE next_stage END,
                                                  next_at = now()
                                """
                            )
                        }
                        let reached = Self.ladder[...index]
                        try await eventually("\(rung.stage) lies in the department's queue", within: .seconds(60)) {
                            try await told(department, fleet).sorted() == reached.map(\.stage).sorted()
                        }
                        for audience in ["committee", "office", "director"] {
                            let expected = reached.filter { $0.audiences.contains(audience) }.map(\.stage)
                            #expect(try await inbox(audience) == expected.reversed(), "\(rung.stage): \(audience)")
                        }
                    }
                    // What an officer of the department reads on their page.
                    let clerk = try await token(of: .clerk, in: department, fleet, client)
                    let headers = ["Authorization": "Bearer \(clerk)"]
                    let answer = try await client.ask(.get, .reminders, "/v1/inbox", headers: headers, body: "")
                    let read = try JSONDecoder().decode(Inbox.self, from: Data(answer.body)).items.map(\.stage)
                    #expect(read == Self.ladder.map(\.stage).reversed())
                    let rest = "SELECT count(*) FROM clocks WHERE next_at IS NOT NULL" as SQL
                    #expect(try await fleet.number(rest, of: .reminders) == 0, "behind the last nothing comes")
                }
            }
        }

        /// The stages that lie in a department's queue, each as often as it lies there; they stay.
        private func told(_ department: String, _ fleet: Fleet) async throws -> [String] {
            try await BrokerAdministration.connected(fleet.broker) { broker in
                try await broker.get(fleet.topology.departmentQueue(of: department), maximum: 100)
                    .filter { $0.properties.type == ReminderNotice.name.rawValue }
                    .map { try EventCoding.decode(ReminderNotice.self, from: $0.body).stage }
            }
        }
    }
}
