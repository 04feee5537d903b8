import Synchronization

/// Brings calls together that arrive at the same time, so that they share one transaction: a request is one statement's
/// row, not a round trip of its own.
///
/// A call that is alone is worked on at once; while it is, the next ones gather. No call waits for a clock.
package final class Gathering<Call: Sendable, Answer: Sendable>: Sendable {
    /// More calls wait than may.
    package struct Overloaded: Error {
        /// Creates the error.
        package init() {}
    }

    /// What a call ends with.
    package typealias Outcome = Result<Answer, any Error>

    private struct State {
        var waiting: [(call: Call, continuation: CheckedContinuation<Answer, any Error>)] = []
        var working = 0
    }

    private let limit: Int
    private let lanes: Int
    private let capacity: Int
    private let work: @Sendable ([Call]) async -> [Outcome]
    private let state = Mutex(State())

    /// Creates a gathering.
    ///
    /// - Parameters:
    ///   - limit: the most calls worked on together.
    ///   - lanes: how many batches may be in hand; each takes a connection of the pool.
    ///   - capacity: the most calls that may wait; what comes on top is told so at once.
    ///   - work: gives each call's outcome, in the calls' order.
    package init(
        limit: Int = 100,
        lanes: Int = 2,
        capacity: Int = 5_000,
        work: @escaping @Sendable ([Call]) async -> [Outcome]
    ) {
        (self.limit, self.lanes, self.capacity, self.work) = (limit, lanes, capacity, work)
    }

    /// Hands a call in and waits for its outcome.
    ///
    /// - Throws: ``Overloaded``, or what the call failed with. Cancellation does not take a call back: it may be committed.
    package func submit(_ call: Call) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let starts: Bool? = state.withLock { state in
                guard state.waiting.count < capacity else { return nil }
                state.waiting.append((call, continuation))
                guard state.working < lanes else { return false }
                state.working += 1
                return true
            }
            switch starts {
            case nil: continuation.resume(throwing: Overloaded())
            // The work belongs to all that gather, not to the request that happened to come first and may be cancelled.
            case true?: Task { await self.lane() }
            case false?: break
            }
        }
    }

    private func lane() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(limit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.working -= 1 }
                return batch
            }
            guard !batch.isEmpty else { return }
            let outcomes = await work(batch.map(\.call))
            precondition(outcomes.count == batch.count, "an outcome for each call")
            for (member, outcome) in zip(batch, outcomes) { member.continuation.resume(with: outcome) }
        }
    }
}

extension Gathering {
    /// Works on calls together; when that fails for a reason that may lie in one of them, on each by itself, so that a bad
    /// one fails alone.
    package static func together(
        _ calls: [Call],
        _ attempt: ([Call]) async throws -> [Outcome]
    ) async -> [Outcome] {
        do {
            return try await attempt(calls)
        } catch {
            if case .infrastructure = FailureClass(error) { return calls.map { _ in .failure(error) } }
            guard calls.count > 1 else { return [.failure(error)] }
            var outcomes: [Outcome] = []
            for call in calls {
                do {
                    outcomes += try await attempt([call])
                } catch {
                    outcomes.append(.failure(error))
                }
            }
            return outcomes
        }
    }
}
