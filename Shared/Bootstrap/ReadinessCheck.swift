import Synchronization

/// One thing that a service needs in order to be of use, and how to find out whether it is there.
package final class ReadinessCheck: Sendable {
    /// How a check came out.
    package struct Outcome: Sendable, Hashable, Encodable {
        /// The check's name.
        package let name: String
        /// Whether the service can do its work as far as this goes.
        package let ready: Bool
        /// Why not, without data or secrets; nil when it is ready.
        package let reason: String?
    }

    /// A reason that a probe gives in its own words.
    package struct Unready: Error, Sendable, SafelyDescribed, CustomStringConvertible {
        /// The reason.
        package let description: String

        /// Gives a reason.
        package init(_ reason: String) { description = reason }
    }

    private struct State {
        var isRunning = false
        var waiters: [Int: CheckedContinuation<String??, Never>] = [:]
        var nextWaiter = 0
    }

    /// A short name, such as `database`.
    package let name: String
    private let deadline: Duration
    private let clock: any Clock<Duration>
    private let probe: @Sendable () async throws -> Void
    private let state = Mutex(State())

    /// Creates a check.
    ///
    /// - Parameters:
    ///   - deadline: how long an answer may take; after it the check is not ready.
    ///   - probe: returns when all is well, throws the reason when not.
    package init(
        _ name: String,
        deadline: Duration = .seconds(2),
        clock: any Clock<Duration> = ContinuousClock(),
        probe: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.deadline = deadline
        self.clock = clock
        self.probe = probe
    }

    /// Asks now; callers at the same time share one probe, so that asking often costs the servers nothing more.
    package func outcome() async -> Outcome {
        let (clock, deadline) = (clock, deadline)
        let answer: String?? = await withTaskGroup(of: (String??).self) { group in
            group.addTask { await self.answer() }
            group.addTask {
                try? await clock.sleep(for: deadline)
                return .none
            }
            defer { group.cancelAll() }
            return await group.next() ?? .none
        }
        guard let answer else {
            return Outcome(name: name, ready: false, reason: "no answer within \(deadline / .seconds(1)) s")
        }
        return Outcome(name: name, ready: answer == nil, reason: answer)
    }

    /// The probe's reason, none when all is well; nil when the caller stopped waiting.
    private func answer() async -> String?? {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = state.withLock { state in
                    state.waiters[waiter] = continuation
                    defer { state.isRunning = true }
                    return !state.isRunning
                }
                if Task.isCancelled { leave(waiter) }
                guard starts else { return }
                // A probe that hangs in a server's socket may not heed cancellation; a group would wait for it, and
                // with it the answer that the deadline promises.
                Task { await self.ask() }
            }
        } onCancel: {
            leave(waiter)
        }
    }

    private func leave(_ waiter: Int) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: .none)
    }

    private func ask() async {
        var reason: String?
        do {
            try await probe()
        } catch {
            reason = JSONLogHandler.text(of: error)
        }
        let waiters = state.withLock { state in
            state.isRunning = false
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: .some(reason)) }
    }
}
