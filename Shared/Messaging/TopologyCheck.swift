package import Contracts
package import RabbitMQ
import Threads

/// Looks whether a service's queues and exchanges are there, without making any: what is missing shows before a message needs it.
///
/// Bindings cannot be asked for over AMQP; an event that finds none rests in the unrouted queue, under its alarm.
package actor TopologyCheck {
    /// Between two looks while all is there; a look takes a short connection.
    private static let pause: Duration = .seconds(30)
    /// While something is missing: whoever mends it waits for the answer.
    private static let anxiousPause: Duration = .seconds(3)

    private let broker: BrokerConfiguration
    private let queues: [String]
    private let exchanges: [String]
    private var last: (missing: [String], at: MonotonicTime)?

    /// Creates a check of what a service needs.
    ///
    /// - Parameter subscription: what it hears; nil for one that listens to nobody, and has no queues.
    package init(broker: BrokerConfiguration, topology: Topology, subscription: Subscription?) {
        self.broker = broker
        var exchanges = [topology.events, topology.unrouted]
        var queues: [String] = [topology.unrouted]
        if let service = subscription?.service {
            exchanges.append(topology.retryExchange(of: service))
            queues += [topology.workQueue(of: service), topology.parkedQueue(of: service)]
            queues += topology.ladder.map { topology.retryQueue(of: service, $0) }
            if service == .replies { exchanges += [topology.departmentsOut, topology.departmentsIn] }
        }
        (self.queues, self.exchanges) = (queues, exchanges)
    }

    /// The names of what is missing, by a look at most half a minute old.
    ///
    /// - Throws: `BrokerError` when the broker cannot be reached.
    package func missing() async throws -> [String] {
        if let last, MonotonicTime.now - last.at < (last.missing.isEmpty ? Self.pause : Self.anxiousPause) {
            return last.missing
        }
        let missing = try await look()
        last = (missing, .now)
        return missing
    }

    /// Looks now.
    private nonisolated func look() async throws -> [String] {
        var missing: [String] = []
        var open = queues.map { (name: $0, isQueue: true) } + exchanges.map { (name: $0, isQueue: false) }
        // A broker answers for what is missing by closing the channel: each such answer takes another connection.
        while !open.isEmpty {
            let objects = open
            let (asked, isMissing) = try await BrokerAdministration.connected(broker) { broker in
                for (index, object) in objects.enumerated() {
                    do {
                        if object.isQueue {
                            try await broker.demandQueue(object.name)
                        } else {
                            try await broker.demandExchange(object.name)
                        }
                    } catch let error as BrokerError where error.replyCode == 404 {
                        return (index + 1, true)
                    }
                }
                return (objects.count, false)
            }
            if isMissing {
                let object = open[asked - 1]
                missing.append("\(object.isQueue ? "queue" : "exchange") \(object.name)")
            }
            open.removeFirst(asked)
        }
        return missing
    }
}

extension Engine {
    /// A check of the service's own topology.
    package var topologyCheck: TopologyCheck {
        TopologyCheck(broker: broker, topology: topology, subscription: Subscription.of(service))
    }
}
