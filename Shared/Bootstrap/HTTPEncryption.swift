package import NIOSSL

/// How a service's listener is encrypted: TLS 1.2 at least.
package struct HTTPEncryption: Sendable, Hashable {
    /// What the library wants.
    let configuration: TLSConfiguration

    /// Reads the certificates; nil where none are configured.
    ///
    /// - Throws: ``ConfigurationError`` that names the file that cannot be used.
    init?(settings: Settings) async throws(ConfigurationError) {
        let certificate = try await settings.text("tlsCertificateFile")
        let key = try await settings.text("tlsKeyFile")
        let authority = try await settings.text("tlsClientAuthorityFile")
        guard let certificate, let key else {
            guard certificate == nil, key == nil, authority == nil else {
                throw settings.fault("tlsCertificateFile", "must be set together with tlsKeyFile")
            }
            return nil
        }
        let identity = try settings.identity(certificate: certificate, key: key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.chain,
            privateKey: identity.key
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let authority {
            configuration.trustRoots = .certificates(
                try settings.certificates(in: authority, key: "tlsClientAuthorityFile")
            )
            // A client has no name that could be checked here; that its certificate chains to this authority is what counts.
            configuration.certificateVerification = .noHostnameVerification
        }
        self.configuration = try settings.tried(configuration)
    }

    /// As far as the library compares.
    package static func == (first: Self, second: Self) -> Bool {
        first.configuration.bestEffortEquals(second.configuration)
    }

    /// As far as the library hashes.
    package func hash(into hasher: inout Hasher) { configuration.bestEffortHash(into: &hasher) }
}

/// How another server is asked inside TLS, 1.2 at least: whom to trust there, and who asks. Keys, in the section of what is asked:
///
/// - `tlsRootFile` (text): certificates that the server's must chain to, besides bearing the name that is asked; without it those of the
///   machine's authorities.
/// - `tlsCertificateFile` and `tlsKeyFile` (text): the caller's own, for a server that asks for one.
package struct HTTPClientEncryption: Sendable {
    /// What the library wants.
    package let configuration: TLSConfiguration

    /// Reads the certificates; nil where none are configured.
    ///
    /// - Throws: ``ConfigurationError`` that names the file that cannot be used.
    package init?(settings: Settings) async throws(ConfigurationError) {
        guard let files = try await settings.certificates() else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates(try settings.certificates(in: files.root, key: "tlsRootFile"))
        if let certificate = files.certificate, let key = files.key {
            let identity = try settings.identity(certificate: certificate, key: key)
            configuration.certificateChain = identity.chain
            configuration.privateKey = identity.key
        }
        self.configuration = try settings.tried(configuration)
    }
}

extension Settings {
    /// The certificates of a file in PEM, one at least.
    fileprivate func certificates(in file: String, key: String) throws(ConfigurationError) -> [NIOSSLCertificate] {
        let certificates = try read(key) { try NIOSSLCertificate.fromPEMFile(file) }
        guard !certificates.isEmpty else { throw fault(key, "must hold a certificate") }
        return certificates
    }

    /// Who one is: a certificate with those between it and its authority, and its key.
    fileprivate func identity(
        certificate: String,
        key: String
    ) throws(ConfigurationError) -> (chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKeySource) {
        let chain = try certificates(in: certificate, key: "tlsCertificateFile")
        let secret = try read("tlsKeyFile") { try NIOSSLPrivateKey(file: key, format: .pem) }
        return (chain.map { .certificate($0) }, .privateKey(secret))
    }

    /// A configuration that the library takes: the key fits the certificate.
    fileprivate func tried(_ configuration: TLSConfiguration) throws(ConfigurationError) -> TLSConfiguration {
        try read("tlsKeyFile") { _ = try NIOSSLContext(configuration: configuration) }
        return configuration
    }

    private func read<Value>(_ key: String, _ body: () throws -> Value) throws(ConfigurationError) -> Value {
        do { return try body() } catch { throw fault(key, "must name a file in PEM that can be read") }
    }
}
