import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a process's services until a signal, then lets them finish.
enum Drain {
    /// The exit status after a second signal: 128 and the signal's number, as shells count.
    private static func status(after signal: UnixSignal) -> Int32 { signal == .sigint ? 130 : 143 }

    /// Runs the services in order and ends them in reverse.
    ///
    /// The first SIGTERM or SIGINT begins a graceful shutdown, which is cancelled after `timeout`. The second ends the
    /// process at once: nothing is lost by it, since what is not committed will be delivered again.
    ///
    /// - Parameters:
    ///   - signals: what arrives; the process's own signals outside tests.
    ///   - end: ends the process with a status.
    /// - Throws: what a service failed with, or that one ended by itself.
    static func run(
        _ services: [any Service],
        timeout: Duration,
        logger: Logger,
        signals: some AsyncSequence<UnixSignal, Never> & Sendable,
        end: @escaping @Sendable (Int32) -> Void = { _exit($0) }
    ) async throws {
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        configuration.maximumGracefulShutdownDuration = timeout
        // A service that ignores even cancellation must not keep the process for ever.
        configuration.maximumCancellationDuration = .seconds(10)
        let services = ServiceGroup(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var isStopping = false
                for await signal in signals {
                    if isStopping {
                        logger.warning("second signal, ending at once", metadata: ["signal": "\(signal)"])
                        end(status(after: signal))
                        return
                    }
                    isStopping = true
                    logger.info("stopping", metadata: ["signal": "\(signal)"])
                    await services.triggerGracefulShutdown()
                }
            }
            defer { group.cancelAll() }
            try await services.run()
        }
    }
}
