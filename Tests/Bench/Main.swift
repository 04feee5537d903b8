import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support

/// Measures the reliable hop: `bench hop COUNT` or `bench latency SECONDS`, one JSON line each.
@main
struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let stack = TestStack()
        let name = TestStack.uniqueName()
        let topology = Topology(namespace: "\(name).")
        let broker = try stack.broker()
        try await stack.withDatabase { databaseName in
            let database = try stack.database(databaseName, schema: "toy")
            try await Toy.prepare(topology: topology, database: database, broker: broker)
            let bench = HopBench(topology: topology, database: database, broker: broker)
            switch arguments.dropFirst().first {
            case "hop": try await bench.rate(count: Int(arguments.dropFirst(2).first ?? "") ?? 40_000)
            case "latency": try await bench.latency(seconds: Int(arguments.dropFirst(2).first ?? "") ?? 10)
            case "bare": try await bench.bare(count: Int(arguments.dropFirst(2).first ?? "") ?? 40_000)
            default:
                FileHandle.standardError.write(Data("usage: bench hop|bare COUNT | latency SECONDS\n".utf8))
                exit(2)
            }
            try await BrokerAdministration.connected(broker) { broker in
                try await topology.delete(Toy.subscriptions, on: broker)
            }
        }
    }
}
