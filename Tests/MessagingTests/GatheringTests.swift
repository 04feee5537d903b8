import Messaging
import Synchronization
import Testing

/// Calls that arrive together share one attempt; a bad one fails alone.
@Suite(.timeLimit(.minutes(5)))
struct GatheringTests {
    private struct Bad: Error {}
    private typealias Numbers = Gathering<Int, Int>

    @Test func `a bad call fails alone`() async throws {
        let sizes = Mutex<[Int]>([])
        let gathering = Numbers { calls in
            await Numbers.together(calls) { calls in
                sizes.withLock { $0.append(calls.count) }
                guard !calls.contains(13) else { throw Bad() }
                return calls.map { .success($0 * 2) }
            }
        }
        let outcomes = await withTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<50 { group.addTask { (number, try? await gathering.submit(number)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in 0..<50 where number != 13 { #expect(outcomes[number] == number * 2) }
        #expect(outcomes[13] == .some(nil))
        #expect(sizes.withLock { $0 }.contains(1))
    }

    @Test func `beyond its capacity a call is told so at once`() async throws {
        let release = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let gathering = Numbers(limit: 1, lanes: 1, capacity: 2) { calls in
            if calls == [0] { await withCheckedContinuation { held in release.withLock { $0 = held } } }
            return calls.map { .success($0) }
        }
        async let first = gathering.submit(0)
        while release.withLock({ $0 == nil }) { await Task.yield() }
        // Two may wait; the third is refused, and it alone ends before the lane is free.
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...3 { group.addTask { try await gathering.submit(number) } }
            await #expect(throws: Numbers.Overloaded.self) { try await group.next() }
            release.withLock { $0 }?.resume()
            var answered = 0
            while try await group.next() != nil { answered += 1 }
            #expect(answered == 2)
        }
        #expect(try await first == 0)
    }
}
