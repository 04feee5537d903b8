import Contracts
import Dispatch
import Foundation
import Messaging
import RabbitMQ
import Support
import Synchronization

/// The toy service as a process of its own, so that it can be killed: at a named step by itself, or from outside.
@main
struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let stack = TestStack()
        let killAt = environment["TOY_KILL_AT"].flatMap(Step.init(rawValue:))
        let remaining = Mutex(Int(environment["TOY_KILL_COUNT"] ?? "") ?? 1)
        let toy = Toy(
            topology: Topology(
                namespace: environment["TOY_NAMESPACE"] ?? "",
                ladder: (environment["TOY_LADDER"] ?? "").split(separator: ",").compactMap { Int($0) }
                    .map { .milliseconds($0) }
            ),
            database: try stack.database(environment["TOY_DATABASE"] ?? "", schema: "toy"),
            broker: try stack.broker(),
            mode: environment["TOY_MODE"] == "inOrder" ? .inOrder : .byID,
            observe: { step in
                guard step == killAt else { return }
                let isTime = remaining.withLock { remaining in
                    remaining -= 1
                    return remaining == 0
                }
                if isTime { kill(getpid(), SIGKILL) }
            }
        )
        let run = Task { await toy.run() }
        signal(SIGTERM, SIG_IGN)
        let terminated = DispatchSource.makeSignalSource(signal: SIGTERM)
        // Sendable, or the closure would belong to the main actor, on whose thread no signal source calls it.
        terminated.setEventHandler { @Sendable in run.cancel() }
        terminated.activate()
        await run.value
    }
}
