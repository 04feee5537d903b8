import AsyncHTTPClient
import Bootstrap
import Foundation
import HTTPSupport
import NIOCore
import NIOHTTP1
import Support
import Testing

@testable import Directory

/// A real provider of OpenID Connect in a process of its own (oidc-provider-mock on Authlib), and a browser's part.
struct OutsideProvider: Sendable {
    let link: ProviderLink
    let address: String

    /// It was not installed: `make test` does that.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static let returnAddress = "http://127.0.0.1:1/back"

    /// Lends one on a free port.
    static func with(_ body: (Self) async throws -> Void) async throws {
        let program = Documents.root.appending(path: ".local/provider/bin/oidc-provider-mock")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Missing(
                description: "\(program.path) is missing; `make .local/provider/bin/oidc-provider-mock` installs it"
            )
        }
        let process = Process()
        // Through the interpreter: the script's own first line names the folder that it was installed in.
        process.executableURL = program.deletingLastPathComponent().appending(path: "python3")
        let port = try freePort()
        process.arguments = [program.path, "--port", String(port), "--require-nonce", "true"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        let address = "http://127.0.0.1:\(port)"
        let outcome: Result<Void, any Error>
        do {
            try await eventually("the provider answers") {
                let request = HTTPClientRequest(url: "\(address)/.well-known/openid-configuration")
                return (try? await HTTPClient.shared.execute(request, timeout: .seconds(1)))?.status == .ok
            }
            let provider = Provider(
                name: "mock",
                label: "模拟",
                issuer: address,
                clientID: "ebinda",
                returns: [returnAddress]
            )
            let link = ProviderLink(provider: provider, secret: Secret("a secret & more"))
            outcome = .success(try await body(Self(link: link, address: address)))
        } catch {
            outcome = .failure(error)
        }
        // Asked to end, it would wait for our client's idle connections, and we for it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try outcome.get()
    }

    /// Signs in at the provider as somebody, as a browser does that was sent there.
    ///
    /// - Returns: what it sends the browser back with.
    func authorize(_ location: String, as subject: String) async throws -> (code: String, state: String) {
        var request = HTTPClientRequest(url: location)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array("sub=\(subject)".utf8))
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let browser = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let answer = try? await browser.execute(request, timeout: .seconds(10))
        try await browser.shutdown()
        let back = try #require(answer?.headers.first(name: "Location").flatMap { URLComponents(string: $0) })
        let items = Dictionary(uniqueKeysWithValues: (back.queryItems ?? []).map { ($0.name, $0.value ?? "") })
        return (try #require(items["code"]), try #require(items["state"]))
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isNamed else { throw Missing(description: "no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
