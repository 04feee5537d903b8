import Bootstrap
import Contracts
import Messaging
import RabbitMQ
import Support
import Testing

/// What is missing of a service's topology shows before a message needs it.
@Suite(.timeLimit(.minutes(5)))
struct TopologyCheckIntegrationTests {
    private func check(_ harness: ToyHarness) -> TopologyCheck {
        TopologyCheck(broker: harness.broker, topology: harness.topology, subscription: Toy.subscriptions[0])
    }

    @Test func `a missing rung, parked queue and exchange are named, and all is well again once they are declared`()
        async throws
    {
        try await ToyHarness.with { harness in
            let topology = harness.topology
            let readiness = ReadinessCheck.topology(check(harness))
            #expect(await readiness.outcome().ready)
            let rung = topology.retryQueue(of: .toy, topology.ladder[0])
            try await BrokerAdministration.connected(harness.broker) { broker in
                try await broker.deleteQueue(rung)
                try await broker.deleteQueue(topology.parkedQueue(of: .toy))
                try await broker.deleteExchange(topology.events)
            }
            #expect(await readiness.outcome().ready, "it was all there half a minute ago")
            let expected = [
                "queue \(topology.parkedQueue(of: .toy))", "queue \(rung)", "exchange \(topology.events)",
            ]
            let anew = check(harness)
            #expect(try await anew.missing() == expected)
            let outcome = await ReadinessCheck.topology(anew).outcome()
            #expect(outcome.reason == "missing: \(expected.joined(separator: ", "))")
            try await Toy.prepare(topology: topology, database: harness.database, broker: harness.broker)
            try await eventually("the next look finds all") { try await anew.missing().isEmpty }
        }
    }
}
