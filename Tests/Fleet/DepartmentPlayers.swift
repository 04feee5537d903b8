package import Contracts
import Foundation
import Messaging
package import RabbitMQ
import Support

/// Plays every department that has a queue: signs for each leg and answers it, over AMQP alone.
///
/// An assignment is acknowledged only when the broker has confirmed the answers; their message ids follow from the
/// assignment and its round, so that what is sent again after a crash counts once.
package struct DepartmentPlayers: Sendable {
    private let fleet: Fleet
    private let inbox: Subscriber
    private let answers: Publisher
    private let onNotice: @Sendable (AssignmentNotice, MessageProperties) -> Void

    /// Creates players for all departments of a fleet that have queues.
    ///
    /// - Parameter onNotice: called with each assignment that arrives.
    package init(
        _ fleet: Fleet,
        onNotice: @escaping @Sendable (AssignmentNotice, MessageProperties) -> Void = { _, _ in }
    ) {
        (self.fleet, self.onNotice) = (fleet, onNotice)
        inbox = Subscriber(
            configuration: fleet.broker,
            queues: fleet.departments.map { fleet.topology.departmentQueue(of: $0.rawValue) },
            prefetch: 500,
            logger: .silent
        )
        answers = Publisher(configuration: fleet.broker, logger: .silent)
    }

    /// Plays until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await inbox.run() }
            group.addTask { await answers.run() }
            while let deliveries = try? await inbox.next(maximum: 200) {
                await settle(deliveries.flatMap(letters))
                await inbox.acknowledge(deliveries.map(\.tag))
            }
            group.cancelAll()
        }
    }

    private func letters(_ delivery: Delivery) -> [OutgoingMessage] {
        // Reminders and verdicts are read and need no answer.
        guard delivery.properties.type == AssignmentNotice.name.rawValue,
            let notice = try? EventCoding.decode(AssignmentNotice.self, from: delivery.body)
        else { return [] }
        onNotice(notice, delivery.properties)
        let department = delivery.routingKey
        let reply = ReplyMessage(
            assignment: notice.assignment,
            outcome: .solved,
            text: "您提出的“\(notice.title)”已经办理完毕，感谢您对我们工作的关心和支持。",
            contact: Self.contact(notice)
        )
        return [
            letter(ReceiptMessage(assignment: notice.assignment), of: department, about: notice),
            letter(reply, of: department, about: notice),
        ].compactMap { $0 }
    }

    /// Who leads the answer of a deputy's suggestion has spoken with the deputy; with the reply, so that neither overtakes the other.
    private static func contact(_ notice: AssignmentNotice) -> ContactRecord? {
        guard notice.kind == .formal, notice.role != .assisting else { return nil }
        return ContactRecord(
            mode: .telephone,
            heldAt: notice.clock.startedAt,
            officer: "承办科 张科长",
            with: .author,
            text: "电话听取了代表意见。"
        )
    }

    private func letter(
        _ message: some DepartmentMessage,
        of department: String,
        about notice: AssignmentNotice
    ) -> OutgoingMessage? {
        let name = type(of: message).name
        guard let body = try? EventCoding.encode(message) else { return nil }
        var properties = MessageProperties(contentType: "application/json")
        properties.messageID = "\(name):\(notice.assignment):\(notice.round)"
        properties.type = name.rawValue
        properties.userID = fleet.broker.user
        return OutgoingMessage(
            exchange: fleet.topology.departmentsIn,
            routingKey: "\(department).\(name)",
            isMandatory: true,
            properties: properties,
            body: body
        )
    }

    /// Publishes until every message is confirmed: a full inbox or a broker that is away is waited for.
    private func settle(_ messages: [OutgoingMessage]) async {
        var open = messages
        while !open.isEmpty, !Task.isCancelled {
            let outcomes = await answers.publish(open)
            open = zip(open, outcomes).filter { if case .confirmed = $0.1 { false } else { true } }.map(\.0)
        }
    }
}
