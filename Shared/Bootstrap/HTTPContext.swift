package import Hummingbird
package import NIOCore

/// What a request carries from the middleware to the route.
package struct HTTPContext: RequestContext, RemoteAddressRequestContext {
    /// What the framework keeps: the logger, the route, its parameters.
    package var coreContext: CoreRequestContextStorage
    /// Who asks, after ``BearerMiddleware``; nil before it.
    package var caller: Caller?
    /// The other end of the connection: the edge, where there is one.
    package let remoteAddress: SocketAddress?
    /// What the configuration says about bodies.
    package var bodyRules = BodyRules()

    /// Takes over what the server knows of the connection.
    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// The framework's own limit for decoding; routes use `decodeBody`, which has the same.
    package var maxUploadSize: Int { bodyRules.limit }

    /// Who asks.
    ///
    /// - Throws: ``Problem`` 401 when the route stands outside ``BearerMiddleware``.
    package func requireCaller() throws -> Caller {
        guard let caller else { throw Problem.unauthorized(challenge: BearerMiddleware.challenge) }
        return caller
    }

    /// Who asks, if in one of the roles.
    ///
    /// - Throws: ``Problem`` 401 or 403.
    package func requireCaller(in roles: Set<String>) throws -> Caller {
        let caller = try requireCaller()
        guard roles.contains(caller.role) else {
            throw Problem.forbidden("this needs one of the roles \(roles.sorted().joined(separator: ", "))")
        }
        return caller
    }
}

/// What the configuration says about bodies.
package struct BodyRules: Sendable, Hashable {
    /// The largest body in bytes, where a route sets no other.
    package var limit = 65_536
    /// How long a body may take to arrive.
    package var timeout = Duration.seconds(15)

    /// The defaults of ``HTTPConfiguration``.
    package init() {}
}

/// Who asks: the unit that a token was given to, and in which role.
package struct Caller: Sendable, Hashable {
    /// The unit's code, such as `station-3` or `department-17`.
    package let unit: String
    /// The role, such as `committee`.
    package let role: String

    /// Names a caller.
    package init(unit: String, role: String) {
        self.unit = unit
        self.role = role
    }
}
