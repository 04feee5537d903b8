package import Contracts
import CoreMetrics
package import Logging
import Metrics
import Synchronization

/// What a process has at hand once its configuration is read: the start of every composition root.
package struct Runtime: Sendable {
    /// Which service this is.
    package let service: ServiceName
    /// The whole configuration, for sections that services share, such as `database` and `broker`.
    package let settings: Settings
    /// The service's own section, such as `intake`.
    package let own: Settings
    /// The service's logger.
    package let logger: Logger
    /// Where every metric of the process goes.
    package let metrics: MetricsRegistry
    /// How long a graceful shutdown may take before what is left is cancelled.
    package let drainTimeout: Duration

    /// The level as the configuration writes it.
    private enum Level: String, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Logging and metrics can be set up once in a process; tests begin several runtimes in one.
    private static let isBootstrapped = Mutex(false)

    /// Reads the keys that every service has, and directs logging and metrics.
    ///
    /// - `log.level` (`trace` … `critical`, `info`), for one service alone `<service>.log.level`.
    /// - `<service>.drainTimeout` (seconds, `20`).
    ///
    /// - Parameters:
    ///   - output: where log lines go.
    /// - Throws: ``ConfigurationError``.
    package init(
        service: ServiceName,
        settings: Settings,
        output: LogOutput = .standardError
    ) async throws(ConfigurationError) {
        self.service = service
        self.settings = settings
        own = settings.scoped(to: service.rawValue)
        let shared = try await settings.scoped(to: "log").choice("level", default: Level.info)
        let level = try await own.scoped(to: "log").choice("level", default: shared)
        drainTimeout = try await own.duration(
            "drainTimeout",
            in: .milliseconds(100)...(.seconds(600)),
            default: .seconds(20)
        )
        let loggerLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        let label = service.rawValue
        logger = Logger(label: label) { JSONLogHandler(label: $0, level: loggerLevel, output: output) }
        metrics = MetricsRegistry(help: AccessLogMiddleware.help)
    }

    /// Makes this runtime's log and metrics those of the process; the first one wins.
    package func bootstrapProcess(output: LogOutput = .standardError) {
        let isFirst = Self.isBootstrapped.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        let level = logger.logLevel
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level, output: output) }
        MetricsSystem.bootstrap(metrics)
        ProcessMetrics.add(to: metrics)
    }
}
