import CThreads
import Glibc
import Synchronization

/// A serial executor that owns one thread, runs an actor's jobs there, and waits on a descriptor when there are none.
///
/// The C libraries of this project block and keep state that belongs to one thread; an actor on such an executor gives
/// them that thread without ever blocking the cooperative pool. One actor per executor: it calls ``serve(_:)`` once and
/// ``stop()`` when it goes away.
package final class ThreadExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// True while the thread is, or is about to be, in `poll`: only then does a wake-up cost a write.
        var isParked = false
        var isStopped = false
        weak var owner: (any DescriptorActor)?
    }

    private let state = Mutex(State())
    private let identity = Mutex<pthread_t?>(nil)
    /// An eventfd(2): written to interrupt `poll`.
    private let alarm: Int32

    /// Starts the thread.
    ///
    /// - Parameter name: what the system's tools show; the first 15 bytes are kept (`pthread_setname_np(3)`).
    package init(name: String) {
        alarm = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        // eventfd(2) fails only when the process has no descriptors left, and then nothing of it can work.
        precondition(alarm >= 0, "eventfd failed: errno \(errno)")
        let start = Unmanaged.passRetained(ThreadStart(executor: self, name: String(name.prefix(15))))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                // The retain of `passRetained` above is taken over here, exactly once.
                guard let argument else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                pthread_setname_np(pthread_self(), start.name)
                start.executor.run()
                return nil
            },
            start.toOpaque()
        )
        precondition(status == 0, "pthread_create failed: \(status)")
        pthread_detach(thread)
    }

    deinit {
        close(alarm)
    }

    /// Names the actor whose descriptor the thread watches; held weakly.
    package func serve(_ actor: any DescriptorActor) {
        state.withLock { $0.owner = actor }
    }

    /// Lets the thread end once the jobs it already has are done.
    package func stop() {
        let wasParked = state.withLock { state in
            state.isStopped = true
            defer { state.isParked = false }
            return state.isParked
        }
        if wasParked { interruptPoll() }
    }

    /// Takes a job from any thread and runs it on this executor's own.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasParked = state.withLock { state in
            state.jobs.append(job)
            defer { state.isParked = false }
            return state.isParked
        }
        if wasParked { interruptPoll() }
    }

    /// Lets `assumeIsolated` succeed on the thread outside of a job too (SE-0424), which ``DescriptorActor/wake()`` needs.
    package func checkIsolated() {
        precondition(isCurrentThread, "not on this executor's thread")
    }

    /// The same answer without a trap (SE-0471).
    package func isIsolatingCurrentContext() -> Bool? {
        isCurrentThread
    }

    private var isCurrentThread: Bool {
        identity.withLock { $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    private func interruptPoll() {
        // Fails only when the counter is full (EAGAIN), and then a wake-up is already due.
        _ = eventfd_write(alarm, 1)
    }

    private func run() {
        identity.withLock { $0 = pthread_self() }
        var jobs: [UnownedJob] = []
        while true {
            let stopped = state.withLock { state in
                swap(&state.jobs, &jobs)
                return state.isStopped
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            let didWork = !jobs.isEmpty
            jobs.removeAll(keepingCapacity: true)
            if didWork { continue }
            if stopped { return }
            park()
        }
    }

    /// Waits until a job arrives, the owner's descriptor is ready, or its deadline has passed.
    private func park() {
        let waiting = question()
        let mayPark = state.withLock { state in
            state.isParked = state.jobs.isEmpty && !state.isStopped
            return state.isParked
        }
        guard mayPark else { return }
        var descriptors = [pollfd(fd: alarm, events: Int16(POLLIN), revents: 0)]
        if let descriptor = waiting.descriptor {
            let events = waiting.forWriting ? POLLIN | POLLOUT : POLLIN
            descriptors.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
        }
        // -1 waits without limit; EINTR counts as a wake-up without cause and the loop comes round again.
        let count = poll(&descriptors, nfds_t(descriptors.count), waiting.deadline?.millisecondsFromNow() ?? -1)
        state.withLock { $0.isParked = false }
        if descriptors[0].revents != 0 { clearAlarm() }
        let isReady = descriptors.count == 2 && descriptors[1].revents != 0
        let isLate = waiting.deadline.map { $0 <= .now } ?? false
        guard count >= 0, isReady || isLate else { return }
        state.withLock { $0.owner }?.assumeIsolated { $0.wake() }
    }

    /// What the owner waits for.
    ///
    /// A function of its own, so that nothing holds the owner while the thread is parked: it could never go away, and the
    /// thread with it.
    @inline(never)
    private func question() -> Waiting {
        state.withLock { $0.owner }?.assumeIsolated { $0.waiting() } ?? Waiting()
    }

    private func clearAlarm() {
        var count: eventfd_t = 0
        _ = eventfd_read(alarm, &count)
    }
}

/// What the new thread is handed; a box because `pthread_create` passes one pointer.
private final class ThreadStart: Sendable {
    let executor: ThreadExecutor
    let name: String

    init(executor: ThreadExecutor, name: String) {
        self.executor = executor
        self.name = name
    }
}
