import HTTPSupport
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import UnixSignals

@testable import Bootstrap

@Suite(.timeLimit(.minutes(5)))
struct DrainTests {
    @Test func `what is in flight is finished, what is new is refused`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (release, free) = AsyncStream.makeStream(of: Void.self)
        try await RunningService.with(logger: RecordedLog().logger()) { router in
            router.get("/slow") { _, _ in
                arrived.yield()
                for await _ in release { break }
                return "finished"
            }
        } _: { port, group in
            let answer = try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /slow HTTP/1.1\nhost: x\n\n")
                for await _ in arrivals { break }
                await group.triggerGracefulShutdown()
                // The listener closes a moment after the shutdown begins; from then on nothing is accepted.
                while (try? await RawConnection.open(port: port, { _ in })) != nil { await Task.yield() }
                free.yield()
                return try await connection.rest()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
            #expect(answer.hasSuffix("finished"))
        }
    }

    /// Runs until it is told to stop gracefully, or ignores that until it is cancelled.
    private struct Waits: Service {
        let isStubborn: Bool
        let started: @Sendable () -> Void
        let stopped: @Sendable (String) -> Void

        func run() async throws {
            started()
            if isStubborn {
                await withTaskCancellationHandler {
                    let (never, _) = AsyncStream.makeStream(of: Void.self)
                    for await _ in never {}
                } onCancel: {
                    stopped("cancelled")
                }
            } else {
                try await gracefulShutdown()
                stopped("gracefully")
            }
        }
    }

    private func drain(
        isStubborn: Bool,
        timeout: Duration,
        _ signalsAfterStart: [UnixSignal]
    ) async throws -> (stops: [String], statuses: [Int32]) {
        let (signals, signal) = AsyncStream.makeStream(of: UnixSignal.self)
        let stops = Mutex<[String]>([])
        let statuses = Mutex<[Int32]>([])
        let service = Waits(
            isStubborn: isStubborn,
            started: { for each in signalsAfterStart { signal.yield(each) } },
            stopped: { how in stops.withLock { $0.append(how) } }
        )
        try await Drain.run([service], timeout: timeout, logger: RecordedLog().logger(), signals: signals) { status in
            statuses.withLock { $0.append(status) }
        }
        return (stops.withLock { $0 }, statuses.withLock { $0 })
    }

    @Test func `one signal stops gracefully`() async throws {
        let (stops, statuses) = try await drain(isStubborn: false, timeout: .seconds(30), [.sigterm])
        #expect(stops == ["gracefully"])
        #expect(statuses == [])
    }

    @Test func `a service that does not stop in time is cancelled`() async throws {
        let (stops, _) = try await drain(isStubborn: true, timeout: .milliseconds(50), [.sigint])
        #expect(stops == ["cancelled"])
    }

    @Test(arguments: [(UnixSignal.sigterm, 143), (.sigint, 130)])
    func `the second signal ends the process at once`(second: UnixSignal, status: Int) async throws {
        let (_, statuses) = try await drain(isStubborn: true, timeout: .milliseconds(300), [.sigterm, second])
        #expect(statuses == [Int32(status)])
    }
}
