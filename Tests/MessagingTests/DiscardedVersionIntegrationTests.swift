import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

/// A version of an owner's order that an operator throws away blocks none of those behind it.
@Suite(.timeLimit(.minutes(5)))
struct DiscardedVersionIntegrationTests {
    private let aggregate = SuggestionID.make()
    private let ids = (0...6).map { _ in EventID.make() }

    private func knock(_ version: Int, _ behaviour: String? = nil, in harness: ToyHarness) throws -> OutgoingMessage {
        try Toy.knock(
            Pinged(behaviour: behaviour),
            about: aggregate,
            version: version,
            id: ids[version],
            topology: harness.topology,
            account: harness.broker.user
        )
    }

    private func discard(_ version: Int, in harness: ToyHarness) async throws {
        let account = harness.broker.user
        let letters = DeadLetters(
            broker: harness.broker,
            topology: harness.topology,
            service: .toy,
            subscription: Toy.subscriptions[0],
            senderAccount: { _ in account }
        )
        let database = Database(configuration: harness.database, logger: .silent)
        let act = Act(actor: "operator:test", authority: "because")
        #expect(try await letters.discard([ids[version].description], by: act, recordingIn: database) == 1)
        await database.close()
    }

    private func isParked(in harness: ToyHarness) async throws {
        let parked = harness.topology.parkedQueue(of: .toy)
        try await eventually("it is parked") { try await harness.count(parked) == 1 }
    }

    private func position(_ harness: ToyHarness) async throws -> Int {
        try await harness.number("SELECT coalesce(max(version), 0) FROM positions")
    }

    @Test func `what waited for a version goes on when that is thrown away`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            try await harness.running(harness.toy()) {
                try await harness.send([knock(1, in: harness)])
                try await harness.send([knock(2, "refuse", in: harness)])
                try await isParked(in: harness)
                try await harness.send([knock(3, in: harness), knock(4, in: harness)])
                try await eventually("the next wait") { try await harness.number("SELECT count(*) FROM waiting") == 2 }
                try await discard(2, in: harness)
                try await eventually("they are applied") { try await position(harness) == 4 }
            }
            #expect(try await harness.number("SELECT count FROM effects") == 3)
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
        }
    }

    @Test func `a version that is thrown away before its turn is passed over when that comes`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            var unreadable = try knock(3, in: harness)
            unreadable.body = [0xFF]
            try await harness.running(harness.toy()) {
                try await harness.send([knock(1, in: harness)])
                try await eventually("the first is applied") { try await position(harness) == 1 }
                try await harness.send([unreadable])
                try await isParked(in: harness)
                try await discard(3, in: harness)
                #expect(try await position(harness) == 1)
                try await harness.send([knock(4, in: harness)])
                try await harness.send([knock(2, in: harness)])
                try await eventually("all are applied") { try await position(harness) == 4 }
            }
            #expect(try await harness.number("SELECT count FROM effects") == 3)
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
        }
    }

    @Test func `a version that somebody else claims moves nothing when it is thrown away`() async throws {
        try await ToyHarness.with(mode: .inOrder) { harness in
            var forged = try knock(2, in: harness)
            forged.properties.userID = nil
            try await harness.running(harness.toy()) {
                try await harness.send([knock(1, in: harness)])
                try await eventually("the first is applied") { try await position(harness) == 1 }
                try await harness.send([forged])
                try await isParked(in: harness)
                try await discard(2, in: harness)
                #expect(try await position(harness) == 1)
                #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
                try await harness.send([knock(2, in: harness)])
                try await eventually("the right one is applied") { try await position(harness) == 2 }
            }
        }
    }
}
