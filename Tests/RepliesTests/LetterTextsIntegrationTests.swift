import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Replies

/// Hostile texts in every place of every letter that a department may send, through a real broker.
@Suite(.timeLimit(.minutes(5)))
struct LetterTextsIntegrationTests {
    /// A letter with something hostile in one place.
    private struct Attempt {
        let place: String
        let action: String
        let id: String
        let contentType: String
        /// A member as it is written, in the place of the good one of its name.
        let member: (name: String, json: String)?
        /// What is stored as it is when the letter is taken; nil for what is no text of the letter.
        let text: String?
        /// Whether it must not be taken: half a character is no text.
        let isNoText: Bool

        /// The id as tables have it, where there is no U+0000.
        var storedID: String { id.replacing("\0", with: "\u{FFFD}") }
    }

    /// Short strings have at most 255 bytes in AMQP 0-9-1; with a mark before it this is what is left.
    private static let shortLimit = 200
    /// Keys that nobody expects, of as many words as they like.
    private static let keys = ["", "#", "*", "receipt.", ".receipt", "receipt.x", "\u{301}receipt", "receipt\u{301}"]

    /// The members of a good letter of each kind.
    private static func samples(of leg: AssignmentID) throws -> [(action: String, members: [String: String])] {
        let due = Timestamp.now + .seconds(86_400)
        let contact = ContactRecord(mode: .telephone, heldAt: .now, officer: "李某", with: .author, text: "听取了意见")
        let letters: [any DepartmentMessage] = [
            ReceiptMessage(assignment: leg),
            ReturnMessage(assignment: leg, reason: "不属于本单位", proposedDepartment: LettersWorld.other),
            ContactMessage(assignment: leg, contact),
            ReplyMessage(assignment: leg, outcome: .planned, text: "已列入计划", commitmentDueAt: due),
        ]
        return try letters.map { letter in
            let members = try JSON(try EventCoding.encode(letter)).members
            return (type(of: letter).name.rawValue, try members.mapValues { try #require($0.text) })
        }
    }

    private static func attempts() throws -> [Attempt] {
        var attempts: [Attempt] = []
        func add(
            _ place: String,
            _ action: String,
            id: String? = nil,
            contentType: String = "application/json",
            member: (String, String)? = nil,
            text: String? = nil,
            isNoText: Bool = false
        ) {
            attempts.append(
                Attempt(
                    place: "\(action) \(place)",
                    action: action,
                    id: id ?? "letter-\(attempts.count)",
                    contentType: contentType,
                    member: member,
                    text: text,
                    isNoText: isNoText
                )
            )
        }
        for (action, members) in try samples(of: .make()) {
            for hostile in HostileText.all {
                for name in members.keys.sorted() {
                    // Known again among all that is stored.
                    let mark = "h\(attempts.count)-"
                    add(
                        "/\(name), \(hostile.name)",
                        action,
                        member: (name, "\"\(mark)\(hostile.json)\""),
                        text: hostile.text.map { (mark + $0).trimmingCharacters(in: .whitespacesAndNewlines) },
                        isNoText: hostile.text == nil
                    )
                }
                add("a member's name, \(hostile.name)", action, member: ("h-\(hostile.json)", "\"x\""))
                guard let text = hostile.text, text.utf8.count <= shortLimit else { continue }
                add("message-id, \(hostile.name)", action, id: "h\(attempts.count)-\(text)")
                add("content-type, \(hostile.name)", action, contentType: text)
            }
        }
        let texts = HostileText.all.compactMap(\.text).filter { $0.utf8.count <= shortLimit }
        for key in texts + keys { add("routing key", key) }
        return attempts
    }

    private static func message(
        _ attempt: Attempt,
        about leg: AssignmentID,
        _ letters: LettersWorld
    ) throws -> OutgoingMessage {
        let sample = try samples(of: leg).first { $0.action == attempt.action } ?? samples(of: leg)[0]
        var members = sample.members.mapValues { "\"\($0)\"" }
        if let (name, json) = attempt.member { members[name] = json }
        let body = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        var message = letters.letter(attempt.action, body, id: attempt.id)
        message.properties.contentType = attempt.contentType
        return message
    }

    @Test func `whatever stands in a letter is taken as text or answered, and no letter is lost`() async throws {
        try await LettersWorld.with { letters in
            let (world, attempts) = (letters.world, try Self.attempts())
            #expect(try Self.samples(of: .make()).map(\.action) == Catalog.fromDepartments.map { $0.name.rawValue })
            let legs = try await letters.legs(attempts.count)
            let queue = world.topology.departmentQueue(of: LettersWorld.code.rawValue)
            _ = try await world.takeDifferent(legs.count, from: queue)
            let before = try await StoredTexts(of: letters.engine.database)

            let sent = try zip(attempts, legs).map { try Self.message($0, about: $1, letters) }
            try await world.tell(sent)
            // What was lost is named below; to wait for it in vain says nothing.
            try? await eventually("every letter has come to its end", within: .seconds(60)) {
                try await letters.number(
                    "SELECT (SELECT count(*) FROM acts) + (SELECT count(*) FROM rejected_messages)"
                ) >= sent.count
            }
            let database = letters.engine.database
            let kept = try await database.query("SELECT message, body FROM rejected_messages").map {
                (id: try $0["message", as: String.self], body: try $0["body", as: [UInt8].self])
            }
            let moved = Set(
                try await database.query("SELECT id FROM assignments WHERE state <> 'issued' OR contacted_round > 0")
                    .map {
                        AssignmentID(rawValue: try $0["id", as: UUID.self])
                    }
            )
            let bodies = Dictionary(kept.map { ($0.id, $0.body) }) { first, _ in first }
            let ends = zip(attempts, legs).map { (isTaken: moved.contains($1), isKept: bodies[$0.storedID] != nil) }
            let lost = zip(attempts, ends).filter { !$1.isTaken && !$1.isKept }.map(\.0.place)
            let doubled = zip(attempts, ends).filter { $1.isTaken && $1.isKept }.map(\.0.place)
            #expect(lost == [] && doubled == [])
            #expect(kept.count + moved.count == sent.count)
            #expect(try await letters.number("SELECT count(*) FROM acts") == moved.count)
            let wrong = zip(attempts, ends).filter { $0.isNoText && $1.isTaken }.map(\.0.place)
            #expect(wrong == [], "no text, and yet taken")
            let changed = zip(attempts, sent).filter { attempt, message in
                bodies[attempt.storedID].map { $0 != message.body } ?? false
            }
            #expect(changed.map(\.0.place) == [], "kept as it came")

            // An answer for each that was kept, and nothing else anywhere.
            let answers = try await world.takeDifferent(kept.count, of: MessageRejected.name, from: queue).map {
                try EventCoding.decode(MessageRejected.self, from: $0.body)
            }
            let answered = Set(answers.map { $0.message.replacing("\0", with: "\u{FFFD}") })
            #expect(answered == Set(bodies.keys) && answers.allSatisfy { !$0.faults.isEmpty })
            // What is left can only be an answer, or a leg's notice, that was sent a second time for want of its confirm.
            let left = try await BrokerAdministration.connected(world.broker) {
                try await $0.get(queue, maximum: sent.count)
            }
            let known = Set(answers.map(\.message))
            for delivery in left {
                if delivery.properties.type == AssignmentNotice.name.rawValue {
                    let notice = try EventCoding.decode(AssignmentNotice.self, from: delivery.body)
                    #expect(legs.contains(notice.assignment))
                } else {
                    #expect(known.contains(try EventCoding.decode(MessageRejected.self, from: delivery.body).message))
                }
            }
            let others = [
                world.topology.departmentInbox(of: LettersWorld.code.rawValue),
                world.topology.parkedQueue(of: .replies),
            ]
            for queue in others {
                let count = try await BrokerAdministration.connected(world.broker) {
                    try await $0.messageCount(of: queue)
                }
                #expect(count == 0, "\(queue)")
            }
            let after = try await StoredTexts(of: letters.engine.database)
            #expect(after.losses(since: before, shrinking: ["outbox"]) == [])
            let texts = zip(attempts, ends).filter(\.1.isTaken).compactMap { attempt, _ in
                attempt.text.map { (place: attempt.place, text: $0) }
            }
            #expect(texts.count > 30 && after.missing(texts) == [])
            print(
                "letters: \(sent.count) sent with \(HostileText.all.count) texts, \(moved.count) taken, "
                    + "\(kept.count) kept, \(answers.count) answered, \(lost.count) lost"
            )
        }
    }
}
