import Synchronization

/// Lets a few in at a time; the others wait in line.
package final class Gate: Sendable {
    /// For tests that make queues and connections of their own.
    package static let worlds = Gate(4)

    private struct State {
        var free: Int
        var line: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// Creates a gate for `limit` at a time.
    package init(_ limit: Int) {
        state = Mutex(State(free: limit))
    }

    /// Waits for a place.
    ///
    /// - Throws: `CancellationError` when the test is over before its turn has come.
    package func enter() async throws {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.line.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        guard !Task.isCancelled else {
            leave()
            throw CancellationError()
        }
    }

    /// Takes a place when one is free at this moment.
    package func enterIfFree() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// Gives the place to the next.
    package func leave() {
        let next = state.withLock { state in
            guard !state.line.isEmpty else {
                state.free += 1
                return nil as CheckedContinuation<Void, Never>?
            }
            return state.line.removeFirst()
        }
        next?.resume()
    }
}
