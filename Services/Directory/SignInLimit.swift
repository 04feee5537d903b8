import Contracts
import Foundation

/// How often a login's secrets may be tried in vain (登录限制), whether there is such a login or not.
///
/// Each attempt counts before it is checked, so that a thousand at once are not more than a thousand in turn, and is taken
/// back once it was no failure. Five failures within a quarter of an hour lock the login for as long; each further lock lasts
/// twice as long as the one before, up to a day. A day without one, or a sign-in, and all is forgotten.
struct SignInLimit: Sendable, Hashable {
    /// Failures that lock.
    static let failureLimit = 5
    /// The time within which they count together.
    static let window: Duration = .seconds(15 * 60)
    /// How long the first lock lasts, and the longest.
    static let (firstLock, longestLock): (Duration, Duration) = (.seconds(15 * 60), .seconds(86_400))
    /// How long after a lock the next one still counts as a further one.
    static let memory: Duration = .seconds(86_400)

    /// Attempts that were failures, or are not known yet to be none, since ``since``.
    var failures = 0
    /// When the first of them was.
    var since: Timestamp?
    /// Until when everything is refused.
    var lockedUntil: Timestamp?
    /// Locks in a row, and when the last of them ended.
    var locks = 0
    var lastLock: Timestamp?

    /// What becomes of an attempt.
    enum Answer: Sendable, Hashable {
        /// It may be looked at. Should it be a failure, the login is locked until then.
        case admitted(locksUntil: Timestamp?)
        /// It is refused unseen, right or wrong.
        case locked(until: Timestamp)
    }

    /// An attempt begins.
    mutating func begin(at now: Timestamp) -> Answer {
        if let until = lockedUntil {
            if now < until { return .locked(until: until) }
            (failures, since, lockedUntil, lastLock) = (0, nil, nil, until)
        }
        if let last = lastLock, last + Self.memory <= now { (locks, lastLock) = (0, nil) }
        if let first = since, first + Self.window <= now { (failures, since) = (0, nil) }
        failures += 1
        since = since ?? now
        guard failures >= Self.failureLimit else { return .admitted(locksUntil: nil) }
        let until = now + Self.length(ofLock: locks)
        lockedUntil = until
        locks += 1
        return .admitted(locksUntil: until)
    }

    /// The attempt was no failure, but the sign-in is not complete: it does not count, others still do.
    mutating func takeBack(_ answer: Answer) {
        failures = max(0, failures - 1)
        guard case .admitted(let until?) = answer, lockedUntil == until else { return }
        (lockedUntil, locks) = (nil, locks - 1)
    }

    /// The sign-in is complete.
    mutating func succeed() { self = Self() }

    private static func length(ofLock number: Int) -> Duration {
        // Seven doublings of a quarter of an hour are more than a day.
        min(longestLock, firstLock * (1 << min(number, 7)))
    }
}

/// How often one address may try (a token bucket): an office behind one address signs in on a Monday morning without
/// noticing it, a program that tries logins does not get far.
struct AddressAllowance: Sendable, Hashable {
    /// Attempts at once.
    static let capacity = 60.0
    /// One comes back in that many seconds.
    static let secondsAnAttempt = 6.0

    /// Attempts that are left.
    private(set) var left: Double
    /// When that was so.
    private(set) var at: Timestamp

    /// As it was stored; nil for an address that has not been seen.
    init(_ stored: (left: Double, at: Timestamp)?, now: Timestamp) {
        guard let stored else {
            (left, at) = (Self.capacity, now)
            return
        }
        let seconds = max(0, (now - stored.at) / .seconds(1))
        (left, at) = (min(Self.capacity, stored.left + seconds / Self.secondsAnAttempt), now)
    }

    /// Takes one attempt.
    ///
    /// - Returns: nil when it may be made; else the seconds after which one may.
    mutating func take() -> Int? {
        guard left >= 1 else { return Int(((1 - left) * Self.secondsAnAttempt).rounded(.up)) }
        left -= 1
        return nil
    }

    /// An attempt that was no failure does not count.
    mutating func giveBack() { left = min(Self.capacity, left + 1) }
}
