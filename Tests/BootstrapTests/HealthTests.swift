import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import Synchronization
import Testing

@testable import Bootstrap

@Suite(.timeLimit(.minutes(5)))
struct HealthTests {
    private struct Careless: Error { let password = "s3cr3t" }

    private static func get(
        _ path: String,
        checks: [ReadinessCheck],
        exposure: HealthRoutes.Exposure = .full,
        metrics: MetricsRegistry? = nil
    ) async throws -> TestResponse {
        try await HTTPService(configuration: HTTPConfiguration(), logger: RecordedLog().logger()) { router in
            HealthRoutes(checks: checks, metrics: metrics, exposure: exposure).add(to: router)
        }.application.test(.live) { client in
            try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
        }
    }

    private static let good = ReadinessCheck("database") {}
    private static let bad = ReadinessCheck("broker") { throw ReadinessCheck.Unready("connecting: refused") }

    @Test func `a running process is alive, ready or not`() async throws {
        let response = try await Self.get("/health/live", checks: [Self.bad])
        #expect(response.status == .ok)
    }

    @Test func `ready means that every check says so`() async throws {
        let ready = try await Self.get("/health/ready", checks: [Self.good])
        #expect(ready.status == .ok)
        #expect(String(buffer: ready.body) == #"{"checks":[{"name":"database","ready":true}],"ready":true}"#)
        let unready = try await Self.get("/health/ready", checks: [Self.good, Self.bad])
        #expect(unready.status == .serviceUnavailable)
        #expect(
            String(buffer: unready.body)
                == #"{"checks":[{"name":"database","ready":true},{"name":"broker","ready":false,"reason":"connecting: refused"}],"ready":false}"#
        )
    }

    @Test func `strangers learn whether, not why`() async throws {
        let metrics = MetricsRegistry()
        let response = try await Self.get(
            "/health/ready",
            checks: [Self.good, Self.bad],
            exposure: .statusOnly,
            metrics: metrics
        )
        #expect(response.status == .serviceUnavailable)
        #expect(String(buffer: response.body) == #"{"ready":false}"#)
        #expect(try await Self.get("/metrics", checks: [], exposure: .statusOnly, metrics: metrics).status == .notFound)
    }

    @Test func `a reason holds no secret of a careless error`() async throws {
        let outcome = await ReadinessCheck("x") { throw Careless() }.outcome()
        #expect(!outcome.ready)
        #expect(outcome.reason?.contains("s3cr3t") == false)
    }

    @Test func `a check that hangs is not ready in time, and recovers`() async throws {
        let (release, free) = AsyncStream.makeStream(of: Void.self)
        let runs = Mutex(0)
        let check = ReadinessCheck("slow", deadline: .milliseconds(50)) {
            runs.withLock { $0 += 1 }
            // Deaf to cancellation, as a call stuck in a socket would be.
            await Task { for await _ in release { return } }.value
        }
        let outcomes = await withTaskGroup(of: ReadinessCheck.Outcome.self) { group in
            for _ in 0..<5 { group.addTask { await check.outcome() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == .init(name: "slow", ready: false, reason: "no answer within 0.05 s") })
        #expect(runs.withLock { $0 } == 1, "five questions, one probe")
        free.finish()
        while !(await check.outcome()).ready { await Task.yield() }
    }

    @Test func `metrics are served as text`() async throws {
        let metrics = MetricsRegistry()
        Counter(label: "n_total", factory: metrics).increment()
        let response = try await Self.get("/metrics", checks: [], metrics: metrics)
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(buffer: response.body) == "# TYPE n_total counter\nn_total 1\n")
    }
}
