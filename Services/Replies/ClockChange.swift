import Calendar
import Contracts
import Rules

/// What a committee's officer asks of a running clock, and why (变更期限).
struct ClockChange: Sendable, Hashable {
    /// What is asked.
    enum Action: Sendable, Hashable {
        /// It stands still from now on.
        case pause
        /// It runs again from now on.
        case resume
        /// More time: as much in all, or as much more, as the rules count it.
        case extend(Term)
        /// Its last moment in time is this one.
        case set(Timestamp)
        /// It begins anew on this day (重新计算).
        case restart
    }

    let action: Action
    /// What the officer wrote.
    let text: String
    /// As whom they ask.
    let role: Role
    /// The office, as others may know it: `committee:chengjian`.
    let office: String

    /// A clock with what was asked, and what allows it.
    struct Changed: Sendable, Hashable {
        let clock: Clock
        let reason: ClockChanged.Reason
        let basis: String?
    }

    /// The clock as it counts afterwards.
    ///
    /// - Returns: nil when it counts so already: a request that is sent again changes nothing.
    /// - Throws: ``Impossible`` that names the member of the request which a limit of the rules forbids, or no member when the clock's state does.
    func applied(
        to clock: Clock,
        under rule: ClockRule,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> Changed? {
        let (facts, reason, basis): (Clock, ClockChanged.Reason, String?)
        switch action {
        case .pause: (facts, reason, basis) = try paused(clock, rule.pause, at: now)
        case .resume: (facts, reason, basis) = try resumed(clock, rule.pause, at: now)
        case .extend(let term):
            guard let found = try extended(clock, by: term, rule.extension, at: now) else { return nil }
            (facts, reason, basis) = found
        case .set(let dueAt):
            guard let found = try fixed(clock, dueAt, rule.setting, at: now, terms: terms) else { return nil }
            (facts, reason, basis) = found
        case .restart:
            guard let found = try restarted(clock, rule.restart, at: now) else { return nil }
            (facts, reason, basis) = found
        }
        return Changed(clock: terms.counted(facts), reason: reason, basis: basis)
    }

    private typealias Found = (Clock, ClockChanged.Reason, String?)

    private func paused(_ clock: Clock, _ limit: ClockRule.Pause?, at now: Timestamp) throws(Impossible) -> Found {
        guard let limit else { throw Self.unknown("这类期限不得中止 · the rules let no such period stand still") }
        try check(limit.asks)
        try checkIsCounted(clock)
        if clock.pausedSince != nil { throw Impossible("", "paused", "已在中止期间 · it stands still already") }
        try checkIsNotOver(clock, at: now)
        let before = clock.pauses ?? []
        guard before.count < limit.times else {
            throw Impossible(
                "/action",
                "times",
                "最多中止\(limit.times)次（\(limit.basis.words)） · at most \(limit.times) times"
            )
        }
        var clock = clock
        clock.pauses = before + [Clock.Pause(from: now, by: office, basis: limit.basis.words)]
        return (clock, .paused, limit.basis.words)
    }

    private func resumed(_ clock: Clock, _ limit: ClockRule.Pause?, at now: Timestamp) throws(Impossible) -> Found {
        // What stands still may run again, though a later pack knows no pause of it.
        if let limit { try check(limit.asks) }
        guard clock.pausedSince != nil else { throw Impossible("", "not-paused", "没有中止 · it does not stand still") }
        return (clock.resumed(at: now), .resumed, limit?.basis.words)
    }

    private func extended(
        _ clock: Clock,
        by term: Term,
        _ limit: ClockRule.Extension?,
        at now: Timestamp
    ) throws(Impossible) -> Found? {
        guard let limit, let longest = limit.to ?? limit.by else {
            throw Self.unknown("这类期限不得延长 · the rules grant no more time for such a period")
        }
        try check(limit.asks)
        try checkIsCounted(clock)
        let before = clock.extensions ?? []
        // The same length in all is the same, however often it is asked for.
        if limit.to != nil, before.last?.to == term.description { return nil }
        try checkIsNotOver(clock, at: now)
        guard term.unit == longest.unit else {
            throw Impossible("/term", "unit", "须与规定的单位相同，如\(longest) · must be counted as \(longest) is")
        }
        guard term.count <= longest.count else {
            throw Impossible(
                "/term",
                "limit",
                "最长\(longest.words.zh)（\(limit.basis.words)） · at most \(longest.words.en)"
            )
        }
        let length = before.last?.to ?? clock.term
        if limit.to != nil, let present = Term(length), present.unit == term.unit, present.count >= term.count {
            throw Impossible("/term", "shorter", "须长于现有期限\(present.words.zh) · must be longer than \(present.words.en)")
        }
        guard before.count < limit.times else {
            throw Impossible(
                "/action",
                "times",
                "最多延长\(limit.times)次（\(limit.basis.words)） · at most \(limit.times) times"
            )
        }
        var clock = clock
        let (text, isWhole) = (term.description, limit.to != nil)
        let granted = Clock.Extension(
            by: isWhole ? nil : text,
            to: isWhole ? text : nil,
            grantedBy: office,
            basis: limit.basis.words
        )
        clock.extensions = before + [granted]
        return (clock, .extended, limit.basis.words)
    }

    private func fixed(
        _ clock: Clock,
        _ dueAt: Timestamp,
        _ limit: ClockRule.Setting?,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> Found? {
        guard let limit else { throw Self.unknown("这类期限不得另定 · the rules let nobody set such an end") }
        try check(limit.asks)
        if clock.pausedSince != nil {
            throw Impossible("", "paused", "中止期间不能定期限，请先恢复 · it stands still: let it run again first")
        }
        if clock.fixed?.dueAt == dueAt { return nil }
        guard dueAt > now else { throw Impossible("/dueAt", "future", "须在今后 · must lie in the future") }
        guard let latest = terms.end(of: clock, within: limit.within), dueAt <= latest else {
            throw Impossible(
                "/dueAt",
                "limit",
                "最迟为\(limit.within.words.zh)期满（\(limit.basis.words)） · at most \(limit.within.words.en) from its beginning"
            )
        }
        var clock = clock
        clock.fixed = Clock.Fixed(dueAt: dueAt, by: office, at: now)
        return (clock, .fixed, limit.basis.words)
    }

    private func restarted(_ clock: Clock, _ limit: ClockRule.Restart?, at now: Timestamp) throws(Impossible) -> Found?
    {
        guard let limit else {
            throw Self.unknown("这类期限不得重新计算 · the rules let no such period begin anew")
        }
        try check(limit.asks)
        try checkIsCounted(clock)
        if clock.pausedSince != nil {
            throw Impossible("", "paused", "中止期间不能重新计算，请先恢复 · it stands still: let it run again first")
        }
        let before = clock.restarts ?? []
        // A day is counted once, however often it is asked for.
        if let last = before.max(), CivilDate(of: last) == CivilDate(of: now) { return nil }
        try checkIsNotOver(clock, at: now)
        guard before.count < limit.times else {
            throw Impossible(
                "/action",
                "times",
                "最多重新计算\(limit.times)次（\(limit.basis.words)） · at most \(limit.times) times"
            )
        }
        var clock = clock
        (clock.restarts, clock.restartBasis) = (before + [now], limit.basis.words)
        return (clock, .restarted, limit.basis.words)
    }

    // MARK: What holds for several

    private func check(_ asks: [Role]) throws(Impossible) {
        guard asks.contains(role) else {
            let names = asks.map { "\($0.chinese) \($0.rawValue)" }.joined(separator: "、")
            throw Impossible("/action", "asks", "仅限\(names) · not for \(role.rawValue)")
        }
    }

    private func checkIsCounted(_ clock: Clock) throws(Impossible) {
        guard clock.fixed == nil else {
            throw Impossible("", "fixed", "期限已另定，只能再定 · its end was set by hand, and stays until it is set again")
        }
    }

    /// An act that comes behind the end changes nothing: what was missed was missed.
    private func checkIsNotOver(_ clock: Clock, at now: Timestamp) throws(Impossible) {
        guard clock.pausedSince != nil || now <= clock.dueAt else {
            throw Impossible("", "over", "期限已届满，逾期不得申请 · the period has ended: it is too late to ask")
        }
    }

    private static func unknown(_ words: String) -> Impossible { Impossible("/action", "not-allowed", words) }
}

extension Handling {
    /// Changes a running clock as a committee's officer asks.
    mutating func change(
        _ id: AssignmentID,
        _ change: ClockChange,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> ClockChanged? {
        let index = try open(id)
        let leg = legs[index].leg
        let rule = terms.terms.clockRule(for: kind, leg.role, round: round)
        guard let changed = try change.applied(to: leg.clock, under: rule, at: now, terms: terms) else { return nil }
        legs[index].leg.clock = changed.clock
        return ClockChanged(
            assignment: id,
            department: leg.department,
            round: round,
            clock: changed.clock,
            previousDueAt: leg.clock.dueAt,
            reason: changed.reason,
            text: change.text,
            basis: changed.basis,
            changedAt: now
        )
    }
}

extension Handling {
    /// Lets a clock run again because its leg is answered.
    ///
    /// - Returns: nil when it did not stand still.
    mutating func resume(_ index: Int, at now: Timestamp, terms: CountedTerms) -> ClockChanged? {
        let leg = legs[index].leg
        guard leg.clock.pausedSince != nil else { return nil }
        legs[index].leg.clock = terms.counted(leg.clock.resumed(at: now))
        return ClockChanged(
            assignment: leg.assignment,
            department: leg.department,
            round: round,
            clock: legs[index].leg.clock,
            previousDueAt: leg.clock.dueAt,
            reason: .resumed,
            changedAt: now
        )
    }
}

extension Clock {
    /// The clock with its pause at an end.
    func resumed(at now: Timestamp) -> Clock {
        var clock = self
        clock.pauses = pauses?.map { pause in
            guard pause.until == nil else { return pause }
            var pause = pause
            // Another replica's clock may be a moment ahead; no stretch ends before it begins.
            pause.until = max(now, pause.from)
            return pause
        }
        return clock
    }
}
