import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import NIOCore
import Support
import Testing

@testable import Bootstrap

/// Clients that hold on to what others need, and the headers that every answer has.
@Suite(.timeLimit(.minutes(2)))
struct SlowClientTests {
    private struct Body: Decodable, Sendable { let text: String }

    private static func configuration(connections: Int = 1_024) -> HTTPConfiguration {
        var configuration = HTTPConfiguration()
        (configuration.idleTimeout, configuration.readTimeout) = (.milliseconds(800), .milliseconds(800))
        configuration.connectionLimit = connections
        return configuration
    }

    private static func routes(_ router: Router<HTTPContext>) {
        router.get("/quick") { _, _ in "quick" }
        router.post("/body") { request, context in
            let body: Body = try await request.decodeBody(context: context)
            return body.text
        }
        router.post("/file") { request, context in
            let file = FileManager.default.temporaryDirectory.appending(path: "ebinda-slow-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            return String(try await request.writeBody(to: file, limit: 1_000, within: context.bodyRules.timeout))
        }
    }

    /// Sends a beginning, then a byte at a time until the other end has had enough.
    ///
    /// - Returns: what it had to say.
    private static func trickle(_ beginning: String, port: Int) async throws -> (answer: String, time: Duration) {
        let start = ContinuousClock.now
        return try await RawConnection.open(port: port) { connection in
            do {
                try await connection.send(beginning)
            } catch ChannelError.ioOnClosedChannel {
                // Cut before this process found the time for its first byte.
                return ("", ContinuousClock.now - start)
            }
            return try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { (try? await connection.read(until: "HTTP/1.1 408")) ?? "" }
                group.addTask {
                    // Every 50 ms, far below any time without a word.
                    try await eventually("the trickle is cut", within: .seconds(30), every: .milliseconds(50)) {
                        do {
                            try await connection.send("a")
                            return false
                        } catch {
                            return true
                        }
                    }
                    return nil
                }
                let answer = try await group.next() ?? nil
                group.cancelAll()
                return (answer ?? "", ContinuousClock.now - start)
            }
        }
    }

    /// Asks until it is answered, and says how long that took.
    ///
    /// On a busy machine this process may open a connection and say nothing on it until the server's patience is at its end; like
    /// a browser it opens another then. The time counts from the first.
    private static func quick(_ port: Int) async throws -> Duration {
        let start = ContinuousClock.now
        try await eventually("an honest request is answered", every: .zero) {
            do {
                return try await RawConnection.open(port: port) { connection in
                    try await connection.send("GET /quick HTTP/1.1\nHost: x\nConnection: close\n\n")
                    return try await connection.rest().hasSuffix("quick")
                }
            } catch ChannelError.ioOnClosedChannel {
                return false
            }
        }
        return ContinuousClock.now - start
    }

    @Test func `a hundred heads that trickle are cut, and others are served meanwhile`() async throws {
        try await RunningService.with(Self.configuration(), logger: .silent, routes: Self.routes) { port, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let (answer, time) = try await Self.trickle("GET /quick HTTP/1.1\nX-Slow: ", port: port)
                        #expect(!answer.contains("quick"))
                        #expect(time < .seconds(15), "cut by the clock, not by silence")
                    }
                }
                for _ in 0..<100 {
                    let time = try await Self.quick(port)
                    #expect(time < .seconds(5))
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `connections that trickle hold up others no longer than the time for a head`() async throws {
        let few = 4
        try await RunningService.with(Self.configuration(connections: few), logger: .silent, routes: Self.routes) {
            port,
            _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<few {
                    group.addTask { _ = try await Self.trickle("GET /quick HTTP/1.1\nX-Slow: ", port: port) }
                }
                let time = try await Self.quick(port)
                #expect(time < .seconds(15))
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: ["/body", "/file"]) func `a body that trickles is told that it is too slow`(path: String)
        async throws
    {
        var configuration = Self.configuration()
        // On a busy machine a byte comes late: it must be the body's time that runs out, not that of silence.
        configuration.idleTimeout = .seconds(10)
        try await RunningService.with(configuration, logger: .silent, routes: Self.routes) { port, _ in
            let head = "POST \(path) HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 900\n\n"
            var (answer, time) = ("", Duration.zero)
            // A head that this process brings too late is cut without a word: then once more.
            try await eventually("there is an answer", within: .seconds(60), every: .zero) {
                (answer, time) = try await Self.trickle(head, port: port)
                return !answer.isEmpty
            }
            #expect(answer.hasPrefix("HTTP/1.1 408"))
            #expect(time < .seconds(15))
            let after = try await Self.quick(port)
            #expect(after < .seconds(5))
        }
    }

    @Test func `a body is written as it arrives, and not beyond its limit`() async throws {
        try await RunningService.with(Self.configuration(), logger: .silent, routes: Self.routes) { port, _ in
            func send(_ headers: String, _ body: String) async throws -> String {
                try await RawConnection.open(port: port) { connection in
                    try await connection.send("POST /file HTTP/1.1\nHost: x\nConnection: close\n\(headers)\n\n\(body)")
                    return try await connection.rest()
                }
            }
            let good = try await send("Content-Length: 1000", String(repeating: "b", count: 1_000))
            #expect(good.hasSuffix("1000"))
            let announced = try await send("Content-Length: 1001", "")
            #expect(announced.hasPrefix("HTTP/1.1 413"))
            let hidden = try await send(
                "Transfer-Encoding: chunked",
                "7d0\n\(String(repeating: "b", count: 2_000))\n0\n\n"
            )
            #expect(hidden.hasPrefix("HTTP/1.1 413"))
            let packed = try await send("Content-Encoding: gzip\nContent-Length: 1", "b")
            #expect(packed.hasPrefix("HTTP/1.1 415"))
        }
    }

    @Test(arguments: ["GET /quick", "GET /nowhere", "DELETE /quick", "POST /body"])
    func `every answer says what a browser may make of it, which is nothing`(line: String) async throws {
        try await RunningService.with(Self.configuration(), logger: .silent, routes: Self.routes) { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("\(line) HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 0\n\n")
                let head = try await connection.rest().split(separator: "\r\n\r\n")[0].lowercased()
                for header in [
                    "x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-store",
                    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
                ] {
                    #expect(head.contains(header), "\(header)")
                }
            }
        }
    }
}
