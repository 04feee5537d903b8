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
    private let refusals = Mutex(Refusals())
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
            refusals.withLock { $0.count(String(caller.subject.dropFirst("account:".count)), at: moment) }
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

    /// How often machines were told to wait since this replica began.
    var refused: Int { refusals.withLock { $0.total } }

    /// Takes what was counted since it was last taken.
    func takeRefusals() -> [MachineRefusal] { refusals.withLock { $0.take() } }

    /// Gives back what could not be noted.
    func giveBack(_ taken: [MachineRefusal]) { refusals.withLock { $0.giveBack(taken) } }

    private static func seconds(_ wait: Duration) -> Int { Int((wait / .seconds(1)).rounded(.up)) }
}

/// How often a machine's account was told to wait.
struct MachineRefusal: Sendable, Hashable {
    let account: String
    var count: Int
    var lastAt: Timestamp
}

/// What was refused to machines, until it is noted.
private struct Refusals {
    private(set) var total = 0
    private var waiting: [String: MachineRefusal] = [:]

    mutating func count(_ account: String, at moment: Timestamp) {
        total += 1
        add(MachineRefusal(account: account, count: 1, lastAt: moment))
    }

    mutating func take() -> [MachineRefusal] {
        defer { waiting = [:] }
        return waiting.values.sorted { $0.account < $1.account }
    }

    mutating func giveBack(_ taken: [MachineRefusal]) {
        for refusal in taken { add(refusal) }
    }

    private mutating func add(_ refusal: MachineRefusal) {
        guard var known = waiting[refusal.account] else {
            waiting[refusal.account] = refusal
            return
        }
        known.count += refusal.count
        known.lastAt = max(known.lastAt, refusal.lastAt)
        waiting[refusal.account] = known
    }
}
