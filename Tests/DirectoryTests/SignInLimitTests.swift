import Contracts
import Foundation
import Testing

@testable import Directory

struct SignInLimitTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    /// A limit after so many failures at one moment.
    private func failed(_ count: Int, at now: Timestamp, _ limit: SignInLimit = SignInLimit()) -> SignInLimit {
        var limit = limit
        for _ in 0..<count { _ = limit.begin(at: now) }
        return limit
    }

    @Test func `the fifth failure within a quarter of an hour locks for a quarter of an hour`() {
        var limit = failed(4, at: Self.start)
        let until = Self.start + .seconds(100) + SignInLimit.firstLock
        #expect(limit.begin(at: Self.start + .seconds(100)) == .admitted(locksUntil: until))
        #expect(limit.begin(at: Self.start + .seconds(100)) == .locked(until: until))
        #expect(limit.begin(at: until + .microseconds(-1)) == .locked(until: until))
        #expect(limit.begin(at: until) == .admitted(locksUntil: nil))
    }

    @Test func `failures that lie apart do not lock`() {
        var limit = failed(4, at: Self.start)
        #expect(limit.begin(at: Self.start + SignInLimit.window) == .admitted(locksUntil: nil))
        #expect(limit.failures == 1)
    }

    @Test func `each further lock lasts twice as long, up to a day, and is forgotten after a quiet day`() {
        var (limit, now, lengths) = (SignInLimit(), Self.start, [Duration]())
        for _ in 0..<9 {
            limit = failed(5, at: now, limit)
            let until = limit.lockedUntil ?? now
            lengths.append(until - now)
            now = until
        }
        #expect(lengths.prefix(7) == [900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600].map { .seconds($0) }[...])
        #expect(lengths.suffix(2) == [.seconds(86_400), .seconds(86_400)][...])
        limit = failed(5, at: now + SignInLimit.memory, limit)
        #expect(limit.lockedUntil == now + SignInLimit.memory + SignInLimit.firstLock)
    }

    @Test func `what was no failure is taken back, its lock too, and others stay counted`() {
        var limit = failed(4, at: Self.start)
        let answer = limit.begin(at: Self.start)
        limit.takeBack(answer)
        #expect(limit.failures == 4 && limit.lockedUntil == nil && limit.locks == 0)
        // One that came before the lock does not lift it.
        let early = limit.begin(at: Self.start)
        limit.takeBack(.admitted(locksUntil: nil))
        #expect(limit.lockedUntil != nil)
        guard case .admitted(let until) = early else { return #expect(Bool(false)) }
        #expect(limit.lockedUntil == until)
        limit.succeed()
        #expect(limit == SignInLimit())
    }

    @Test func `a thousand at once are five`() {
        var limit = SignInLimit()
        let admitted = (0..<1_000).filter { _ in
            if case .admitted = limit.begin(at: Self.start) { true } else { false }
        }
        #expect(admitted.count == SignInLimit.failureLimit)
    }

    @Test func `an address has sixty attempts, one more every six seconds, and gets back what was no failure`() {
        var allowance = AddressAllowance(nil, now: Self.start)
        for _ in 0..<60 { #expect(allowance.take() == nil) }
        #expect(allowance.take() == 6)
        var later = AddressAllowance((allowance.left, allowance.at), now: Self.start + .seconds(6))
        #expect(later.take() == nil && later.take() == 6)
        later.giveBack()
        #expect(later.take() == nil)
        let rested = AddressAllowance((later.left, later.at), now: Self.start + .seconds(100_000))
        #expect(rested.left == AddressAllowance.capacity)
        // A clock that was set back gives nothing and takes nothing.
        #expect(AddressAllowance((3, Self.start), now: Self.start + .seconds(-50)).left == 3)
    }
}
