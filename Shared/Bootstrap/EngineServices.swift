package import Messaging
import PostgreSQL
import RabbitMQ
import ServiceLifecycle

/// The engine as a part of the process: stopped after everything that publishes.
package struct EngineService: Service {
    private let engine: Engine

    /// Wraps an engine.
    package init(_ engine: Engine) { self.engine = engine }

    /// Runs until the group shuts down; what is in memory leaves first.
    package func run() async {
        await cancelWhenGracefulShutdown { await engine.run() }
    }
}

/// A consumer as a part of the process: takes nothing more on shutdown, and finishes what it has.
package struct ConsumptionService: Service {
    private let consumption: Consumption

    /// Wraps a consumption.
    package init(_ consumption: Consumption) { self.consumption = consumption }

    /// Runs until the group shuts down.
    package func run() async {
        await cancelWhenGracefulShutdown { await consumption.run() }
    }
}

/// Work that repeats until it is cancelled, as a part of the process.
package struct RepeatingService: Service {
    private let work: @Sendable () async -> Void

    /// Wraps a function that returns when its task is cancelled.
    package init(_ work: @escaping @Sendable () async -> Void) { self.work = work }

    /// Runs until the group shuts down.
    package func run() async {
        await cancelWhenGracefulShutdown { await work() }
    }
}

extension ReadinessCheck {
    /// The database answers.
    package static func database(_ engine: Engine) -> ReadinessCheck {
        ReadinessCheck("database") { _ = try await engine.database.query("SELECT 1") }
    }

    /// What the service tells can leave.
    package static func publisher(_ engine: Engine) -> ReadinessCheck {
        ReadinessCheck("publisher") { try engine.publisher.status.demandReady() }
    }

    /// The service's queues and exchanges are there, whether or not a message needs them just now.
    package static func topology(_ engine: Engine) -> ReadinessCheck {
        topology(engine.topologyCheck)
    }

    /// All that a check looks for is there.
    package static func topology(_ check: TopologyCheck) -> ReadinessCheck {
        ReadinessCheck("topology") {
            let missing = try await check.missing()
            if !missing.isEmpty { throw ReadinessCheck.Unready("missing: \(missing.joined(separator: ", "))") }
        }
    }

    /// The service hears its queue.
    package static func consumer(_ consumption: Consumption, name: String = "consumer") -> ReadinessCheck {
        ReadinessCheck(name) { try consumption.subscriber.status.demandReady() }
    }
}

extension ConnectionStatus {
    fileprivate func demandReady() throws(ReadinessCheck.Unready) {
        switch self {
        case .ready: return
        case .connecting(let reason): throw ReadinessCheck.Unready("connecting\(reason.map { ": \($0)" } ?? "")")
        case .blocked(let reason): throw ReadinessCheck.Unready("the broker takes no messages: \(reason)")
        case .closed: throw ReadinessCheck.Unready("closed")
        }
    }
}
