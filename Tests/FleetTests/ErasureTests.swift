import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

extension FleetTests {
    /// An item is erased in the middle of its life, through every service.
    struct ErasureTests {
        private static let erased = [
            Traces.Mark("words of the erased item", "白鹭弄三十一号"), Traces.Mark("its contact", "13957160001"),
        ]
        /// The officer of a station, whose name everybody was told.
        private static let person = "郎白和"
        private static let kept = Traces.Mark("words of another item", "青鸟弄四十二号")

        private func opinion(_ words: String, _ phone: String) -> String {
            """
            {"kind":"opinion","station":"ST-X01","title":"\(words)路灯不亮","text":"\(words)的路灯不亮，城管市容请修。",
             "contact":{"name":"\(words)","phone":"\(phone)"}}
            """
        }

        @Test(.timeLimit(.minutes(5)))
        func `nothing is left of an erased item's words, and nothing else is disturbed`() async throws {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let receipt = try await client.submit(opinion("白鹭弄三十一号", "13957160001"), key: "erasure-1")
                    let other = try await client.submit(opinion("青鸟弄四十二号", "13957160002"), key: "erasure-2")
                    try await eventually("departments have both") {
                        try await fleet.number("SELECT count(*) FROM suggestions", of: .replies) == 2
                    }
                    try await park(fleet, receipt)
                    let export = try await fleet.operate(["privacy", "export", receipt.number, "--reason", "本人申请"])
                    for mark in Self.erased { #expect(export.contains(mark.text), "\(mark.name)") }
                    for service in ["intake", "routing", "replies", "reminders", "dashboard"] {
                        #expect(export.contains("\"\(service)\" : {"), "\(service)")
                    }
                    #expect(!export.contains(Self.kept.text))

                    // A person of the directory as well: the same events, sweep and audit.
                    let login = "liaison.st-x0"
                    let held = try await fleet.operate(["privacy", "export-person", login, "--reason", "本人申请"])
                    #expect(held.contains(Self.person) && held.contains("actsElsewhere"))
                    try await fleet.operate(["people", "end", login])
                    #expect(
                        try await fleet.operate(["privacy", "erase-person", login, "--reason", "本人申请"]) == "erased\n"
                    )
                    try await eventually("who hears of people has heard") {
                        for service in [ServiceName.intake, .replies, .dashboard] {
                            guard try await fleet.number("SELECT count(*) FROM erased", of: service) == 1 else {
                                return false
                            }
                        }
                        return true
                    }
                    let answer = try await client.ask(
                        .post,
                        .intake,
                        "/v1/suggestions/\(receipt.number)/erasure",
                        headers: ["Receipt-Secret": receipt.secret],
                        body: ""
                    )
                    #expect(answer.status == 204)
                    try await eventually("every service has heard") {
                        for service in Subscription.all.map(\.service) {
                            let items = "SELECT count(*) FROM erased WHERE suggestion = "
                            let id = try await fleet.text(
                                "SELECT id::text FROM suggestions WHERE number = \(receipt.number)",
                                of: .intake
                            )
                            guard try await fleet.number("\(unsafe: items)\(id)::text::uuid", of: service) == 1 else {
                                return false
                            }
                        }
                        return true
                    }
                    let swept = try await fleet.operate(["privacy", "sweep"])
                    #expect(swept.contains("routing: 1 letters without their words"), "\(swept)")
                    #expect(swept.hasSuffix("2 erasures, obeyed everywhere\n"), "\(swept)")

                    // Departments' own systems have it in their queues, with the word to erase it.
                    let told = try await redactions(fleet)
                    #expect(!told.isEmpty && told.allSatisfy { $0 == receipt.number })

                    // The handling of both goes on to its end.
                    let players = try await Players.start(fleet, client)
                    for receipt in [receipt, other] {
                        try await eventually("it is closed", within: .seconds(60)) {
                            try await client.status(receipt).state == "closed"
                        }
                    }
                    try await eventually("everything is heard") { try await fleet.pending().isEmpty }
                    await players.leave()

                    var gone = Traces(fleet, Self.erased)
                    try await gone.searchTables(except: [])
                    try await gone.searchDump(except: [])
                    try await gone.searchQueues()
                    try gone.searchLogs()
                    #expect(gone.findings == [])
                    var nobody = Traces(fleet, [Traces.Mark("an officer's name", Self.person)])
                    try await nobody.searchTables(except: [])
                    try await nobody.searchDump(except: [])
                    try await nobody.searchQueues()
                    try nobody.searchLogs()
                    #expect(nobody.findings == [])
                    var left = Traces(fleet, [Self.kept])
                    try await left.searchTables(except: [])
                    let places = Set(left.findings.map { $0.split(separator: ": ").last.map(String.init) ?? "" })
                    for place in ["intake.suggestions.title", "routing.suggestions.title", "replies.replies.body"] {
                        #expect(places.contains(place), "\(place)")
                    }

                    try await eventually("all acts are sealed") {
                        try await fleet.operate(["audit", "verify"]).contains(" 0 acts not yet sealed")
                    }
                    let verified = try await fleet.operate(["audit", "verify"])
                    #expect(verified.contains("with their words erased on record"), "\(verified)")
                    #expect(verified.hasSuffix("all acts are as they were written\n"), "\(verified)")
                    #expect(try await fleet.runToEnd(.dashboard, ["rebuild"]).hasSuffix("equal\n"))
                    let after = try await fleet.operate(["privacy", "export", receipt.number, "--reason", "本人申请"])
                    for mark in Self.erased { #expect(!after.contains(mark.text), "\(mark.name)") }
                }
            }
        }

