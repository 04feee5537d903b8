import Contracts
import Messaging

/// Schedule 26: a handler that holds a delivery for longer than the broker's consumer timeout.
package enum ConsumerTimeout {
    /// Sets the timeout, holds a batch until the broker has closed the channel, lets go, and settles the accounts.
    ///
    /// - Parameters:
    ///   - seconds: the timeout.
    ///   - tick: seconds between two looks of the broker at each channel; 60 unless told otherwise.
    package static func outlasted(seconds: Int, tick: Int) async throws {
        let stack = StackControl()
        try await stack.undoing {
            try await set(seconds: 1_800, tick: 60, on: stack)
        } after: {
            // Read by each channel when it is opened.
            try await set(seconds: seconds, tick: tick, on: stack)
            try await ToyHarness.with { harness in
                let (gate, log) = (Gate(0), RecordingLog())
                let toy = try harness.toy(
                    logger: log.logger,
                    observe: { step in
                        guard step == .beforeCommit else { return }
                        try? await gate.enter()
                        gate.leave()
                    }
                )
                let ids = try await harness.knock(50)
                try await harness.running(toy) {
                    try await eventually("the broker gives up waiting", within: .seconds(seconds + 2 * tick + 10)) {
                        log.lines.contains { $0.contains("timed out") && $0.contains("PRECONDITION_FAILED") }
                    }
                    gate.leave()
                    try await harness.conserved(ids)
                    try await eventually("nothing is left to acknowledge") {
                        try await harness.count(harness.topology.workQueue(of: .toy)) == 0
                    }
                }
            }
        }
    }

    private static func set(seconds: Int, tick: Int, on stack: StackControl) async throws {
        try await stack.evaluate(
            """
            application:set_env(rabbit, consumer_timeout, \(seconds * 1_000)),
            application:set_env(rabbit, channel_tick_interval, \(tick * 1_000)).
            """
        )
    }
}
