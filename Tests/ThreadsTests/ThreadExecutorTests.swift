import CThreads
import Dispatch
import Foundation
import Glibc
import Support
import Synchronization
import Testing
import Threads

/// An actor on its own thread that counts how often a pipe became readable.
private actor PipeReader: DescriptorActor {
    private let executor: ThreadExecutor
    private let descriptor: Int32
    private var deadline: MonotonicTime?
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private(set) var bytes = 0
    private(set) var wakes = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(descriptor: Int32, name: String = "pipe-reader") {
        self.descriptor = descriptor
        executor = ThreadExecutor(name: name)
        executor.serve(self)
    }

    deinit { executor.stop() }

    func waiting() -> Waiting { Waiting(descriptor: descriptor, deadline: deadline) }

    func wake() {
        wakes += 1
        deadline = nil
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 { bytes += count }
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    /// Returns at the first wake-up after `cause` has run.
    func nextWake(_ cause: @Sendable () -> Void) async {
        await withCheckedContinuation {
            waiters.append($0)
            cause()
        }
    }
    func nextWake(after duration: Duration) async {
        await withCheckedContinuation {
            waiters.append($0)
            deadline = .now + duration
        }
    }
    func threadName() -> String {
        var name = [CChar](repeating: 0, count: 16)
        pthread_getname_np(pthread_self(), &name, name.count)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    func block(until meeting: Meeting) { meeting.wait() }
}

@Suite(.timeLimit(.minutes(5)))
struct ThreadExecutorTests {
    private func withPipe(_ body: (Int32, Int32) async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        // A wake-up by the deadline finds nothing to read and must not wait for it.
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        defer { for end in ends { close(end) } }
        try await body(ends[0], ends[1])
    }

    /// Threads of this process that carry a name.
    private func threads(named name: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
            // A thread may end between the listing and the look.
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "\(name)\n"
        }
    }

    @Test func `an actor that nobody holds any more ends its thread, also while that waits`() async throws {
        try await withPipe { readEnd, _ in
            do {
                let readers = (0..<20).map { _ in PipeReader(descriptor: readEnd, name: "left-alone") }
                for reader in readers { #expect(await reader.threadName() == "left-alone") }
                #expect(try threads(named: "left-alone") == 20)
            }
            try await eventually("their threads have ended") { try threads(named: "left-alone") == 0 }
        }
    }

    @Test func `jobs run on the named thread`() async throws {
        try await withPipe { readEnd, _ in
            let reader = PipeReader(descriptor: readEnd)
            #expect(await reader.threadName() == "pipe-reader")
        }
    }

    @Test func `a readable descriptor wakes the actor on its own thread`() async throws {
        try await withPipe { readEnd, writeEnd in
            let reader = PipeReader(descriptor: readEnd)
            await reader.nextWake { _ = write(writeEnd, "abc", 3) }
            #expect(await reader.bytes == 3)
        }
    }

    @Test func `a deadline wakes the actor without input`() async throws {
        try await withPipe { readEnd, _ in
            let reader = PipeReader(descriptor: readEnd)
            let before = MonotonicTime.now
            await reader.nextWake(after: .milliseconds(20))
            #expect(MonotonicTime.now - before >= .milliseconds(20))
            #expect(await reader.wakes >= 1)
        }
    }

    @Test func `blocking calls on their own threads leave the cooperative pool free`() async throws {
        try await withPipe { readEnd, _ in
            // More than the pool has threads: each waits inside its call until all of them are in theirs.
            let meeting = Meeting(of: ProcessInfo.processInfo.activeProcessorCount + 6)
            let readers = (0..<meeting.size).map { _ in PipeReader(descriptor: readEnd) }
            await withTaskGroup { group in
                for reader in readers { group.addTask { await reader.block(until: meeting) } }
            }
        }
    }

    @Test func `the time until a passed deadline is zero`() {
        #expect(MonotonicTime.now.millisecondsFromNow() == 0)
        #expect((MonotonicTime.now + .seconds(2)).millisecondsFromNow() > 1_000)
        #expect(MonotonicTime.now - (MonotonicTime.now + .seconds(1)) == .zero)
    }
}

/// Where threads wait until as many as were asked for are there.
private final class Meeting: Sendable {
    let size: Int
    private let missing: Mutex<Int>
    private let isComplete = DispatchSemaphore(value: 0)

    init(of size: Int) {
        self.size = size
        missing = Mutex(size)
    }

    /// Holds the calling thread.
    func wait() {
        let isLast = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isLast { for _ in 0..<size { isComplete.signal() } }
        isComplete.wait()
    }
}
