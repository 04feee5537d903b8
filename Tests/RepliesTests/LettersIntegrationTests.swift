import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Replies

/// A department's queue and exchange, on real servers.
@Suite(.timeLimit(.minutes(1)))
struct LettersIntegrationTests {
    private static let migrations = [Migration("V001_replies", PackageResources.V001_replies_sql)]
    private let code = DepartmentCode(rawValue: "chengguan")

    private struct Setting {
        let world: ServiceWorld
        let engine: Engine
        let suggestion: SuggestionID
        let assignment: AssignmentID
    }

    /// A running Replies with one leg of the department.
    private func with(_ body: (Setting) async throws -> Void) async throws {
        let terms = try LegalTerms(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/terms.json")))
        try await ServiceWorld.with([.replies: Self.migrations], departments: [code]) { world in
            let engine = try world.engine(.replies)
            let notices = Notices(queued: [code], topology: world.topology)
            let account = world.broker.user
            let hears = engine.consumption(
                of: [OpenLegs(notices: notices)],
                known: Catalog.names(of: [.routing, .reminders]),
                senderAccount: { _ in account }
            )
            let letters = engine.correspondence(
                with: [code],
                handler: TakeLetters(terms: terms, notices: notices, sharedAccount: account)
            )
            try await world.running([{ await hears.run() }, { await letters.run() }, { await engine.run() }]) {
                let (suggestion, assignment) = (SuggestionID.make(), AssignmentID.make())
                let leg = Leg(
                    assignment: assignment,
                    department: code,
                    role: .single,
                    clock: terms.clock(for: .opinion, .single, round: 1, from: .now)
                )
                let event = SuggestionAssigned(
                    number: "BJ-1",
                    kind: .opinion,
                    title: "t",
                    text: "x",
                    committee: .init(rawValue: "chengjian"),
                    legs: [leg],
                    reason: "r",
                    assignedAt: .now
                )
                let accepted = SuggestionAccepted(
                    number: "BJ-1",
                    committee: event.committee,
                    category: .init(rawValue: "c"),
                    acceptedAt: .now
                )
                try await world.tell([
                    try world.message(accepted, about: suggestion, version: 1),
                    try world.message(event, about: suggestion, version: 2),
                ])
                let notice = try await world.take(1, from: world.topology.departmentQueue(of: code.rawValue))[0]
                #expect(notice.properties.type == AssignmentNotice.name.rawValue)
                try await body(Setting(world: world, engine: engine, suggestion: suggestion, assignment: assignment))
            }
        }
    }

    private func letter(
        _ setting: Setting,
        _ action: String,
        _ body: String,
        id: String? = UUID().uuidString,
        user: String? = nil
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: setting.world.topology.departmentsIn,
            routingKey: "\(code).\(action)",
            isMandatory: true,
            properties: MessageProperties(
                contentType: "application/json",
                messageID: id,
                userID: user ?? setting.world.broker.user
            ),
            body: Array(body.utf8)
        )
    }

    private func rejection(_ setting: Setting) async throws -> MessageRejected {
        let queue = setting.world.topology.departmentQueue(of: code.rawValue)
        let delivery = try await setting.world.take(1, from: queue)[0]
        #expect(delivery.properties.type == MessageRejected.name.rawValue)
        return try EventCoding.decode(MessageRejected.self, from: delivery.body)
    }

    @Test func `a department signs and replies over its queue; a repeat has no effect`() async throws {
        try await with { setting in
            let receipt = letter(setting, "receipt", #"{"assignment":"\#(setting.assignment)"}"#)
            let reply = letter(setting, "reply", #"{"assignment":"\#(setting.assignment)","outcome":"A","text":"已办"}"#)
            try await setting.world.tell([receipt, receipt, reply, reply])
            try await eventually("it is answered") {
                try await setting.world.number(
                    "SELECT count(*) FROM suggestions WHERE state = 'answered' AND version = 2",
                    of: .replies
                ) == 1
            }
            #expect(try await setting.world.number("SELECT count(*) FROM replies", of: .replies) == 1)
            #expect(try await setting.world.number("SELECT count(*) FROM rejected_messages", of: .replies) == 0)
        }
    }

    @Test(arguments: [
        ("reply", "{", "", "malformed"), ("reply", "\u{FEFF}[]", "", "malformed"),
        ("reply", #"{"assignment":1,"outcome":"A","text":"x"}"#, "/assignment", "malformed"),
        ("reply", #"{"outcome":"A","text":"x"}"#, "/assignment", "malformed"),
        ("reply", #"{"assignment":"ASSIGNMENT","outcome":"Z","text":"x"}"#, "/outcome", "malformed"),
        ("reply", #"{"assignment":"ASSIGNMENT","outcome":"B","text":"x"}"#, "/commitmentDueAt", "required"),
        ("reply", #"{"assignment":"ASSIGNMENT","outcome":"A","text":" "}"#, "/text", "length"),
        (
            "reply", #"{"assignment":"0192f3c4-5a10-7c11-8a51-3f2a9d0c1b01","outcome":"A","text":"x"}"#, "/assignment",
            "unknown"
        ),
        ("return", #"{"assignment":"ASSIGNMENT","reason":""}"#, "/reason", "length"),
        ("dance", "{}", "", "routing-key"),
    ])
    func `what cannot be taken is answered field by field and kept`(
        action: String,
        body: String,
        pointer: String,
        rule: String
    ) async throws {
        try await with { setting in
            let body = body.replacing("ASSIGNMENT", with: setting.assignment.description)
            try await setting.world.tell([letter(setting, action, body, id: "mine-1")])
            let rejected = try await rejection(setting)
            #expect(rejected.message == "mine-1" && rejected.routingKey == "\(code).\(action)")
            #expect(rejected.faults.map(\.pointer) == [pointer] && rejected.faults.map(\.rule) == [rule])
            #expect(try await setting.world.number("SELECT count(*) FROM rejected_messages", of: .replies) == 1)
            let good = letter(setting, "receipt", #"{"assignment":"\#(setting.assignment)"}"#)
            try await setting.world.tell([good])
            try await eventually("its next message is taken") {
                try await setting.world.number("SELECT count(*) FROM acts", of: .replies) == 1
            }
        }
    }

    @Test func `bytes that are no text, and a message without an id, are answered too`() async throws {
        try await with { setting in
            var broken = letter(setting, "receipt", "")
            broken.body = [0xff, 0xfe, 0x00, 0x80]
            try await setting.world.tell([broken, letter(setting, "receipt", "{}", id: nil)])
            let rules = [try await rejection(setting), try await rejection(setting)].flatMap(\.faults).map(\.rule)
            #expect(Set(rules) == ["malformed", "message-id"])
        }
    }

    @Test func `another department's leg is as good as none`() async throws {
        try await with { setting in
            let call = Desk.Call(
                command: .receive(setting.assignment),
                actor: "department:zhujian",
                department: DepartmentCode(rawValue: "zhujian"),
                suggestion: nil,
                origin: .here
            )
            let terms = try LegalTerms(
                json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/terms.json"))
            )
            let notices = Notices(queued: [code], topology: setting.world.topology)
            let desk = Desk(outbox: setting.engine.outbox, terms: terms, notices: notices)
            let error = await #expect(throws: Impossible.self) { try await desk.perform(call) }
            #expect(error?.rule == "unknown")
        }
    }
}
