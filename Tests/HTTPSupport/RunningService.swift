package import Bootstrap
package import Hummingbird
package import Logging
package import ServiceLifecycle

/// An HTTP service on a free port, for as long as a test needs it.
package enum RunningService {
    /// Starts the service, lends its port and the group that runs it, and shuts it down gracefully.
    package static func with<Result: Sendable>(
        _ configuration: HTTPConfiguration = HTTPConfiguration(),
        logger: Logger,
        routes: (Router<HTTPContext>) -> Void,
        _ body: @Sendable (_ port: Int, _ group: ServiceGroup) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        configuration.port = 0
        let (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let service = HTTPService(
            configuration: configuration,
            logger: logger,
            onRunning: { port.yield($0) },
            routes: routes
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
            }
            var result: Result?
            for await number in ports {
                result = try await body(number, group)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            guard let result else { throw NotStarted() }
            return result
        }
    }

    /// The service ended before it listened.
    private struct NotStarted: Error {}
}
