import Calendar
import Contracts
import Foundation
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
    /// Until an item that cannot be told is tried again: an operator has to look, and others are not held up by it.
    private static let setback: Duration = .seconds(900)
    /// Digests that a transaction tells at most: there are some forty departments.
    private static let digestLimit = 50
    /// Between two looks: a clock that another replica has just stored, or has just ended, is nowhere in this one's memory, and
    /// minutes matter to nobody where periods are days.
    private static let longestPause: Duration = .seconds(5)
    /// While what is due is in another's hands.
    private static let shortestPause: Duration = .milliseconds(200)
    /// While ends of periods wait to be judged: each look asks the broker over a connection of its own.
    private static let hearingPause: Duration = .seconds(1)

    private let outbox: Outbox
    private let timetable: Timetable
    private let hearing: Hearing
    private let rule: CountingRule
    private let webhooks: Webhooks
    private let quiet: QuietHours
    private let logger: Logger
    private let clock: Mutex<ClockWatch>
    private let failure = Mutex<String?>(nil)

    /// Creates the sweep of a service.
    ///
    /// - Parameters:
    ///   - clock: decides whether the database's clock is believed.
    ///   - rule: how owners count, to say why a missed end was where it was.
    ///   - webhooks: whom else notices are sent to.
    ///   - quiet: when digests wait.
    init(
        outbox: Outbox,
        timetable: Timetable,
        hearing: Hearing,
        clock: ClockWatch = ClockWatch(),
        rule: CountingRule = .civilCode,
        webhooks: Webhooks = .none,
        quiet: QuietHours = .none,
        logger: Logger
    ) {
        (self.outbox, self.timetable, self.hearing) = (outbox, timetable, hearing)
        (self.rule, self.webhooks, self.quiet, self.logger) = (rule, webhooks, quiet, logger)
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
                    case let error as Held: error.description
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
        let end = timetable.end
        let edge = try await outbox.database.transaction { try await RemindersStore.edge(end: end, in: $0) }
        try clock.withLock { try $0.hear(edge.now) }
        if !edge.hasEnd { hearing.forget() }
        if edge.hasDigest && quiet.isOpen(at: edge.now) { try await closeDigests() }
        guard let time = edge.timeToNext else { return Self.longestPause }
        if time > .zero { return min(time, Self.longestPause) }
        var judges = false
        if edge.hasEnd { judges = await hearing.isComplete() }
        var swept: Swept
        do {
            repeat { swept = try await sweep(judges: judges) } while swept.isFull && !Task.isCancelled
        } catch let error as ClockWatch.Leap {
            throw error
        } catch  where !Task.isCancelled {
            // One item may have done this to all: each by itself, and the guilty one later.
            try await sweepSingly(judges: judges)
        }
        return edge.hasEnd && !judges ? Self.hearingPause : Self.shortestPause
    }

    /// Sweeps one batch.
    ///
    /// - Parameter judges: whether ends of periods may be told.
    /// - Throws: `DatabaseError`, ``ClockWatch/Leap``; nothing has happened then.
    @discardableResult
    func sweep(judges: Bool, only suggestion: SuggestionID? = nil) async throws -> Swept {
        let stages = timetable.current
        let swept = try await outbox.transaction { transaction in
            let claim = try await RemindersStore.claim(
                limit: Self.limit,
                except: judges ? nil : stages.end.id,
                only: suggestion,
                in: transaction
            )
            guard let claim else { return Swept(told: 0, isFull: false) }
            // Once more: the clock may have leapt since the look.
            try clock.withLock { try $0.hear(claim.now) }
            let before = Dictionary(uniqueKeysWithValues: claim.watches.map { ($0.suggestion, $0) })
            var watches = before
            var found: [LedgerStore.Entry] = []
            for id in claim.watches.map(\.suggestion) {
                let notices = watches[id]?.advance(to: claim.now, stages: stages, judges: judges) ?? []
                found += notices.map { LedgerStore.Entry($0, of: id, watches[id]?.matter) }
            }
            let entries = try await LedgerStore.record(found, sending: webhooks, at: claim.now, in: transaction)
            for entry in entries {
                guard let version = watches[entry.suggestion]?.nextVersion() else { continue }
                let isEnd = entry.notice.fired.isEnd
                let why = isEnd ? explanation(of: entry.notice.clock, in: stages.calendar) : nil
                try transaction.tell(entry, version: version, explanation: why, at: claim.now)
            }
            try RemindersStore.save(Array(watches.values), over: before, in: transaction)
            return Swept(told: entries.count, isFull: claim.isFull)
        }
        if swept.told > 0 { logger.info("notices told", metadata: ["count": "\(swept.told)"]) }
        return swept
    }

    /// Sweeps what is due, each matter in a transaction of its own; one that cannot be told is put off, and named.
    ///
    /// - Throws: `DatabaseError` when the database is away; ``Held`` when items were put off, after all others were told.
    private func sweepSingly(judges: Bool) async throws {
        let end = judges ? nil : timetable.end
        let due = try await outbox.database.transaction {
            try await RemindersStore.due(limit: Self.limit, except: end, in: $0)
        }
        var held: [SuggestionID] = []
        for suggestion in due where !Task.isCancelled {
            do {
                try await sweep(judges: judges, only: suggestion)
            } catch let error as ClockWatch.Leap {
                throw error
            } catch {
                // A database that is away refuses this as well: then nothing is put off.
                try await outbox.database.transaction { RemindersStore.putOff(suggestion, by: Self.setback, in: $0) }
                logger.error(
                    "an item's notices cannot be told",
                    metadata: ["suggestion": "\(suggestion)", "error": "\(type(of: error))"]
                )
                held.append(suggestion)
            }
        }
        if !held.isEmpty { throw Held(suggestions: held) }
    }

    /// Items whose notices cannot be told.
    struct Held: Error, CustomStringConvertible {
        /// Which.
        let suggestions: [SuggestionID]
        var description: String {
            "notices of \(suggestions.map(\.description).joined(separator: ", ")) cannot be told; tried again later"
        }
    }

    /// Tells digests that have collected long enough.
    private func closeDigests() async throws {
        let count = try await outbox.transaction { transaction in
            let due = try await DigestStore.close(limit: Self.digestLimit, in: transaction)
            for digest in due {
                let act = Act(actor: "rule:digest", authority: "notices.collect")
                try transaction.publish(digest, about: digest.digest, version: 1, act: act)
            }
            DeliveryStore.add(try webhooks.deliveries(of: due), in: transaction)
            return due.count
        }
        if count > 0 { logger.info("digests told", metadata: ["count": "\(count)"]) }
    }

    /// Why a period ends when it does, as far as what is known here leads to its owner's date.
    private func explanation(of clock: RunningClock, in calendar: WorkCalendar) -> ClockExplanation? {
        guard let period = Period(clock.clock) else { return nil }
        let deadline = calendar.explanation(of: period, under: rule)
        guard deadline.dueAt == clock.dueAt else { return nil }
        let days = deadline.summary(counting: period.term.unit, under: rule)
        let words = period.words(in: calendar.zone) + (deadline.days.isEmpty ? [] : [days])
        return ClockExplanation(
            startedAt: clock.startedAt,
            term: clock.clock.term,
            basis: clock.clock.basis,
            calendar: calendar.version,
            zh: words.map(\.zh).joined(separator: "；"),
            en: words.map(\.en).joined(separator: "; ")
        )
    }
}

extension EventTransaction {
    /// Publishes a notice as an act of its stage's rule, also one whose department gets it with a digest.
    fileprivate func tell(
        _ entry: LedgerStore.Entry,
        version: Int,
        explanation: ClockExplanation?,
        at now: Timestamp
    ) throws {
        let (clock, stage) = (entry.notice.clock, entry.notice.fired)
        let digest = entry.digest.map(SuggestionID.init(rawValue:))
        let act = Act(actor: "rule:\(stage.id)", authority: stage.authority)
        if stage.isEnd {
            let event = DeadlineMissed(
                assignment: clock.id.assignment,
                department: clock.department,
                round: clock.id.round,
                dueAt: clock.dueAt,
                missedAt: now,
                explanation: explanation,
                digest: digest
            )
            try publish(event, about: entry.suggestion, version: version, act: act)
        } else {
            let event = ReminderDue(
                assignment: clock.id.assignment,
                department: clock.department,
                stage: stage.id,
                dueAt: clock.dueAt,
                remindedAt: now,
                level: stage.level,
                tells: stage.tells,
                pausedSince: clock.pausedSince,
                digest: digest
            )
            try publish(event, about: entry.suggestion, version: version, act: act)
        }
    }
}
