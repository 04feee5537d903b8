package import Contracts
import Logging
package import Metrics
package import PostgreSQL
package import RabbitMQ

/// Shows what lies where as metrics, for alarms: the same as ``Backlog`` shows an operator.
///
/// Read at long intervals beside the work and never in its way. A value that cannot be read becomes NaN rather than the last
/// one, which would say that all is well while nobody looks.
package struct BacklogGauges: Sendable {
    /// Between two readings, each of which takes a statement and a short connection to the broker.
    private static let pause: Duration = .seconds(15)

    private let service: ServiceName
    private let database: Database
    private let broker: BrokerConfiguration
    private let topology: Topology
    private let outbox: Gauge
    private let outboxOldest: Gauge
    private let waiting: Gauge
    private let waitingOldest: Gauge
    private let unsealed: Gauge
    private let work: Gauge
    private let parked: Gauge
    private let retrying: Gauge
    private let unrouted: Gauge

    /// Creates the gauges of a service; all are NaN until the first reading.
    package init(
        of service: ServiceName,
        database: Database,
        broker: BrokerConfiguration,
        topology: Topology,
        factory: any MetricsFactory = MetricsSystem.factory
    ) {
        (self.service, self.database, self.broker, self.topology) = (service, database, broker, topology)
        func gauge(_ name: String) -> Gauge { Gauge(label: "ebinda_\(name)", factory: factory) }
        outbox = gauge("outbox_rows")
        outboxOldest = gauge("outbox_oldest_seconds")
        waiting = gauge("waiting_rows")
        waitingOldest = gauge("waiting_oldest_seconds")
        unsealed = gauge("unsealed_acts")
        work = gauge("work_messages")
        parked = gauge("parked_messages")
        retrying = gauge("retrying_messages")
        unrouted = gauge("unrouted_messages")
        show(nil as Backlog.Stored?)
        show(nil as Backlog.Queued?)
        unrouted.record(Double.nan)
    }

    /// Reads at intervals until cancelled.
    package func run() async {
        while (try? await Task.sleep(for: Self.pause)) != nil { await read() }
    }

    /// Reads everything once.
    package func read() async {
        show(try? await Backlog.Stored.of(database))
        // A service that listens to nobody has no queues.
        show(try? await Backlog.Queued.of(service, broker: broker, topology: topology))
        unrouted.record((try? await Backlog.unrouted(broker: broker, topology: topology)).map(Double.init) ?? .nan)
    }

    private func show(_ stored: Backlog.Stored?) {
        outbox.record(stored.map { Double($0.outbox.count) } ?? .nan)
        outboxOldest.record(stored.map { Self.age($0.outbox.oldest) } ?? .nan)
        waiting.record(stored.map { Double($0.waiting.count) } ?? .nan)
        waitingOldest.record(stored.map { Self.age($0.waiting.oldest) } ?? .nan)
        unsealed.record(stored.map { Double($0.unsealed) } ?? .nan)
    }

    private func show(_ queued: Backlog.Queued?) {
        work.record(queued.map { Double($0.work) } ?? .nan)
        parked.record(queued.map { Double($0.parked) } ?? .nan)
        retrying.record(queued.map { Double($0.retrying) } ?? .nan)
    }

    /// Seconds since a moment; 0 when there is none.
    private static func age(_ oldest: Timestamp?) -> Double {
        oldest.map { max(0, (Timestamp.now - $0) / .seconds(1)) } ?? 0
    }
}
