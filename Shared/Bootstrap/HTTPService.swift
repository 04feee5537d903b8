import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import Messaging
import NIOCore
import ServiceLifecycle

/// The HTTP side of a service: one listener, with the house's middleware around its routes.
///
/// On graceful shutdown it takes no more connections, finishes the requests that it holds, closes, and returns.
package struct HTTPService: Service {
    /// Sets what the configuration says about requests.
    private struct RequestRulesMiddleware: RouterMiddleware {
        let rules: BodyRules
        let trustedPeers: TrustedPeers

        @concurrent
        func handle(
            _ request: Request,
            context: HTTPContext,
            next: @concurrent (Request, HTTPContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            context.bodyRules = rules
            context.trustedPeers = trustedPeers
            let ruled = context
            // For the record of acts: from where, and not who.
            return try await Place.$current.withValue(ruled.clientAddress(of: request)?.neighbourhood) {
                try await next(request, ruled)
            }
        }
    }

    /// Answers a method that nobody has heard of as it answers one that an address does not have: TRACE stands for it, which
    /// every known address refuses with 405 and `Allow`, and every other with 404.
    package struct KnownMethods: HTTPResponder {
        let router: RouterResponder<HTTPContext>

        /// Answers a request.
        @concurrent
        package func respond(to request: Request, context: HTTPContext) async throws -> Response {
            var head = request.head
            if !Router<HTTPContext>.methods.contains(head.method) { head.method = .trace }
            return try await router.respond(to: Request(head: head, body: request.body), context: context)
        }
    }

    /// What listens; tests run it on a free port.
    package let application: Application<KnownMethods>

    /// Creates the service.
    ///
    /// - Parameters:
    ///   - continuesTraces: see ``TraceMiddleware``.
    ///   - onRunning: called with the port once it listens.
    ///   - routes: adds the service's routes.
    package init(
        configuration: HTTPConfiguration,
        logger: Logger,
        continuesTraces: Bool = true,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in },
        routes: (Router<HTTPContext>) -> Void
    ) {
        let router = Self.router(configuration: configuration, continuesTraces: continuesTraces)
        routes(router)
        router.refuseOtherMethods()
        application = Application(
            responder: KnownMethods(router: router.buildResponder()),
            server: configuration.server,
            configuration: configuration.application,
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    /// A router with the middleware that every route stands behind: trace, access log,
    /// headers that protect, problems.
    package static func router(
        configuration: HTTPConfiguration,
        continuesTraces: Bool = true
    ) -> Router<HTTPContext> {
        var rules = BodyRules()
        rules.limit = configuration.bodyLimit
        rules.timeout = configuration.readTimeout
        let router = Router(context: HTTPContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: TraceMiddleware(continuesTraces: continuesTraces))
        router.add(middleware: AccessLogMiddleware())
        router.add(middleware: SecurityHeadersMiddleware())
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: RequestRulesMiddleware(rules: rules, trustedPeers: configuration.trustedPeers))
        return router
    }

    /// Listens until the service group shuts down.
    package func run() async throws {
        try await application.run()
    }
}

extension Router<HTTPContext> {
    /// The methods of RFC 9110 §9 and RFC 5789, each of which an address either answers or refuses with 405.
    fileprivate static var methods: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    }

    /// Answers 405 with `Allow` where an address knows other methods; call it after the last route.
    package func refuseOtherMethods() {
        let methods = Self.methods
        let known = Dictionary(grouping: routes, by: \.path.description).mapValues { Set($0.map(\.method)) }
        for (path, own) in known {
            // GET answers HEAD too.
            let answered = own.contains(.get) ? own.union([.head]) : own
            let allow = methods.filter(answered.contains).map(\.rawValue)
            for method in methods where !answered.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    throw Problem.methodNotAllowed(allow: allow)
                }
            }
        }
    }
}
