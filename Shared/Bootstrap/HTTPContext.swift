package import Hummingbird
package import NIOCore

/// What a request carries from the middleware to the route.
package struct HTTPContext: RequestContext, RemoteAddressRequestContext {
    /// What the framework keeps: the logger, the route, its parameters.
    package var coreContext: CoreRequestContextStorage
    /// The other end of the connection: the edge, where there is one.
    package let remoteAddress: SocketAddress?
    /// What the configuration says about bodies.
    package var bodyRules = BodyRules()
    /// Whose word on where a request comes from is taken.
    package var trustedPeers = TrustedPeers.none

    /// Takes over what the server knows of the connection.
    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// The framework's own limit for decoding; routes use `decodeBody`, which has the same.
    package var maxUploadSize: Int { bodyRules.limit }
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
