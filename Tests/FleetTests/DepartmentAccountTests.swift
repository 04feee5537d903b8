import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

extension FleetTests {
    /// Departments' accounts as `ebinda departments` makes them, against the broker's own denials.
    struct DepartmentAccountTests {
        /// The broker's accounts are shared by all tests: these two are this run's own.
        private let own = DepartmentCode(rawValue: "d" + TestStack.uniqueName())
        private let other = DepartmentCode(rawValue: "e" + TestStack.uniqueName())

        @Test(.timeLimit(.minutes(5)))
        func
            `a department's account reads its queue, writes with its keys, and can do nothing else, until it is revoked`()
            async throws
        {
            try await Fleet.with(departments: [own, other]) { fleet in
                try await fleet.startAll([.replies, .directory])
                let secret = try await command(fleet, "provision")
                let account = try system(fleet, secret)
                // What is there gets its rights again and keeps its secret.
                #expect(try await command(fleet, "provision") == "")
                try await denials(fleet, account)
                try await answered(fleet, account)

                let held = try await hold(fleet, account)
                let renewed = try await command(fleet, "rotate")
                #expect(renewed != secret && renewed.count == secret.count)
                #expect(await held.value != nil, "open connections are closed")
                #expect(await refusal(account)?.code == .authenticationFailed, "the old secret is refused")
                let anew = try system(fleet, renewed)
                #expect(await refusal(anew) == nil)

                let last = try await hold(fleet, anew)
                #expect(try await command(fleet, "revoke") == "")
                #expect(await last.value != nil, "open connections are closed")
                #expect(await refusal(anew)?.code == .authenticationFailed)
                // Again is harmless, and tells nothing.
                #expect(try await command(fleet, "revoke") == "")

                let acts = try await fleet.text(
                    """
                    SELECT string_agg(authority || ' ' || version, ', ' ORDER BY version) FROM acts
                    WHERE name = 'department-account.changed'
                    """,
                    of: .directory
                )
                #expect(
                    acts
                        == "department-account.provision 1, department-account.rotate 2, department-account.revoke 3"
                )
            }
        }

