import Contracts
import Fleet
import Foundation
import PostgreSQL
import RabbitMQ
import Support
import Testing

extension FleetTests {
    /// A committee changes a running clock, every service a process of its own.
    struct ClockChangeTests {
        private struct Status: Decodable {
            struct Leg: Decodable { let clock: Clock }
            let legs: [Leg]
        }

        @Test(.timeLimit(.minutes(5)))
        func
            `a clock that a committee pauses, resumes and extends is the same in every service, and its department is told`()
            async throws
        {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let body = """
                        {"kind":"opinion","station":"ST-X01","title":"路灯不亮","text":"城管市容，路灯不亮，请修。"}
                        """
                    let receipt = try await client.submit(body, key: "clock-0001")
                    func clock() async throws -> Clock? {
                        let path = "/v1/suggestions/\(receipt.number)"
                        let headers = ["Receipt-Secret": receipt.secret]
                        let answer = try await client.ask(.get, .intake, path, headers: headers, body: "")
                        return try EventCoding.decode(Status.self, from: answer.body).legs.first?.clock
                    }
                    let officer = [
                        "Authorization": "Bearer \(fleet.token(of: "chengjian"))", "Content-Type": "application/json",
                    ]
                    try await eventually("a department has it, and its clock runs") {
                        let legs = try await fleet.number("SELECT count(*) FROM assignments", of: .replies)
                        let clocks = try await fleet.number("SELECT count(*) FROM clocks", of: .reminders)
                        return try await clock() != nil && legs == 1 && clocks == 1
                    }
                    let plain = try #require(try await clock())
                    let leg = try await fleet.text("SELECT id::text FROM assignments", of: .replies)
                    let department = try await fleet.text("SELECT department FROM assignments", of: .replies)
                    #expect(try await fleet.text("SELECT committee FROM suggestions", of: .replies) == "chengjian")
                    func ask(_ body: String) async throws -> Int {
                        let path = "/v1/assignments/\(leg)/clock"
                        return try await client.ask(.post, .replies, path, headers: officer, body: body).status
                    }
                    #expect(try await ask(#"{"action":"pause","reason":"请补充具体位置"}"#) == 200)
                    try await eventually("the author sees that it stands still") {
                        try await clock()?.pausedSince != nil
                    }
                    let paused = """
                        SELECT count(*) FROM clocks WHERE held_stage IS NOT NULL AND next_stage = 'paused-1-1' AND facts IS NOT NULL
                        """ as SQL
                    try await eventually("the stage ahead waits, and what is told meanwhile comes next") {
                        try await fleet.number(paused, of: .reminders) == 1
                    }
                    let listed = try await client.ask(.get, .reminders, "/v1/clocks", headers: officer, body: "")
                    #expect(String(decoding: listed.body, as: UTF8.self).contains("pausedSince"))
                    #expect(try await ask(#"{"action":"resume","reason":"已补充"}"#) == 200)
                    #expect(try await ask(#"{"action":"extend","reason":"须现场勘察","term":"P10D"}"#) == 200)
                    #expect(try await ask(#"{"action":"extend","reason":"须现场勘察","term":"P10D"}"#) == 422)
                    try await eventually("the author sees the later end") {
                        try await clock()?.extensions?.map(\.by) == ["P10D"]
                    }
                    let after = try #require(try await clock())
                    // Within a day, so that nothing was added by the pause.
                    #expect(after.dueAt > plain.dueAt && after.pausedSince == nil && after.pauses?.count == 1)
                    for (service, table) in [
                        (ServiceName.routing, "assignments"), (.replies, "assignments"), (.reminders, "clocks"),
                    ] {
                        let end = "SELECT (extract(epoch FROM due_at) * 1000000)::int8 FROM \(unsafe: table)" as SQL
                        try await eventually("\(service) has the same end") {
                            try await fleet.number(end, of: service) == Int(after.dueAt.microseconds)
                        }
                    }
                    let waiting = "SELECT count(*) FROM clocks WHERE next_at IS NOT NULL AND held_stage IS NULL" as SQL
                    #expect(try await fleet.number(waiting, of: .reminders) == 1)
                    try await eventually("the department is told of each change") {
                        let told = try await told(department, fleet)
                        return Set(told.map(\.reason)) == [.paused, .resumed, .extended]
                            && told.allSatisfy { $0.text?.isEmpty == false }
                    }
                }
            }
        }

        /// What lies in a department's queue about changed clocks; it stays there.
        private func told(_ department: String, _ fleet: Fleet) async throws -> [MovedNotice] {
            try await BrokerAdministration.connected(fleet.broker) { broker in
                try await broker.get(fleet.topology.departmentQueue(of: department), maximum: 100)
                    .filter { $0.properties.type == MovedNotice.name.rawValue }
                    .map { try EventCoding.decode(MovedNotice.self, from: $0.body) }
            }
        }
    }
}
