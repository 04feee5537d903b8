package import Contracts
import Foundation
package import Logging
package import Messaging
package import PostgreSQL
package import RabbitMQ
import Synchronization

extension ServiceName {
    /// Publishes what the toy service listens to.
    package static let source = ServiceName(rawValue: "source")
    /// The smallest service that has everything: it counts what it hears, and tells that it did.
    package static let toy = ServiceName(rawValue: "toy")
    /// Listens to the toy service.
    package static let sink = ServiceName(rawValue: "sink")
}

/// What the toy service hears.
package struct Pinged: Event {
    package static let name: EventName = "toy.pinged"
    package static let owner = ServiceName.source
    package static let summary = "Somebody has knocked."
    /// Told to misbehave: `throw` always, `refuse` for good, `crash` the process, `twice` at the first two attempts, `slow` in its
    /// statement.
    package var behaviour: String?
    /// When it was sent, for latencies.
    package var sentAt: Timestamp
    /// Makes the body as long as a real one.
    package var filler: String

    /// Creates an event of about `size` bytes.
    package init(behaviour: String? = nil, size: Int = 600) {
        self.behaviour = behaviour
        sentAt = .now
        // 64 bytes are the keys, the time and the punctuation.
        filler = String(repeating: "字", count: max(0, size - 64) / 3)
    }
}

/// What the toy service tells.
package struct Ponged: Event {
    package static let name: EventName = "toy.ponged"
    package static let owner = ServiceName.toy
    package static let summary = "The toy service has heard a knock."
    /// When the knock was sent.
    package var sentAt: Timestamp
    /// Carried along, so that the hop's two messages are alike.
    package var filler: String

    /// Creates an event.
    package init(sentAt: Timestamp, filler: String) {
        self.sentAt = sentAt
        self.filler = filler
    }
}

/// Counts knocks: one row an aggregate, one effect a knock.
package struct CountPing: Handler {
    /// A failure that another attempt may mend.
    package struct Stumble: Error {}

    /// How often each has stumbled in this process.
    private static let stumbled = Mutex<[EventID: Int]>([:])

    /// Creates the handler.
    package init() {}

    /// Adds to the counts and tells of each.
    package func handle(_ events: [Received<Pinged>], in transaction: EventTransaction) async throws {
        for event in events {
            switch event.body.behaviour {
            case "throw": throw Stumble()
            // Once in the batch and once alone, so that it is the ladder that brings it through.
            case "twice":
                let count = Self.stumbled.withLock { counts in
                    counts[event.metadata.id, default: 0] += 1
                    return counts[event.metadata.id, default: 0]
                }
                if count <= 2 { throw Stumble() }
            case "refuse": throw Refusal(.refusedByRule, "/behaviour: refuse")
            // Longer than any test lets a statement be.
            case "slow": transaction.enqueue("SELECT pg_sleep(60)")
            case "crash": kill(getpid(), SIGKILL)
            default: break
            }
        }
        transaction.enqueue(
            """
            INSERT INTO effects (aggregate, count, version, updated_at)
            SELECT aggregate, 1, version, now()
            FROM unnest(\(events.map(\.metadata.aggregate.rawValue)), \(events.map(\.metadata.version)))
                 AS ping (aggregate, version)
            ON CONFLICT (aggregate) DO UPDATE
            SET count = effects.count + 1, version = excluded.version, updated_at = now()
            """
        )
        for event in events {
            try transaction.publish(
                Ponged(sentAt: event.body.sentAt, filler: event.body.filler),
                about: event.metadata.aggregate,
                version: max(1, event.metadata.version),
                act: nil,
                following: .event(event.metadata)
            )
        }
    }
}

/// The toy service with its connections: what a test or a benchmark starts, kills and looks into.
package struct Toy: Sendable {
    /// The SQL of its one table of effects.
    private static let effects = """
        CREATE TABLE effects (aggregate uuid NOT NULL PRIMARY KEY, count bigint NOT NULL, version bigint NOT NULL,
                              updated_at timestamptz NOT NULL) WITH (fillfactor = 70);
        """

    /// Who listens to whom among the toys.
    package static let subscriptions = [
        Subscription(service: .toy, owners: [.source]),
        Subscription(service: .sink, owners: [.toy]),
    ]

    private let engine: Engine
    private let consumption: Consumption

    package var topology: Topology { engine.topology }
    package var database: Database { engine.database }
    package var publisher: Publisher { engine.publisher }
    package var subscriber: Subscriber { consumption.subscriber }
    package var outbox: Outbox { engine.outbox }
    package var sealer: Sealer { engine.sealer }
    package var relay: Relay { engine.relay }
    package var consumer: Consumer { consumption.consumer }

    /// Wires the service.
    package init(
        topology: Topology,
        database: DatabaseConfiguration,
        broker: BrokerConfiguration,
        mode: InboxMode,
        holdLimit: Duration = Consumer.holdLimit,
        logger: Logger = .silent,
        observe: @escaping StepObserver = { _ in }
    ) {
        engine = Engine(
            service: .toy,
            topology: topology,
            database: database,
            broker: broker,
            logger: logger,
            observe: observe
        )
        consumption = engine.consumption(
            of: [CountPing()],
            mode: mode,
            holdLimit: holdLimit,
            senderAccount: { _ in broker.user }
        )
    }

    /// Makes the schema and the broker's objects.
    package static func prepare(
        topology: Topology,
        database: DatabaseConfiguration,
        broker: BrokerConfiguration
    ) async throws {
        var schemaless = database
        schemaless.schema = nil
        let administration = Database(configuration: schemaless, logger: .silent)
        _ = try await Migrator(database: administration, schema: database.schema ?? "toy")
            .migrate(Migration.messaging + [Migration("V001_effects", Array(effects.utf8))])
        await administration.close()
        try await BrokerAdministration.connected(broker) { broker in
            try await topology.declareShared(on: broker)
            for subscription in subscriptions { try await topology.declare(subscription, on: broker) }
        }
    }

    /// Runs everything until the task is cancelled: in this order it stops taking, finishes, tells, and closes.
    package func run() async {
        // A task of its own: what the last batch tells must still leave.
        let telling = Task { await engine.run(seals: false) }
        await consumption.run()
        telling.cancel()
        await telling.value
    }

    /// The AMQP message of a knock from the source.
    package static func knock(
        _ event: Pinged,
        about aggregate: SuggestionID = .make(),
        version: Int = 1,
        id: EventID = .make(),
        topology: Topology,
        account: String
    ) throws -> OutgoingMessage {
        Envelope.message(
            EventMetadata(
                id: id,
                name: Pinged.name,
                owner: .source,
                aggregate: aggregate,
                version: version,
                time: .now
            ),
            body: try EventCoding.encode(event),
            exchange: topology.events,
            routingKey: topology.routingKey(owner: .source, name: Pinged.name),
            isMandatory: false,
            account: account
        )
    }
}
