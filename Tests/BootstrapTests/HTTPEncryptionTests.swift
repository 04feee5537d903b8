import Bootstrap
import Configuration
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Support
import Testing

/// A service's listener inside TLS, and with callers that must show a certificate, as curl sees it.
@Suite(.timeLimit(.minutes(5)))
struct HTTPEncryptionTests {
    private func settings(_ values: [String: String]) -> Settings {
        let provider = InMemoryProvider(
            values: Dictionary(
                uniqueKeysWithValues: values.map {
                    (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                }
            )
        )
        return Settings(reader: ConfigReader(provider: provider))
    }

    /// Lends a listener with the keys given, on a free port.
    private func listening(_ values: [String: String], _ body: (Int) async throws -> Void) async throws {
        var configuration = try await HTTPConfiguration(settings: settings(values))
        configuration.port = 0
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = HTTPService(
            configuration: configuration,
            logger: .silent,
            onRunning: { port.yield($0) },
            routes: { $0.get("/hello") { _, _ in "hello" } }
        )
        let group = ServiceGroup(services: [service], logger: .silent)
        let running = Task { try await group.run() }
        var listening = ports.makeAsyncIterator()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(try #require(await listening.next()))) } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try outcome.get()
    }

    /// What curl gets; nil when it gets no answer.
    private func get(_ port: Int, scheme: String = "https", _ arguments: [String]) async throws -> String? {
        let output = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["-sS", "-m", "10", "\(scheme)://localhost:\(port)/hello"] + arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ends {}
        return process.terminationStatus == 0 ? try String(contentsOf: output, encoding: .utf8) : nil
    }

    @Test func `a verified link answers, a plain one and an unknown authority do not`() async throws {
        try await TestAuthority.with { authority in
            try await TestAuthority.certificate(for: "localhost", by: authority) { certificate, key in
                try await listening(["tlsCertificateFile": certificate, "tlsKeyFile": key]) { port in
                    let verified = try await get(port, ["--cacert", authority])
                    #expect(verified == "hello")
                    #expect(try await get(port, ["--cacert", authority, "--tlsv1.1", "--tls-max", "1.1"]) == nil)
                    #expect(try await get(port, []) == nil, "the machine's own authorities know nothing of it")
                    #expect(try await get(port, scheme: "http", []) == nil)
                }
            }
        }
    }

    @Test func `with an authority of callers, a caller's certificate decides`() async throws {
        try await TestAuthority.with { authority in
            try await TestAuthority.certificate(for: "localhost", by: authority) { certificate, key in
                let keys = [
                    "tlsCertificateFile": certificate, "tlsKeyFile": key, "tlsClientAuthorityFile": authority,
                ]
                try await listening(keys) { port in
                    #expect(try await get(port, ["--cacert", authority]) == nil, "no certificate")
                    try await TestAuthority.certificate(for: "edge", by: authority) { own, ownKey in
                        let answer = try await get(port, ["--cacert", authority, "--cert", own, "--key", ownKey])
                        #expect(answer == "hello")
                    }
                    try await TestAuthority.with { foreign in
                        try await TestAuthority.certificate(for: "edge", by: foreign) { own, ownKey in
                            let answer = try await get(port, ["--cacert", authority, "--cert", own, "--key", ownKey])
                            #expect(answer == nil, "another authority's")
                        }
                    }
                }
            }
        }
    }

    @Test func `files that cannot be used, or half of them, are named`() async throws {
        for (values, key) in [
            (["tlsCertificateFile": "/nowhere/x"], "tlsCertificateFile"),
            (["tlsClientAuthorityFile": "/nowhere/x"], "tlsCertificateFile"),
            (["tlsCertificateFile": "/nowhere/x", "tlsKeyFile": "/nowhere/y"], "tlsCertificateFile"),
        ] {
            let error = await #expect(throws: ConfigurationError.self) {
                let configuration = try await HTTPConfiguration(settings: settings(values))
                _ = configuration
            }
            #expect("\(error as Any)".contains(key), "\(values)")
        }
    }
}
