import Contracts
import Logging
import Messaging
import PostgreSQL
import Synchronization

/// Tells of every stage that is reached, at most once, however many replicas sweep.
///
/// A batch is one transaction: it claims suggestions that nobody else holds, asks the database for the time, enters the stages
/// in the ledger, and stores the events. There is nothing to take up again after a crash: what is not committed is still due.
final class Sweep: Sendable {
    /// What a batch has done.
    struct Swept: Sendable, Hashable {
        /// Events told.
        let told: Int
        /// Whether there may be more.
        let isFull: Bool
    }

    /// Clocks a batch claims at most: a short transaction, which holds up the events about few suggestions.
    static let limit = 200
    /// Between two looks: a clock that another replica has just stored, or has just ended, is nowhere in this one's memory, and
    /// minutes matter to nobody where periods are days.
    private static let longestPause: Duration = .seconds(5)
    /// While what is due is in another's hands.
    private static let shortestPause: Duration = .milliseconds(200)
    /// While ends of periods wait to be judged: each look asks the broker over a connection of its own.
    private static let hearingPause: Duration = .seconds(1)

    private let outbox: Outbox
    private let stages: Stages
    private let hearing: Hearing
    private let logger: Logger
    private let clock: Mutex<ClockWatch>
    private let failure = Mutex<String?>(nil)

    /// Creates the sweep of a service.
    ///
    /// - Parameter clock: decides whether the database's clock is believed.
    init(outbox: Outbox, stages: Stages, hearing: Hearing, clock: ClockWatch = ClockWatch(), logger: Logger) {
        (self.outbox, self.stages, self.hearing, self.logger) = (outbox, stages, hearing, logger)
        self.clock = Mutex(clock)
    }

    /// Why the last look failed; nil when it did not.
    var lastFailure: String? { failure.withLock { $0 } }

    /// Sweeps until cancelled.
    func run() async {
        var hearing = hearing
        while !Task.isCancelled {
            var pause = Self.longestPause
            do {
                pause = try await look(&hearing)
                failure.withLock { $0 = nil }
            } catch {
                // What a text says of data stays out of the log; the code and the words before it are enough.
                let words =
                    switch error {
                    case let error as DatabaseError: error.description
                    case let error as ClockWatch.Leap: error.description
                    default: String(describing: type(of: error))
                    }
                let isNew = failure.withLock { last in
                    defer { last = words }
                    return last != words
                }
                if isNew && !Task.isCancelled { logger.error("sweep failed", metadata: ["error": "\(words)"]) }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: pause)
        }
    }

    /// Sweeps what is due, and says how long to sleep.
    ///
    /// - Throws: `DatabaseError`; ``ClockWatch/Leap`` when the database's clock is not believed. Nothing was told then.
    func look(_ hearing: inout Hearing) async throws -> Duration {
        let end = stages.end.id
        let edge = try await outbox.database.transaction { try await RemindersStore.edge(end: end, in: $0) }
        try clock.withLock { try $0.hear(edge.now) }
        if !edge.hasEnd { hearing.forget() }
        guard let time = edge.timeToNext else { return Self.longestPause }
        if time > .zero { return min(time, Self.longestPause) }
        var judges = false
        if edge.hasEnd { judges = await hearing.isComplete() }
        var swept: Swept
        repeat { swept = try await sweep(judges: judges) } while swept.isFull && !Task.isCancelled
        return edge.hasEnd && !judges ? Self.hearingPause : Self.shortestPause
    }

    /// Sweeps one batch.
    ///
    /// - Parameter judges: whether ends of periods may be told.
    /// - Throws: `DatabaseError`, ``ClockWatch/Leap``; nothing has happened then.
    @discardableResult
    func sweep(judges: Bool) async throws -> Swept {
        let stages = stages
        let swept = try await outbox.transaction { transaction in
            let claim = try await RemindersStore.claim(
                limit: Self.limit,
                except: judges ? nil : stages.end.id,
                in: transaction
            )
            guard let claim else { return Swept(told: 0, isFull: false) }
            // Once more: the clock may have leapt since the look.
            try clock.withLock { try $0.hear(claim.now) }
            let before = Dictionary(uniqueKeysWithValues: claim.watches.map { ($0.suggestion, $0) })
            var watches = claim.watches
            var found: [(index: Int, notice: Watch.Notice)] = []
            for index in watches.indices {
                let notices = watches[index].advance(to: claim.now, stages: stages, judges: judges)
                found += notices.map { (index, $0) }
            }
            let entered = try await RemindersStore.enter(found.map(\.notice), at: claim.now, in: transaction)
            var told = 0
            for (index, notice) in found
            where entered.contains(RemindersStore.key(notice.clock.id, notice.fired.id)) {
                let version = watches[index].nextVersion()
                try transaction.tell(notice, about: watches[index].suggestion, version: version, at: claim.now)
                told += 1
            }
            RemindersStore.save(watches, over: before, in: transaction)
            return Swept(told: told, isFull: claim.isFull)
        }
        if swept.told > 0 { logger.info("notices told", metadata: ["count": "\(swept.told)"]) }
        return swept
    }
}

extension EventTransaction {
    /// Publishes a notice as an act of its stage's rule.
    fileprivate func tell(
        _ notice: Watch.Notice,
        about suggestion: SuggestionID,
        version: Int,
        at now: Timestamp
    ) throws {
        let (clock, stage) = (notice.clock, notice.fired)
        let act = Act(actor: "rule:\(stage.id)", authority: stage.authority)
        if stage.isEnd {
            let event = DeadlineMissed(
                assignment: clock.id.assignment,
                department: clock.department,
                dueAt: clock.dueAt,
                missedAt: now
            )
            try publish(event, about: suggestion, version: version, act: act)
        } else {
            let event = ReminderDue(
                assignment: clock.id.assignment,
                department: clock.department,
                stage: stage.id,
                dueAt: clock.dueAt,
                remindedAt: now
            )
            try publish(event, about: suggestion, version: version, act: act)
        }
    }
}
