/// Where the database is and how it is used; never prints its password.
package struct DatabaseConfiguration: Sendable {
    /// One server of a list that is tried in order.
    package struct Host: Sendable, Hashable {
        /// Name or address.
        package var name: String
        /// TCP port.
        package var port: Int

        /// Creates a host.
        package init(name: String, port: Int = 5432) {
            self.name = name
            self.port = port
        }
    }

    /// Encryption of the link (libpq manual §34.19).
    package struct TLS: Sendable, Hashable {
        /// A file of certificates that the server's must chain to; its name is checked too (`verify-full`).
        package var rootCertificateFile: String
        /// The client's own certificate, for servers that ask for one.
        package var certificateFile: String?
        /// The key of ``certificateFile``; libpq refuses one that others may read.
        package var keyFile: String?

        /// Creates a configuration that verifies chain and name.
        package init(rootCertificateFile: String, certificateFile: String? = nil, keyFile: String? = nil) {
            self.rootCertificateFile = rootCertificateFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// What the planner goes by.
    package enum Planning: Sendable, Hashable {
        /// Its statistics: for sessions that read much of a table.
        case byStatistics
        /// Indexes wherever there is one (manual §20.7.1): for sessions whose statements all look up keys.
        ///
        /// A prepared statement's plan is kept; one made while its tables were small reads them whole when they are large,
        /// until their statistics are taken again.
        case byIndex
    }

    /// Tried in turn, from the one that answered last; with more than one, only a server that takes writes is accepted.
    package var hosts: [Host]
    /// The database's name.
    package var database: String
    /// The role.
    package var user: String
    /// The role's password.
    package var password: String
    /// The schema that unqualified names mean (`search_path`); the server's default when nil.
    package var schema: String?
    /// Encryption; nil for plaintext, which only loopback and private networks may use.
    package var tls: TLS?
    /// The most connections held at once.
    package var poolSize: Int
    /// How long connecting to one host may take.
    package var connectTimeout: Duration
    /// The server ends a statement after this time; the client gives up on the connection a second later.
    package var statementTimeout: Duration
    /// The server ends a statement that has waited for one lock for this time: well before ``statementTimeout``, so that a lock
    /// which somebody holds can be told from a statement that is slow by itself.
    package var lockTimeout: Duration
    /// The server ends a transaction that has been idle for this time, because it holds up cleaning for all.
    package var idleInTransactionTimeout: Duration
    /// What the planner goes by.
    package var planning: Planning
    /// Shown in `pg_stat_activity`.
    package var applicationName: String

    /// Creates a configuration.
    package init(
        hosts: [Host],
        database: String,
        user: String,
        password: String,
        schema: String? = nil,
        tls: TLS? = nil,
        poolSize: Int = 4,
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(30),
        lockTimeout: Duration = .seconds(10),
        idleInTransactionTimeout: Duration = .seconds(60),
        planning: Planning = .byStatistics,
        applicationName: String = "ebinda"
    ) {
        self.hosts = hosts
        self.database = database
        self.user = user
        self.password = password
        self.schema = schema
        self.tls = tls
        self.poolSize = poolSize
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.planning = planning
        self.applicationName = applicationName
    }

    /// The connection parameters of libpq (manual §34.1.2) for one of the hosts.
    func parameters(for host: Host) -> [(name: String, value: String)] {
        var options = "-c statement_timeout=\(statementTimeout.milliseconds)"
        options += " -c lock_timeout=\(lockTimeout.milliseconds)"
        options += " -c idle_in_transaction_session_timeout=\(idleInTransactionTimeout.milliseconds)"
        if let schema { options += " -c search_path=\(schema)" }
        if planning == .byIndex {
            // Off means a cost that is beyond any real one, and by such a cost every plan would be worth compiling.
            for method in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"] {
                options += " -c \(method)=off"
            }
        }
        var parameters = [
            ("host", host.name), ("port", String(host.port)),
            ("dbname", database), ("user", user), ("password", password),
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("options", options),
            // Without these a dead server is noticed after some 15 minutes of retransmission.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
            // Or every connection asks Kerberos for a ticket first (§34.1.2). What that leaves behind in a thread aborts the process
            // when the thread ends while the process does: the library's own lock is gone by then.
            ("gssencmode", "disable"),
        ]
        if hosts.count > 1 { parameters.append(("target_session_attrs", "read-write")) }
        if let tls {
            parameters += [("sslmode", "verify-full"), ("sslrootcert", tls.rootCertificateFile)]
            if let certificate = tls.certificateFile, let key = tls.keyFile {
                parameters += [("sslcert", certificate), ("sslkey", key)]
            }
        } else {
            parameters.append(("sslmode", "disable"))
        }
        return parameters
    }
}

extension DatabaseConfiguration: CustomStringConvertible, CustomReflectable {
    /// Hosts, database and role.
    package var description: String {
        "\(user)@\(hosts.map { "\($0.name):\($0.port)" }.joined(separator: ","))/\(database)"
    }

    /// What a debugger or `dump` sees: the description alone.
    package var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
