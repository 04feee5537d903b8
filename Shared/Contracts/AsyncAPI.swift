/// The AsyncAPI 3.0 document of everything that travels, made from the same declarations as the code that sends it.
///
/// CloudEvents binds AMQP 1.0 alone; the headers are this project's documented mapping of that binding to 0-9-1.
package struct AsyncAPI {
    private let topology: Topology
    private let examples: (EventName) -> [String]

    /// Prepares a document.
    ///
    /// - Parameter examples: the golden examples of a message, as JSON text, newest last.
    package init(topology: Topology = Topology(), examples: @escaping (EventName) -> [String]) {
        self.topology = topology
        self.examples = examples
    }

    /// The document.
    ///
    /// - Throws: `DecodingError` when a type is no plain contract.
    package func document() throws -> JSONValue {
        let channels = eventChannels + queueChannels + departmentChannels
        let components: [(String, JSONValue)] = [
            ("messages", .object(try messages)), ("schemas", .object([("headers", headers)])),
        ]
        let members: [(String, JSONValue)] = [
            ("asyncapi", "3.0.0"), ("info", information), ("defaultContentType", "application/json"),
            ("channels", .object(channels)), ("operations", .object(operations)), ("components", .object(components)),
        ]
        return .object(members)
    }

    private var information: JSONValue {
        let members: [(String, JSONValue)] = [
            ("title", "e滨达 eBinda: events and department messages"),
            ("version", "1.0.0"),
            (
                "description",
                """
                JSON with CloudEvents 1.0 attributes in headers `cloudEvents_…`, mirrored in the native properties \
                (message-id, type, timestamp, app-id, user-id, content-type). Delivery is at least once: remember ids. \
                Bodies grow by optional fields alone: ignore what you do not know.
                """
            ),
        ]
        return .object(members)
    }

    private func reference(_ path: String) -> JSONValue { .object([("$ref", .string("#/\(path)"))]) }

    private func binding(_ members: [(String, JSONValue)]) -> JSONValue {
        .object([("amqp", .object(members + [("bindingVersion", "0.3.0")]))])
    }

    private func exchange(_ name: String, _ type: JSONValue) -> (String, JSONValue) {
        (
            "exchange",
            .object([
                ("name", .string(name)), ("type", type), ("durable", .boolean(true)), ("autoDelete", .boolean(false)),
            ])
        )
    }

    private func queue(_ name: String) -> (String, JSONValue) {
        (
            "queue",
            .object([
                ("name", .string(name)), ("durable", .boolean(true)), ("exclusive", .boolean(false)),
                ("autoDelete", .boolean(false)),
            ])
        )
    }

    private func channel(
        _ address: String,
        _ names: [EventName],
        _ amqp: [(String, JSONValue)],
        _ more: [(String, JSONValue)] = []
    ) -> JSONValue {
        .object(
            [
                ("address", .string(address)),
                (
                    "messages",
                    .object(names.map { ($0.rawValue, reference("components/messages/\($0.rawValue)")) })
                ),
                ("bindings", binding(amqp)),
            ] + more
        )
    }

    private var eventChannels: [(String, JSONValue)] {
        Catalog.events.map { event in
            (
                event.name.rawValue,
                channel(
                    topology.routingKey(owner: event.owner, name: event.name),
                    [event.name],
                    [("is", "routingKey"), exchange(topology.events, "topic")]
                )
            )
        }
    }

    private var queueChannels: [(String, JSONValue)] {
        Subscription.all.map { subscription in
            let service = subscription.service
            let arguments = QueueArguments.work(
                retryExchange: topology.retryExchange(of: service),
                limit: topology.workQueueLimit
            )
            return (
                "\(service)-work",
                channel(
                    topology.workQueue(of: service),
                    Catalog.events.filter { subscription.hears($0) }.map { $0.name },
                    [("is", "queue"), queue(topology.workQueue(of: service))],
                    [("x-queue-arguments", .object(arguments))]
                )
            )
        }
    }

    private var departmentChannels: [(String, JSONValue)] {
        let parameters: [(String, JSONValue)] = [
            ("parameters", .object([("code", .object([("description", "The department's code, as it was given.")]))]))
        ]
        return [
            (
                "department-queue",
                channel(
                    topology.departmentQueue(of: "{code}"),
                    Catalog.toDepartments.map { $0.name },
                    [("is", "queue"), queue(topology.departmentQueue(of: "{code}"))],
                    parameters + [("x-queue-arguments", .object(QueueArguments.department))]
                )
            )
        ]
            + Catalog.fromDepartments.map { message in
                (
                    "department-\(message.name)",
                    channel(
                        "{code}.\(message.name)",
                        [message.name],
                        [("is", "routingKey"), exchange(topology.departmentsIn, "topic")],
                        parameters
                    )
                )
            }
    }

    private func operation(_ action: JSONValue, _ channel: String, _ summary: String, _ names: [EventName]) -> JSONValue
    {
        .object([
            ("action", action),
            ("channel", reference("channels/\(channel)")),
            ("summary", .string(summary)),
            (
                "messages",
                .array(names.map { reference("channels/\(channel)/messages/\($0.rawValue)") })
            ),
        ])
    }

    private var operations: [(String, JSONValue)] {
        let sent = Catalog.events.map {
            ("\($0.owner)-sends-\($0.name)", operation("send", $0.name.rawValue, $0.summary, [$0.name]))
        }
        let heard = Subscription.all.map { subscription in
            (
                "\(subscription.service)-hears",
                operation(
                    "receive",
                    "\(subscription.service)-work",
                    subscription.kinds.isEmpty
                        ? "Every event of \(subscription.owners.map(\.rawValue).joined(separator: ", ")), in each one's order."
                        : "What it acts on, each message once; order makes no difference to it.",
                    Catalog.events.filter { subscription.hears($0) }.map { $0.name }
                )
            )
        }
        let told = [
            (
                "replies-tells-departments",
                operation(
                    "send",
                    "department-queue",
                    "What a department's own system reads.",
                    Catalog.toDepartments.map { $0.name }
                )
            )
        ]
        let answered = Catalog.fromDepartments.map {
            (
                "replies-takes-\($0.name)",
                operation("receive", "department-\($0.name)", $0.summary, [$0.name])
            )
        }
        return sent + heard + told + answered
    }

    private var messages: [(String, JSONValue)] {
        get throws {
            try Catalog.events.map { try message($0.name, $0.summary, $0) }
                + (Catalog.toDepartments + Catalog.fromDepartments).map { try message($0.name, $0.summary, $0) }
        }
    }

    private func message(
        _ name: EventName,
        _ summary: String,
        _ type: any Decodable.Type
    ) throws -> (String, JSONValue) {
        (
            name.rawValue,
            .object([
                ("name", .string(name.rawValue)),
                ("summary", .string(summary)),
                ("contentType", "application/json"),
                ("headers", reference("components/schemas/headers")),
                ("payload", try Shape.of(type).schema),
                ("examples", .array(examples(name).map { .object([("payload", .written($0))]) })),
            ])
        )
    }

    private var headers: JSONValue {
        let text: JSONValue = .object([("type", "string")])
        return .object([
            ("type", "object"),
            (
                "properties",
                .object([
                    ("cloudEvents_specversion", .object([("type", "string"), ("enum", .array(["1.0"]))])),
                    ("cloudEvents_id", .object([("type", "string"), ("format", "uuid")])),
                    ("cloudEvents_type", text), ("cloudEvents_source", text),
                    ("cloudEvents_time", .object([("type", "string"), ("format", "date-time")])),
                    ("cloudEvents_subject", .object([("type", "string"), ("format", "uuid")])),
                    ("cloudEvents_sequence", .object([("type", "integer")])),
                    ("cloudEvents_traceparent", text), ("cloudEvents_causationid", text),
                ])
            ),
        ])
    }
}