        @Test(.timeLimit(.minutes(5))) func `what is no department, or has no account, is named and changes nothing`()
            async throws
        {
            try await Fleet.with(departments: [own]) { fleet in
                for arguments in [
                    ["provision", "nobody-\(own)"], ["provision", "replies"], ["provision", "a.b"],
                    ["provision", try fleet.stack.account], ["rotate", own.rawValue], ["revoke", "nobody-\(own)"],
                ] {
                    let failure = await #expect(throws: Fleet.Failure.self, "\(arguments)") {
                        try await fleet.runToEnd(.directory, ["departments"] + arguments)
                    }
                    #expect(failure?.description.contains("\(arguments)") != true, "\(arguments)")
                    #expect(failure?.description.contains(": 2\n") == true, "\(failure as Any)")
                }
                #expect(try await fleet.number("SELECT count(*) FROM department_accounts", of: .directory) == 0)
            }
        }

        private func command(_ fleet: Fleet, _ verb: String) async throws -> String {
            try await fleet.runToEnd(.directory, ["departments", verb, own.rawValue])
                .trimmingCharacters(in: .newlines)
        }

        /// The department's own system at the broker.
        private func system(_ fleet: Fleet, _ secret: String) throws -> BrokerConfiguration {
            var configuration = fleet.broker
            (configuration.user, configuration.password) = (own.rawValue, secret)
            return configuration
        }

        /// What connecting ends in; nil when it goes well.
        private func refusal(_ account: BrokerConfiguration) async -> BrokerError? {
            do throws(BrokerError) {
                try await connected(account) { _ in }
                return nil
            } catch {
                return error
            }
        }

        private func connected(
            _ account: BrokerConfiguration,
            _ body: @Sendable (BrokerAdministration) async throws -> Void
        ) async throws(BrokerError) {
            do {
                try await BrokerAdministration.connected(account, body)
            } catch let error as BrokerError {
                throw error
            } catch {
                Issue.record("\(error)")
            }
        }

        /// A connection that stays open until the broker closes it; what it ended in.
        private func hold(_ fleet: Fleet, _ account: BrokerConfiguration) async throws -> Task<BrokerError?, Never> {
            let queue = fleet.topology.departmentQueue(of: own.rawValue)
            let (opened, open) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> BrokerError? in
                let outcome = await ended(account, queue, open)
                open.finish()
                return outcome
            }
            for await _ in opened { return task }
            Issue.record("no connection for \(queue)")
            return task
        }

        private func ended(
            _ account: BrokerConfiguration,
            _ queue: String,
            _ open: AsyncStream<Void>.Continuation
        ) async -> BrokerError? {
            do throws(BrokerError) {
                try await connected(account) { broker in
                    open.yield()
                    // Each look asks the broker, until that has closed the connection.
                    try await eventually("the connection is closed", within: .seconds(20)) {
                        _ = try await broker.get(queue, maximum: 1)
                        return false
                    }
                }
                return nil
            } catch {
                return error
            }
        }

        private func letter(
            _ fleet: Fleet,
            as department: DepartmentCode,
            user: String? = nil,
            id: String = UUID().uuidString
        ) -> OutgoingMessage {
            OutgoingMessage(
                exchange: fleet.topology.departmentsIn,
                routingKey: "\(department).receipt",
                isMandatory: true,
                properties: MessageProperties(contentType: "application/json", messageID: id, userID: user),
                body: Array(#"{"assignment":"\#(AssignmentID.make())"}"#.utf8)
            )
        }

        /// Everything that must be refused, with the broker's own word for it.
        private func denials(_ fleet: Fleet, _ account: BrokerConfiguration) async throws {
            let topology = fleet.topology
            let (own, other) = (own, other)
            let attempts: [(what: String, code: Int, attempt: @Sendable (BrokerAdministration) async throws -> Void)] =
                [
                    (
                        "read another's queue", 403,
                        { _ = try await $0.get(topology.departmentQueue(of: other.rawValue), maximum: 1) }
                    ),
                    (
                        "read its own inbox at Replies", 403,
                        { _ = try await $0.get(topology.departmentInbox(of: own.rawValue), maximum: 1) }
                    ),
                    (
                        "read a service's queue", 403,
                        { _ = try await $0.get(topology.workQueue(of: .replies), maximum: 1) }
                    ),
                    ("write with another's key", 403, { try await $0.publishConfirmed(letter(fleet, as: other)) }),
                    (
                        "write under another's name", 406,
                        { try await $0.publishConfirmed(letter(fleet, as: own, user: other.rawValue)) }
                    ),
                    (
                        "write an event", 403,
                        {
                            try await $0.publishConfirmed(
                                OutgoingMessage(
                                    exchange: topology.events,
                                    routingKey: "\(own).receipt",
                                    body: [123, 125]
                                )
                            )
                        }
                    ),
                    (
                        "write past the exchange", 403,
                        {
                            try await $0.publishConfirmed(
                                OutgoingMessage(
                                    exchange: "",
                                    routingKey: topology.departmentQueue(of: own.rawValue),
                                    body: [123, 125]
                                )
                            )
                        }
                    ),
                    ("make a queue", 403, { try await $0.declareQueue("\(own).mine") }),
                    (
                        "take its queue away", 403,
                        { try await $0.deleteQueue(topology.departmentQueue(of: own.rawValue)) }
                    ),
                ]
            for (what, code, attempt) in attempts {
                do throws(BrokerError) {
                    try await connected(account, attempt)
                    Issue.record("it could \(what)")
                } catch {
                    #expect(error.replyCode == code, "\(what): \(error)")
                }
            }
        }

        /// Its own queue and its own keys: what it sends is taken or answered, and a sender without a name is told so.
        private func answered(_ fleet: Fleet, _ account: BrokerConfiguration) async throws {
            let queue = fleet.topology.departmentQueue(of: own.rawValue)
            for (user, rule) in [(own.rawValue, "unknown"), (nil, "sender")] {
                let id = UUID().uuidString
                try await connected(account) {
                    try await $0.publishConfirmed(letter(fleet, as: own, user: user, id: id))
                }
                try await eventually("it is told what is wrong") {
                    var answers: [MessageRejected] = []
                    try await BrokerAdministration.connected(account) { broker in
                        for delivery in try await broker.get(queue, maximum: 10) {
                            answers.append(try EventCoding.decode(MessageRejected.self, from: delivery.body))
                            try await broker.acknowledge(delivery.tag)
                        }
                    }
                    guard let answer = answers.first else { return false }
                    #expect(answer.message == id && answer.faults.map(\.rule) == [rule])
                    return true
                }
            }
        }
    }
}
