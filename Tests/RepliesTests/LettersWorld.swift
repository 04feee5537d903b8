import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Rules
import Support
import Testing

@testable import Replies

/// A running Replies that listens to departments' queues.
struct LettersWorld: Sendable {
    static let code = DepartmentCode(rawValue: "chengguan")
    static let other = DepartmentCode(rawValue: "zhujian")

    let world: ServiceWorld
    let engine: Engine
    let notices: Notices

    /// Lends one.
    ///
    /// - Parameters:
    ///   - departments: those that have queues already; the test declares the others'.
    ///   - sharesAccount: whether departments publish under the account that all share here; else each has its own.
    static func with(
        departments: [DepartmentCode] = [code],
        sharesAccount: Bool = true,
        calendar: KnownCalendar = KnownCalendar(),
        _ body: (Self) async throws -> Void
    ) async throws {
        let terms = try RepliesWorld.terms
        try await ServiceWorld.with([.replies: RepliesStore.migrations], departments: departments) { world in
            let engine = try world.engine(.replies)
            let notices = Notices(queued: [code, other], topology: world.topology)
            let account = world.broker.user
            let hears = engine.consumption(
                of: [
                    OpenLegs(notices: notices, terms: terms, calendar: calendar), EraseTexts(notices: notices),
                    KeepCalendar(),
                ],
                known: Catalog.names(of: [.routing, .reminders]),
                singles: [SuggestionErased.name],
                senderAccount: { _ in account }
            )
            let letters = engine.correspondence(
                with: departments.isEmpty ? [code, other] : departments,
                handler: TakeLetters(
                    terms: terms,
                    calendar: calendar,
                    notices: notices,
                    sharedAccount: sharesAccount ? account : nil
                )
            )
            try await world.running([{ await hears.run() }, { await letters.run() }, { await engine.run() }]) {
                try await body(Self(world: world, engine: engine, notices: notices))
            }
        }
    }

    /// Lets Routing give out legs, one a department.
    func assign(
        _ departments: [DepartmentCode] = [code],
        kind: SuggestionKind = .opinion,
        from start: Timestamp = .now
    ) async throws -> [AssignmentID] {
        let (events, legs) = try matter(departments, kind, from: start)
        try await world.tell(events)
        return legs
    }

    /// Many legs of the department, each of a matter of its own; their notices are in the queue.
    func legs(_ count: Int) async throws -> [AssignmentID] {
        let matters = try (0..<count).map { _ in try matter([Self.code], .opinion, from: .now) }
        try await world.tell(matters.flatMap(\.events))
        return matters.flatMap(\.legs)
    }

    /// What Routing tells of a matter.
    private func matter(
        _ departments: [DepartmentCode],
        _ kind: SuggestionKind,
        from start: Timestamp
    ) throws -> (events: [OutgoingMessage], legs: [AssignmentID]) {
        let terms = try RepliesWorld.terms
        let suggestion = SuggestionID.make()
        let legs = departments.map { department in
            Leg(
                assignment: .make(),
                department: department,
                role: .lead,
                clock: terms.counted(in: .china).clock(for: kind, .single, round: 1, from: start)
            )
        }
        let committee = CommitteeCode(rawValue: "chengjian")
        let accepted = SuggestionAccepted(
            number: "BJ-1",
            committee: committee,
            category: .init(rawValue: "c"),
            acceptedAt: .now
        )
        let assigned = SuggestionAssigned(
            number: "BJ-1",
            kind: kind,
            title: "t",
            text: "x",
            committee: committee,
            legs: legs,
            reason: "r",
            assignedAt: .now,
            attachments: [AttachedFile(id: .make(), name: "p.jpg", type: "image/jpeg", size: 3, sha256: "00")],
            contact: "/v1/suggestions/BJ-1/contact"
        )
        let events = [
            try world.message(accepted, about: suggestion, version: 1),
            try world.message(assigned, about: suggestion, version: 2),
        ]
        return (events, legs.map(\.assignment))
    }

    /// Lets Routing give out legs of the department, each of a matter of its own.
    func assign(startingAt starts: [Timestamp]) async throws -> [AssignmentID] {
        var legs: [AssignmentID] = []
        for start in starts { legs += try await assign(from: start) }
        return legs
    }

    /// One leg of the department, and its notice taken out of the queue.
    func leg(kind: SuggestionKind = .opinion) async throws -> AssignmentID {
        let assignment = try await assign(kind: kind)[0]
        let notice = try await world.take(1, from: world.topology.departmentQueue(of: Self.code.rawValue))[0]
        #expect(notice.properties.type == AssignmentNotice.name.rawValue)
        let told = try EventCoding.decode(AssignmentNotice.self, from: notice.body)
        #expect(told.contact == "/v1/suggestions/BJ-1/contact" && told.attachments?.first?.name == "p.jpg")
        return assignment
    }

    /// What the department sends.
    func letter(
        _ action: String,
        _ body: [UInt8],
        id: String? = UUID().uuidString,
        from department: DepartmentCode = code,
        user: String?? = .none
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: world.topology.departmentsIn,
            routingKey: "\(department).\(action)",
            isMandatory: true,
            properties: MessageProperties(
                contentType: "application/json",
                messageID: id,
                userID: user ?? world.broker.user
            ),
            body: body
        )
    }

    /// What the department sends, as text.
    func letter(_ action: String, _ body: String, id: String? = UUID().uuidString) -> OutgoingMessage {
        letter(action, Array(body.utf8), id: id)
    }

    /// What the department is told of a letter that could not be taken.
    func rejection() async throws -> MessageRejected {
        let queue = world.topology.departmentQueue(of: Self.code.rawValue)
        let delivery = try await world.take(1, from: queue)[0]
        #expect(delivery.properties.type == MessageRejected.name.rawValue)
        return try EventCoding.decode(MessageRejected.self, from: delivery.body)
    }

    /// One integer of Replies' schema.
    func number(_ sql: SQL) async throws -> Int { try await world.number(sql, of: .replies) }
}