        /// Leaves a letter about an item in Routing's parked queue.
        private func park(_ fleet: Fleet, _ receipt: FleetClient.Receipt) async throws {
            let row = try await fleet.look(.intake) { database in
                try await database.query(
                    """
                    SELECT aggregate, body FROM acts
                    WHERE aggregate = (SELECT id FROM suggestions WHERE number = \(receipt.number))
                    """
                )[0]
            }
            var message = Envelope.message(
                EventMetadata(
                    id: .make(),
                    name: "suggestion.imagined",
                    owner: .intake,
                    aggregate: try row.id("aggregate"),
                    version: 9,
                    time: .now
                ),
                body: try row["body", as: [UInt8].self],
                exchange: fleet.topology.retryExchange(of: .routing),
                routingKey: "work",
                isMandatory: true,
                account: fleet.broker.user
            )
            message.isMandatory = true
            let letter = message
            try await BrokerAdministration.connected(fleet.broker) { try await $0.publishConfirmed(letter) }
            try await eventually("it is parked") { try await !fleet.parked().isEmpty }
        }

        /// Lets the departments' systems do as they are told: what was sent of an erased item loses its words.
        ///
        /// - Returns: the numbers of the items that they are told to erase.
        private func redactions(_ fleet: Fleet) async throws -> [String] {
            var numbers: [String] = []
            for department in fleet.departments {
                let queue = fleet.topology.departmentQueue(of: department.rawValue)
                try await BrokerAdministration.connected(fleet.broker) { broker in
                    let deliveries = try await broker.get(queue, maximum: 100)
                    let told = try deliveries.filter { $0.properties.type == RedactionNotice.name.rawValue }
                        .map { try EventCoding.decode(RedactionNotice.self, from: $0.body) }
                    numbers += told.map(\.number)
                    for delivery in deliveries where delivery.properties.type == AssignmentNotice.name.rawValue {
                        var notice = try EventCoding.decode(AssignmentNotice.self, from: delivery.body)
                        guard told.contains(where: { $0.suggestion == notice.suggestion }) else { continue }
                        (notice.title, notice.text) = ("已删除", "已删除")
                        try await broker.publishConfirmed(
                            OutgoingMessage(
                                exchange: fleet.topology.departmentsOut,
                                routingKey: department.rawValue,
                                isMandatory: true,
                                properties: delivery.properties,
                                body: try EventCoding.encode(notice)
                            )
                        )
                        try await broker.acknowledge(delivery.tag)
                    }
                }
            }
            return numbers
        }
    }
}
