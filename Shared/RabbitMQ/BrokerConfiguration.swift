/// Where the broker is and how it is used; never prints its password.
package struct BrokerConfiguration: Sendable {
    /// One node of a list that is tried in turn.
    package struct Address: Sendable, Hashable {
        /// Name or address.
        package var host: String
        /// TCP port.
        package var port: Int

        /// Creates an address.
        package init(host: String, port: Int = 5672) {
            self.host = host
            self.port = port
        }
    }

    /// Encryption of the link, TLS 1.2 at least; chain and name are verified.
    package struct TLS: Sendable, Hashable {
        /// A file of certificates that the broker's must chain to.
        package var rootCertificateFile: String
        /// The client's own certificate and key, for brokers that ask for one.
        package var certificateFile: String?
        /// The key of ``certificateFile``.
        package var keyFile: String?
        /// Whether the certificate logs in (SASL EXTERNAL), and no password does: the broker takes the account's name from it.
        package var logsIn: Bool

        /// Creates a configuration.
        package init(
            rootCertificateFile: String,
            certificateFile: String? = nil,
            keyFile: String? = nil,
            logsIn: Bool = false
        ) {
            self.rootCertificateFile = rootCertificateFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.logsIn = logsIn
        }
    }

    /// Tried in turn.
    package var addresses: [Address]
    /// The virtual host.
    package var virtualHost: String
    /// The account.
    package var user: String
    /// The account's password.
    package var password: String
    /// Shown by the broker's tools.
    package var connectionName: String
    /// Encryption; nil for plaintext, which only loopback and private networks may use.
    package var tls: TLS?
    /// Asked from the broker; silence of twice this time ends the connection.
    package var heartbeat: Duration
    /// How long connecting to one address, and logging in, may take each.
    package var connectTimeout: Duration
    /// How long an answer to a request may take; the connection is lost after that.
    package var requestTimeout: Duration
    /// The most messages without a confirm; 100 to 200 have nearly all the throughput at a ninth of the latency of 1,000.
    package var confirmWindow: Int
    /// The most bytes without a confirm: a broker that does not read must not find the client blocked in a full buffer.
    package var byteWindow: Int
    /// The age from which on a message without a confirm counts as in doubt.
    package var confirmTimeout: Duration
    /// The first pause between attempts to connect; doubled each time, and drawn at random below that (full jitter).
    package var backoffBase: Duration
    /// The longest pause between attempts to connect.
    package var backoffLimit: Duration

    /// Creates a configuration.
    package init(
        addresses: [Address],
        virtualHost: String = "/",
        user: String,
        password: String,
        connectionName: String = "ebinda",
        tls: TLS? = nil,
        heartbeat: Duration = .seconds(10),
        connectTimeout: Duration = .seconds(5),
        requestTimeout: Duration = .seconds(10),
        confirmWindow: Int = 200,
        byteWindow: Int = 256 * 1024,
        confirmTimeout: Duration = .seconds(30),
        backoffBase: Duration = .milliseconds(100),
        backoffLimit: Duration = .seconds(10)
    ) {
        self.addresses = addresses
        self.virtualHost = virtualHost
        self.user = user
        self.password = password
        self.connectionName = connectionName
        self.tls = tls
        self.heartbeat = heartbeat
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.confirmWindow = confirmWindow
        self.byteWindow = byteWindow
        self.confirmTimeout = confirmTimeout
        self.backoffBase = backoffBase
        self.backoffLimit = backoffLimit
    }

    /// The pause before attempt `attempt` (from 0): anything up to base × 2^attempt, at most the limit.
    func backoff(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^20 times the base is past any limit; a larger shift would overflow.
        let ceiling = min(backoffLimit, backoffBase * (1 << min(attempt, 20)))
        return ceiling * Double.random(in: 0...1, using: &generator)
    }
}

extension BrokerConfiguration: CustomStringConvertible, CustomReflectable {
    /// Account, addresses and virtual host.
    package var description: String {
        "\(user)@\(addresses.map { "\($0.host):\($0.port)" }.joined(separator: ","))\(virtualHost)"
    }

    /// What a debugger or `dump` sees: the description alone.
    package var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}

/// How a connection stands, for readiness.
package enum ConnectionStatus: Sendable, Hashable {
    /// Not connected; the reason is the last failure's.
    case connecting(reason: String?)
    /// In use.
    case ready
    /// The broker takes no messages, an alarm in its words, or has confirmed none within the limit, as without a majority.
    case blocked(reason: String)
    /// Ended for good.
    case closed
}
