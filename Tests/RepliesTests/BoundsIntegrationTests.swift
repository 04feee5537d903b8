import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Replies

/// A department that floods, or does not read, harms itself alone.
@Suite(.timeLimit(.minutes(5)))
struct BoundsIntegrationTests {
    private let code = LettersWorld.code
    private let other = LettersWorld.other

    /// Declares the departments' queues as `migrate` does, but with room for a few messages.
    private func declare(_ department: DepartmentCode, room: Int, on topology: Topology, _ broker: BrokerConfiguration)
        async throws
    {
        let bounded: [Header] = [
            Header("x-queue-type", .string("quorum")), Header("x-overflow", .string("reject-publish")),
            Header("x-max-length", .int(Int64(room))),
        ]
        try await BrokerAdministration.connected(broker) { broker in
            let queue = topology.departmentQueue(of: department.rawValue)
            try await broker.declareQueue(queue, arguments: bounded)
            try await broker.bind(queue, to: topology.departmentsOut, key: department.rawValue)
            let inbox = topology.departmentInbox(of: department.rawValue)
            try await broker.declareQueue(inbox, arguments: bounded)
            try await broker.bind(inbox, to: topology.departmentsIn, key: "\(department).#")
        }
    }

    private func delete(_ department: DepartmentCode, on topology: Topology, _ broker: BrokerConfiguration) async throws
    {
        try await BrokerAdministration.connected(broker) { broker in
            try await broker.deleteQueue(topology.departmentQueue(of: department.rawValue))
            try await broker.deleteQueue(topology.departmentInbox(of: department.rawValue))
        }
    }

    private func bounded(_ room: [DepartmentCode: Int], _ body: (LettersWorld) async throws -> Void) async throws {
        try await LettersWorld.with(departments: []) { letters in
            let (topology, broker) = (letters.world.topology, letters.world.broker)
            for (department, room) in room { try await declare(department, room: room, on: topology, broker) }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(letters)) } catch { outcome = .failure(error) }
            for department in room.keys { try await delete(department, on: topology, broker) }
            try outcome.get()
        }
    }

    @Test func `who does not read has its messages held, and the others get theirs`() async throws {
        try await bounded([code: 2, other: 1_000]) { letters in
            let (full, free) = (
                letters.world.topology.departmentQueue(of: code.rawValue),
                letters.world.topology.departmentQueue(of: other.rawValue)
            )
            // The broker lets a queue grow past its limit by what is under way when it is reached (manual, Queue Length
            // Limit), so how many fit is not known: one by one until one finds no room.
            var assigned = 0
            repeat {
                _ = try await letters.assign([code, other])
                assigned += 1
                _ = try await letters.world.take(1, from: free)
                #expect(assigned < 50, "a queue of two is full")
            } while try await held(letters) < 3 && assigned < 50
            for _ in 0..<5 {
                _ = try await letters.assign([code, other])
                assigned += 1
            }
            _ = try await letters.world.take(5, from: free)
            try await eventually("what found no room is held, and nothing else") {
                try await letters.number("SELECT count(*) FROM outbox WHERE routing_key <> 'chengguan'") == 0
            }
            #expect(try await held(letters) > 0)
            // From the first refusal that its relay has met.
            try await eventually("the operator's status names who takes nothing, and only that one") {
                let (database, exchange) = (letters.engine.database, letters.world.topology.departmentsOut)
                return try await Backlog.Held.of(database, exchange: exchange).map(\.routingKey) == ["chengguan"]
            }
            // It reads again: everything comes, once each.
            let notices = try await letters.world.take(assigned, from: full)
            #expect(Set(notices.map(\.properties.messageID)).count == assigned)
            try await eventually("nothing is held any more") {
                try await letters.number("SELECT count(*) FROM outbox") == 0
            }
        }
    }

    /// Messages to the department that the outbox holds; the last that was confirmed may be among them, it goes with the next
    /// commit.
    private func held(_ letters: LettersWorld) async throws -> Int {
        try await letters.number("SELECT count(*) FROM outbox WHERE routing_key = 'chengguan'")
    }

    @Test func `who floods is refused, and the others are heard`() async throws {
        try await bounded([code: 5, other: 5]) { letters in
            let leg = try await letters.assign([other])[0]
            _ = try await letters.world.take(1, from: letters.world.topology.departmentQueue(of: other.rawValue))
            let refused = await withTaskGroup(of: Int.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        var refused = 0
                        for index in 0..<150 {
                            let letter = letters.letter("receipt", "{}", id: "flood-\(lane)-\(index)")
                            do { try await letters.world.tell([letter]) } catch { refused += 1 }
                        }
                        return refused
                    }
                }
                group.addTask {
                    let body = Array(#"{"assignment":"\#(leg)"}"#.utf8)
                    let letter = letters.letter("receipt", body, from: LettersWorld.other)
                    do { try await letters.world.tell([letter]) } catch { return 1_000 }
                    return 0
                }
                return await group.reduce(0, +)
            }
            #expect(refused < 1_000, "the other's letter is taken")
            try await eventually("and has its effect") { try await letters.number("SELECT count(*) FROM acts") == 1 }
            try await eventually("every letter that was taken from the flood is kept") {
                try await letters.number("SELECT count(*) FROM rejected_messages") == 600 - refused
            }
        }
    }
}
