import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import Support
import Synchronization
import Testing

/// A real process: how it starts, what it prints, how it ends.
@Suite(.timeLimit(.minutes(5)))
struct ProcessTests {
    private static let secret = "correct-horse-battery"
    private static let signer = TestSigner()

    /// A started process and what it writes.
    private final class Toy: Sendable {
        private let written = Mutex("")
        private let reader: FileHandle
        let process: Process

        init(_ arguments: [String], _ environment: [String: String]) throws {
            let beside = Bundle.main.executableURL?.deletingLastPathComponent()
            let built = [beside, Bundle.main.bundleURL.deletingLastPathComponent()]
                .compactMap { $0?.appending(path: "ToyService") }
                .first { FileManager.default.isExecutableFile(atPath: $0.path) }
            process = Process()
            // A program that was not built with the tests cannot be run; `run` then says so.
            process.executableURL = built
            process.arguments = arguments
            process.environment = environment
            let pipe = Pipe()
            reader = pipe.fileHandleForReading
            process.standardOutput = pipe
            process.standardError = pipe
            process.standardInput = FileHandle.nullDevice
            try process.run()
            try pipe.fileHandleForWriting.close()
        }

        /// Reads on until the text contains what is waited for; nil when the process ends without it.
        func read<Output: Sendable>(until found: @escaping @Sendable (String) -> Output?) async throws -> Output? {
            // A pipe blocks whoever reads it: not a thread that other tests wait for.
            try await onOwnThread { self.blockingRead(until: found) }
        }

        private func blockingRead<Output>(until found: (String) -> Output?) -> Output? {
            while true {
                if let output = found(text) { return output }
                let data = reader.availableData
                if data.isEmpty { return nil }
                written.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }

        var text: String { written.withLock { $0 } }

        /// Everything, after the end.
        func end() async throws -> (status: Int32, text: String) {
            _ = try await read { _ in nil as Void? }
            await process.ended()
            return (process.terminationStatus, text)
        }
    }

    private static func environment(_ more: [String: String] = [:]) -> [String: String] {
        ["EBINDA_TOY_HTTP_PORT": "0", "EBINDA_TOY_PASSWORD": secret, "EBINDA_TOY_PUBLIC_KEY": signer.publicKey.x]
            .merging(more) { $1 }
    }

    private static func port(in text: String) -> Int? {
        text.firstMatch(of: /"port":(\d+)/).flatMap { Int($0.1) }
    }

    @Test func `it serves, drains at a signal, and ends well without printing a secret`() async throws {
        let toy = try Toy([], Self.environment(["EBINDA_LOG_LEVEL": "trace"]))
        let port = try #require(try await toy.read { Self.port(in: $0) })
        let token = try await Self.signer.token(unit: "station-3", role: .liaison)
        let answer = try await RawConnection.open(port: port) { connection in
            try await connection.send("GET /greeting HTTP/1.1\nhost: x\nauthorization: Bearer \(token)\n\n")
            return try await connection.read(until: "station-3")
        }
        #expect(answer.contains("hello station-3"))
        let metrics = try await RawConnection.open(port: port) { connection in
            try await connection.send("GET /metrics HTTP/1.1\nhost: x\nconnection: close\n\n")
            return try await connection.rest()
        }
        #expect(metrics.contains(#"ebinda_http_requests_total{method="GET",route="/greeting",status="200"} 1"#))
        #expect(metrics.contains("process_resident_memory_bytes"))
        toy.process.terminate()
        let (status, text) = try await toy.end()
        #expect(status == 0)
        #expect(text.contains(#""message":"stopped""#))
        for secret in [Self.secret, token] { #expect(!text.contains(secret)) }
        for line in text.split(separator: "\n") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test(arguments: [
        (
            ["EBINDA_TOY_HTTP_PORT": "http"],
            "toy.http.port (EBINDA_TOY_HTTP_PORT): must be a whole number from 0 to 65535"
        ),
        (["EBINDA_TOY_PASSWORD": ""], "toy.password (EBINDA_TOY_PASSWORD): must be set, here or by passwordFile"),
        (
            ["EBINDA_LOG_LEVEL": "loud"],
            "log.level (EBINDA_LOG_LEVEL): must be one of trace, debug, info, notice, warning, error, critical"
        ),
        (["EBINDA_CONFIGURATION": "/nowhere/x"], "EBINDA_CONFIGURATION: /nowhere/x must be a readable file"),
    ])
    func `a wrong configuration is one line and status 2`(change: [String: String], line: String) async throws {
        let (status, text) = try await Toy(["run"], Self.environment(change)).end()
        #expect(status == ConfigurationError.exitStatus)
        #expect(text.split(separator: "\n").last == "toy: configuration: \(line)")
        #expect(!text.contains(Self.secret))
    }

    @Test func `check asks once and tells by its status`() async throws {
        let good = try await Toy(["check"], Self.environment()).end()
        #expect(good.status == 0)
        #expect(good.text == "password: ready\n")
        let bad = try await Toy(["check"], Self.environment(["EBINDA_TOY_PASSWORD": "short"])).end()
        #expect(bad.status == 1)
        #expect(bad.text == "password: not ready: shorter than 8 characters\n")
    }

    @Test func `migrate prints what it did`() async throws {
        let (status, text) = try await Toy(["migrate"], Self.environment()).end()
        #expect(status == 0)
        #expect(text == "nothing to do for toy\n")
    }

    @Test func `a wrong command line is status 64`() async throws {
        #expect(try await Toy(["serve"], Self.environment()).end().status == 64)
    }
}
