import Bootstrap
import Foundation
import HTTPSupport
import Support
import Testing

@testable import Portal

/// The links to the services behind the pages inside TLS: whom Portal believes, and as whom it comes.
@Suite(.timeLimit(.minutes(5)))
struct NeighbourEncryptionTests {
    /// Directory, played behind a certificate for `localhost`, on a port of this machine.
    ///
    /// - Parameter callers: the authority that callers' certificates must be of; nil where none is wanted.
    private static func withDirectory(
        certificate: String,
        key: String,
        callers: String? = nil,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        var environment = [
            "EBINDA_DIRECTORY_HTTP_TLS_CERTIFICATE_FILE": certificate, "EBINDA_DIRECTORY_HTTP_TLS_KEY_FILE": key,
        ]
        environment["EBINDA_DIRECTORY_HTTP_TLS_CLIENT_AUTHORITY_FILE"] = callers
        let settings = try await ConfigurationSources.open(environment: environment)
        let http = try await HTTPConfiguration(settings: settings.scoped(to: "directory").scoped(to: "http"))
        let player = DirectoryPlayer()
        try await RunningService.with(http, logger: .silent, routes: { player.add(to: $0) }) { port, _ in
            try await body(port)
        }
    }

    /// Whether a page shows what Directory alone can say.
    private static func isAnswered(_ directory: String, _ keys: [String: String]) async throws -> Bool {
        try await PortalWorld.with(directory: directory, more: keys) { world in
            let page = try await world.browser().get("/c/GOOD")
            #expect(page.status == 200, "a page there is in any case")
            // The deputy's name as Directory's player has it; nothing else on the page is escaped.
            return page.html.contains("&lt;script&gt;")
        }
    }

    private static func keys(root: String, certificate: String? = nil, key: String? = nil) -> [String: String] {
        var keys = ["EBINDA_PORTAL_TLS_ROOT_FILE": root, "EBINDA_PORTAL_INTAKE": "https://localhost:9"]
        keys["EBINDA_PORTAL_TLS_CERTIFICATE_FILE"] = certificate
        keys["EBINDA_PORTAL_TLS_KEY_FILE"] = key
        return keys
    }

    @Test func `a neighbour is asked inside TLS; another authority's certificate and another name are refused`()
        async throws
    {
        try await TestAuthority.with { authority in
            try await TestAuthority.certificate(for: "localhost", by: authority) { certificate, key in
                try await Self.withDirectory(certificate: certificate, key: key) { port in
                    let keys = Self.keys(root: authority)
                    #expect(try await Self.isAnswered("https://localhost:\(port)", keys))
                    #expect(try await !Self.isAnswered("https://127.0.0.1:\(port)", keys), "another name")
                    #expect(try await !Self.isAnswered("https://localhost:\(port)", [:]), "the machine's authorities")
                    #expect(try await !Self.isAnswered("http://127.0.0.1:\(port)", [:]), "in clear")
                    try await TestAuthority.with { foreign in
                        let keys = Self.keys(root: foreign)
                        let answered = try await Self.isAnswered("https://localhost:\(port)", keys)
                        #expect(!answered, "another authority's")
                    }
                }
            }
        }
    }

    @Test func `a neighbour that asks for a certificate is shown Portal's own`() async throws {
        try await TestAuthority.with { authority in
            try await TestAuthority.certificate(for: "localhost", by: authority) { certificate, key in
                try await Self.withDirectory(certificate: certificate, key: key, callers: authority) { port in
                    let directory = "https://localhost:\(port)"
                    #expect(try await !Self.isAnswered(directory, Self.keys(root: authority)), "none")
                    try await TestAuthority.certificate(for: "portal", by: authority) { own, ownKey in
                        let keys = Self.keys(root: authority, certificate: own, key: ownKey)
                        let answered = try await Self.isAnswered(directory, keys)
                        #expect(answered)
                    }
                    try await TestAuthority.with { foreign in
                        try await TestAuthority.certificate(for: "portal", by: foreign) { own, ownKey in
                            let keys = Self.keys(root: authority, certificate: own, key: ownKey)
                            let answered = try await Self.isAnswered(directory, keys)
                            #expect(!answered, "another authority's")
                        }
                    }
                }
            }
        }
    }

    @Test func `with an authority named, no neighbour is asked in clear, and files that cannot be used are named`()
        async throws
    {
        try await TestAuthority.with { authority in
            for (keys, named) in [
                (["EBINDA_PORTAL_TLS_ROOT_FILE": authority], "portal.intake"),
                (Self.keys(root: authority), "portal.directory"),
                (Self.keys(root: "/nowhere/x"), "portal.tlsRootFile"),
                (Self.keys(root: authority, certificate: authority), "portal.tlsKeyFile"),
                (Self.keys(root: authority, certificate: authority, key: authority), "portal.tlsKeyFile"),
                (["EBINDA_PORTAL_TLS_CERTIFICATE_FILE": authority], "portal.tlsKeyFile"),
            ] {
                let error = await #expect(throws: ConfigurationError.self) {
                    try await PortalWorld.with(directory: "http://127.0.0.1:9", more: keys) { _ in }
                }
                #expect("\(error as Any)".contains(named), "\(error as Any)")
            }
        }
    }
}
