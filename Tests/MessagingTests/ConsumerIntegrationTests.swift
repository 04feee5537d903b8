import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ConsumerIntegrationTests {
    @Test func `every knock takes effect once and is told of once`() async throws {
        try await ToyHarness.with { harness in
            let ids = try await harness.knock(500)
            try await harness.running(harness.toy()) { try await harness.conserved(ids) }
        }
    }

    @Test func `copies of a message take effect once`() async throws {
        try await ToyHarness.with { harness in
            let ids = (0..<50).map { _ in EventID.make() }
            let messages = try ids.map {
                try Toy.knock(Pinged(), id: $0, topology: harness.topology, account: harness.broker.user)
            }
            try await harness.send(messages + messages.shuffled() + messages)
            try await harness.running(harness.toy()) { try await harness.conserved(ids) }
        }
    }

    @Test func `two consumers of one queue never both apply a copy`() async throws {
        try await ToyHarness.with { harness in
            let ids = (0..<300).map { _ in EventID.make() }
            let messages = try ids.map {
                try Toy.knock(Pinged(), id: $0, topology: harness.topology, account: harness.broker.user)
            }
            try await harness.send(messages + messages)
            try await harness.running(harness.toy()) {
                try await harness.running(harness.toy()) { try await harness.conserved(ids) }
            }
        }
    }

    @Test func `a poison message parks alone after its attempts while its neighbours go through`() async throws {
        try await ToyHarness.with { harness in
            let good = try await harness.knock(40)
            let bad = try await harness.knock(1, behaviour: "throw")
            let more = try await harness.knock(40)
            try await harness.running(harness.toy()) {
                let queue = harness.topology.parkedQueue(of: .toy)
                try await eventually("the poison message is parked") { try await harness.count(queue) == 1 }
                try await harness.conserved(good + bad + more, parked: 1)
            }
            let parked = try #require(try await harness.take(1, from: harness.topology.parkedQueue(of: .toy)).first)
            #expect(parked.properties.messageID == bad[0].description)
            #expect(parked.properties[header: Envelope.HeaderName.reason] == .string("attempts-spent"))
            #expect(parked.properties[header: Envelope.HeaderName.attempt] == .int(2))
            #expect(try EventCoding.decode(Pinged.self, from: parked.body).behaviour == "throw")
        }
    }

    @Test func `what can never succeed is parked at once with its reason`() async throws {
        try await ToyHarness.with(ladder: [.seconds(3_600)]) { harness in
            let account = harness.broker.user
            let refused = try Toy.knock(Pinged(behaviour: "refuse"), topology: harness.topology, account: account)
            var malformed = try Toy.knock(Pinged(), topology: harness.topology, account: account)
            malformed.body = Array(#"{"sentAt":"yesterday","filler":""}"#.utf8)
            var unreadable = try Toy.knock(Pinged(), topology: harness.topology, account: account)
            unreadable.body = [0xFF, 0xFE, 0x00]
            var unknown = try Toy.knock(Pinged(), topology: harness.topology, account: account)
            unknown.properties.headers.removeAll { $0.name == Envelope.HeaderName.type }
            unknown.properties.headers.append(Header(Envelope.HeaderName.type, .string("toy.pinged.v99")))
            var bare = try Toy.knock(Pinged(), topology: harness.topology, account: account)
            bare.properties.headers = []
            let good = try await harness.knock(5)
            try await harness.send([refused, malformed, unreadable, unknown, bare])
            try await harness.running(harness.toy()) {
                let queue = harness.topology.parkedQueue(of: .toy)
                try await eventually("five messages are parked") { try await harness.count(queue) == 5 }
                let parked = try await harness.take(5, from: queue)
                let reasons = Dictionary(
                    uniqueKeysWithValues: parked.map {
                        ($0.properties.messageID ?? "", $0.properties[header: Envelope.HeaderName.reason])
                    }
                )
                #expect(reasons[refused.properties.messageID ?? ""] == .string("refused-by-rule"))
                #expect(reasons[malformed.properties.messageID ?? ""] == .string("malformed-body"))
                #expect(reasons[unreadable.properties.messageID ?? ""] == .string("malformed-body"))
                #expect(reasons[unknown.properties.messageID ?? ""] == .string("unknown-type"))
                #expect(reasons[bare.properties.messageID ?? ""] == .string("malformed-envelope"))
                #expect(
                    parked.first { $0.properties.messageID == malformed.properties.messageID }?.body == malformed.body
                )
                try await harness.conserved(good)
            }
        }
    }

    @Test func `a version on the ladder is overtaken, waited for, and order holds`() async throws {
        try await ToyHarness.with(mode: .inOrder, ladder: [.milliseconds(300)]) { harness in
            let aggregate = SuggestionID.make()
            let ids = (1...6).map { _ in EventID.make() }
            // Shuffled, with repeats: the same as a ladder does to them, and worse.
            let messages = try [3, 1, 6, 2, 2, 5, 4, 1].map {
                try Toy.knock(
                    Pinged(),
                    about: aggregate,
                    version: $0,
                    id: ids[$0 - 1],
                    topology: harness.topology,
                    account: harness.broker.user
                )
            }
            try await harness.running(harness.toy()) {
                for message in messages { try await harness.send([message]) }
                try await harness.conserved(ids)
            }
            #expect(try await harness.number("SELECT version FROM effects") == 6)
            #expect(try await harness.number("SELECT count(*) FROM waiting") == 0)
        }
    }

    @Test func `an event that no queue is bound for rests in the unrouted queue`() async throws {
        try await ToyHarness.with { harness in
            try await BrokerAdministration.connected(harness.broker) { broker in
                try await broker.unbind(
                    harness.topology.workQueue(of: .sink),
                    from: harness.topology.events,
                    key: harness.topology.bindingKey(owner: .toy)
                )
            }
            try await harness.knock(7)
            try await harness.running(harness.toy()) {
                try await eventually("seven events are caught") {
                    try await harness.count(harness.topology.unrouted) == 7
                }
            }
            #expect(try await harness.number("SELECT count(*) FROM outbox") == 0)
        }
    }

    @Test func `what the next queue refuses stays in the outbox and leaves when there is room`() async throws {
        try await ToyHarness.with(workQueueLimit: 20) { harness in
            // The toy's own queue has the same bound: fewer than that at a time.
            try await harness.running(harness.toy()) {
                var sent = 0
                for _ in 0..<6 {
                    sent += try await harness.knock(10).count
                    let target = sent
                    try await eventually("\(target) effects") {
                        try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == target
                    }
                }
                #expect(try await harness.number("SELECT count(*) FROM outbox") > 0)
                var told: Set<String> = []
                try await eventually("all sixty are told once there is room", within: .seconds(60)) {
                    let waiting = try await harness.count(harness.topology.workQueue(of: .sink))
                    for delivery in try await harness.take(waiting, from: harness.topology.workQueue(of: .sink)) {
                        told.insert(delivery.properties.messageID ?? "")
                    }
                    return told.count == 60
                }
                try await eventually("the outbox is empty") {
                    try await harness.number("SELECT count(*) FROM outbox") == 0
                }
            }
        }
    }
}
