package import Calendar
package import Contracts

/// The periods of handling with the calendar that they are counted by: what the owner of a leg makes its clocks with.
package struct CountedTerms: Sendable {
    /// How long.
    package let terms: LegalTerms
    /// By which edition of the days off.
    package let calendar: WorkCalendar
    /// How: made once for all clocks that are counted.
    private let rule: CountingRule

    init(terms: LegalTerms, calendar: WorkCalendar) {
        (self.terms, self.calendar, rule) = (terms, calendar, terms.rule)
    }

    /// The clock of a leg that begins at `start`: its last day by the calendar of days off, as the terms count.
    package func clock(
        for kind: SuggestionKind,
        _ role: AssignmentRole,
        round: Int,
        from start: Timestamp
    ) -> Clock {
        let entry = terms.entry(for: kind, role, round: round)
        // Counted at once: the start stands in for the end until then.
        return counted(Clock(startedAt: start, term: entry.term.description, dueAt: start, basis: entry.basis.words))
    }

    /// A running clock as it counts by this edition and this pack: its beginning, term, ground and all that has happened to it
    /// stay, its end may move.
    ///
    /// - Returns: nil when it was counted by these or later ones.
    package func recounted(_ clock: Clock) -> Clock? {
        let edition = clock.calendar ?? 0
        // Whoever has heard of only one of two editions takes nothing back of the other.
        guard edition <= calendar.version, !isNewer(clock.pack) else { return nil }
        return edition < calendar.version || isOlder(clock.pack) ? counted(clock) : nil
    }

    /// Whether a clock that counts anew does so for another way of counting, and not for a notice of days off.
    package func changesRule(of clock: Clock) -> Bool {
        // A clock from before packs were named was counted by the pack that there was.
        clock.pack != nil && isOlder(clock.pack)
    }

    private func isNewer(_ pack: Clock.Pack?) -> Bool {
        pack.map { $0.name == terms.name && $0.version > terms.version } ?? false
    }

    private func isOlder(_ pack: Clock.Pack?) -> Bool {
        guard let pack, pack.name == terms.name else { return true }
        return pack.version < terms.version
    }

    /// A clock with the end that follows from all its facts; while it stands still, with the end that it had.
    package func counted(_ clock: Clock) -> Clock {
        var clock = clock
        (clock.calendar, clock.pack) = (calendar.version, terms.edition)
        // No program of ours has written what is no period: its end stays, and nobody looks at it again.
        guard let period = Period(clock) else { return clock }
        let deadline = calendar.deadline(of: period, under: rule)
        guard let dueAt = deadline.dueAt else { return clock }
        (clock.dueAt, clock.provisional) = (dueAt, deadline.isProvisional ? true : nil)
        return clock
    }

    /// The end that a clock would have if its whole length were another: with its own beginning and pauses, and nothing set by hand.
    ///
    /// - Returns: nil while it stands still.
    package func end(of clock: Clock, within whole: Term) -> Timestamp? {
        guard var period = Period(clock) else { return nil }
        (period.term, period.extensions, period.fixed) = (whole, [], nil)
        return calendar.deadline(of: period, under: rule).dueAt
    }

    /// The last moment of a period that nothing has happened to.
    ///
    /// - Returns: nil of none that can be counted; every term of a pack can be.
    package func end(of term: Term, from start: Timestamp) -> Timestamp? {
        calendar.deadline(of: Period(start: start, term: term), under: rule).dueAt
    }

    /// What the counting rests on, as an act names it.
    package var authority: String { terms.counting.basis.words }
}
