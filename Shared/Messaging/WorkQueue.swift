import Contracts
import RabbitMQ

extension Engine {
    /// The number of messages that wait in the service's work queue; those in consumers' hands are not counted.
    ///
    /// - Throws: `BrokerError` when the broker cannot be reached or there is no such queue.
    package func workQueueLength() async throws -> Int {
        let queue = topology.workQueue(of: service)
        return try await BrokerAdministration.connected(broker) { try await $0.messageCount(of: queue) }
    }
}
