import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOCore

/// How a service listens. Keys, in the service's section `http`:
///
/// - `host` (text, `127.0.0.1`): the address to listen on.
/// - `port` (number, `8080`): the port; 0 takes a free one.
/// - `bodyLimit` (number, `65536`): the largest body of a request, in bytes, where a route sets no other.
/// - `headerLimit` (number, `16384`): the largest header section, in bytes.
/// - `idleTimeout` (seconds, `60`): how long a connection may stay open with nothing said, and a request's head may take.
/// - `readTimeout` (seconds, `15`): how long a request's body may take to arrive.
/// - `tlsCertificateFile` and `tlsKeyFile` (text): the service's own certificate, with those between it and its authority; without
///   them the link is not encrypted.
/// - `tlsClientAuthorityFile` (text): certificates that a caller's must chain to (mutual TLS); a caller without one is refused.
/// - `connectionLimit` (number, `1024`): connections at once; more wait in the kernel's queue.
/// - `trustedPeers` (text, none): addresses and networks, such as `127.0.0.1,10.1.0.0/16`, whose `X-Forwarded-For` says where
///   a request comes from: the edge's.
package struct HTTPConfiguration: Sendable, Hashable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    package var port = 8080
    /// The largest body of a request, in bytes.
    package var bodyLimit = 65_536
    /// The largest header section, in bytes.
    package var headerLimit = 16_384
    /// How long a connection may stay open with nothing said.
    package var idleTimeout = Duration.seconds(60)
    /// How long a request's body may take to arrive.
    package var readTimeout = Duration.seconds(15)
    /// Connections at once.
    package var connectionLimit = 1024
    /// Whose `X-Forwarded-For` is believed.
    package var trustedPeers = TrustedPeers.none

    /// Encryption; nil for plaintext, which only loopback and private networks may use.
    package var encryption: HTTPEncryption?

    /// The defaults.
    package init() {}

    /// Reads the keys above.
    package init(settings: Settings) async throws(ConfigurationError) {
        host = try await settings.text("host") ?? host
        port = try await settings.number("port", in: 0...65_535, default: port)
        // 16 MiB: the largest attachment, 10 MiB, with what stands around it.
        bodyLimit = try await settings.number("bodyLimit", in: 1...16_777_216, default: bodyLimit)
        headerLimit = try await settings.number("headerLimit", in: 1024...1_048_576, default: headerLimit)
        idleTimeout = try await settings.duration(
            "idleTimeout",
            in: .seconds(1)...(.seconds(3600)),
            default: idleTimeout
        )
        readTimeout = try await settings.duration(
            "readTimeout",
            in: .milliseconds(10)...(.seconds(600)),
            default: readTimeout
        )
        encryption = try await HTTPEncryption(settings: settings)
        connectionLimit = try await settings.number("connectionLimit", in: 1...100_000, default: connectionLimit)
        if let text = try await settings.text("trustedPeers") {
            guard let peers = TrustedPeers(text) else {
                throw settings.fault("trustedPeers", "must be addresses or networks with commas between them")
            }
            trustedPeers = peers
        }
    }

    /// The framework's part of it.
    var application: ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(host, port: port),
            availableConnectionsDelegate: MaximumAvailableConnections(connectionLimit)
        )
    }

    /// The framework's HTTP/1.1 channel, inside TLS where that is configured.
    var server: HTTPServerBuilder {
        let idle = TimeAmount.nanoseconds(Int64(idleTimeout / .nanoseconds(1)))
        let plain = HTTP1Channel.Configuration(
            additionalChannelHandlers: [HeadDeadline(idle)],
            idleTimeout: idle,
            httpDecoderConfiguration: .init(maxHeaderFieldSize: headerLimit, maxHeaderListSize: headerLimit)
        )
        guard let encryption else { return .http1(configuration: plain) }
        return HTTPServerBuilder { responder in
            try TLSChannel(
                HTTP1Channel(responder: responder, configuration: plain),
                tlsConfiguration: encryption.configuration
            )
        }
    }
}
