import Bootstrap
import Contracts
import Foundation
import Synchronization

/// The allowance of this replica, and the names of what it holds back.
///
/// In memory alone: a replica that starts anew starts with full measures, and with several each has its own. What they let through
/// together is bounded all the same, and nobody waits for a counter that all share.
final class Limiter: Sendable {
    private let allowance: Mutex<Allowance>
    private let names: FloodNames
    private let now: @Sendable () -> ContinuousClock.Instant

    init(
        _ measures: Allowance.Measures,
        names: FloodNames,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        allowance = Mutex(Allowance(measures))
        (self.names, self.now) = (names, now)
    }

    /// Whether something handed in without an account is held back.
    func judge(_ station: StationCode, entrance: String, from address: ClientAddress?, at moment: Timestamp) -> Held? {
        let source = address?.subscriber ?? []
        let verdict = allowance.withLock { $0.admit(entrance: entrance, source: source, at: now()) }
        guard case .hold(let reason) = verdict else { return nil }
        let flood = names.flood(reason, station: station, entrance: entrance, source: source, at: moment)
        return Held(flood: flood, reason: reason)
    }

    /// Whether something handed in by somebody with an account is held back.
    ///
    /// - Throws: ``Problem`` 429 for a machine, which can wait.
    func judge(_ station: StationCode, by caller: Caller, at moment: Timestamp) throws -> Held? {
        guard let wait = allowance.withLock({ $0.admit(account: caller.subject, at: now()) }) else { return nil }
        guard !caller.subject.hasPrefix("account:") else {
            throw Problem.tooManyRequests(
                "this account has handed in too much in an hour",
                retryAfter: Self.seconds(wait)
            )
        }
        let source = Array(caller.subject.utf8)
        let flood = names.flood(.account, station: station, entrance: station.rawValue, source: source, at: moment)
        return Held(flood: flood, reason: .account)
    }

    /// Seconds until another file may come from an address; nil when it may now.
    func admit(uploadFrom address: ClientAddress?) -> Int? {
        allowance.withLock { $0.admit(uploadFrom: address?.subscriber ?? [], at: now()) }.map(Self.seconds)
    }

    /// Seconds until another receipt may be shown from an address; nil when it may now.
    func admit(guessFrom address: ClientAddress?) -> Int? {
        allowance.withLock { $0.admit(guessFrom: address?.subscriber ?? [], at: now()) }.map(Self.seconds)
    }

    /// What was counted as a guess was a good receipt.
    func giveBack(guessFrom address: ClientAddress?) {
        allowance.withLock { $0.giveBack(guessFrom: address?.subscriber ?? [], at: now()) }
    }

    private static func seconds(_ wait: Duration) -> Int { Int((wait / .seconds(1)).rounded(.up)) }
}
