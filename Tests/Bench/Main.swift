import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support

/// Measures the reliable hop and the services.
///
/// `Bench all ROUNDS COUNT SECONDS` runs `hop`, `bare` and `latency` in processes of their own and prints the medians; each of
/// the three can be run alone. `Bench services [quick] [PART …]` measures the services; see ``ServicesBench``.
@main
struct Main {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            // Left to the runtime, an error is a trap with pages of backtrace.
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        @Sendable func number(_ index: Int, _ standard: Int) -> Int {
            arguments.indices.contains(index) ? Int(arguments[index]) ?? standard : standard
        }
        switch arguments.first {
        case "all":
            try Report(rounds: number(1, 3), count: number(2, 60_000), seconds: number(3, 20)).run()
        case "hop": try await withToy { try await $0.rate(count: number(1, 40_000)) }
        case "bare": try await withToy { try await $0.bare(count: number(1, 40_000)) }
        case "latency": try await withToy { try await $0.latency(seconds: number(1, 10)) }
        case "services": try await ServicesBench.run(Array(arguments.dropFirst()))
        default:
            FileHandle.standardError.write(
                Data(
                    "usage: Bench all ROUNDS COUNT SECONDS | hop|bare COUNT | latency SECONDS | services [quick] [PART …]\n"
                        .utf8
                )
            )
            exit(2)
        }
    }

    /// Lends a toy service's schema and queues, made for the occasion.
    private static func withToy(_ body: @Sendable (HopBench) async throws -> Void) async throws {
        let stack = TestStack()
        let topology = Topology(namespace: "\(TestStack.uniqueName()).")
        let broker = try stack.broker()
        try await stack.withDatabase { name in
            let database = try stack.database(name, schema: "toy")
            try await Toy.prepare(topology: topology, database: database, broker: broker)
            try await body(HopBench(topology: topology, database: database, broker: broker))
            try await BrokerAdministration.connected(broker) { broker in
                try await topology.delete(Toy.subscriptions, on: broker)
            }
        }
    }
}
