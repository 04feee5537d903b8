package import Calendar
package import Contracts

/// What another pack would have made of past items: ends, refusals and rates, beside those of the present one (规则对比).
///
/// Both count the same facts by the same calendar, so that what differs is the packs' doing. Nobody knows what people had done under
/// another rule: what was done stays done, refused or not.
package struct PackComparison: Sendable {
    /// A period as a pack counts it.
    package struct Counted: Codable, Sendable, Hashable {
        /// The last moment in time; nil while it stands still.
        package let dueAt: Timestamp?
        /// Whether it rests on a year without a notice of days off; nil where it does not.
        package let provisional: Bool?
        /// How long it is by the pack.
        package let term: Term
        /// What the length rests on.
        package let basis: String
        /// What was made of the days, in Chinese.
        package let zh: String
        /// The same in English.
        package let en: String
    }

    /// A period under both.
    package struct Row: Sendable, Hashable {
        /// Which.
        package let stretch: PastItem.Stretch
        /// By the first pack.
        package let old: Counted
        /// By the second.
        package let new: Counted
        /// Why the ends differ; empty where they do not.
        package let reasons: [Words]

        /// Whether its end is another.
        package var isMoved: Bool { old.dueAt != new.dueAt }

        /// Whether its answer came in time by each; nil where there is none.
        package var inTime: (old: Bool, new: Bool)? {
            guard let at = stretch.reply?.at else { return nil }
            return (old.dueAt.map { at <= $0 } ?? true, new.dueAt.map { at <= $0 } ?? true)
        }
    }

    /// An item under both.
    package struct Line: Sendable, Hashable {
        /// Which.
        package let item: PastItem
        /// Its periods, as they began.
        package let rows: [Row]
        /// What the second pack alone would have refused.
        package let newlyRefused: [PackRefusal]
        /// What the first alone would have.
        package let noLongerRefused: [PackRefusal]

        /// Whether the packs make anything else of it.
        package var differs: Bool {
            rows.contains(where: \.isMoved) || !newlyRefused.isEmpty || !noLongerRefused.isEmpty
        }
    }

    /// A rate under both.
    package struct RateRow: Sendable, Hashable {
        /// As the second pack defines it.
        package let rule: RateRule
        /// What is divided by what, by the first pack's definition and ends.
        package let old: Share
        /// The same by the second's.
        package let new: Share
    }

    /// A part of a whole.
    package struct Share: Codable, Sendable, Hashable {
        /// The part.
        package let numerator: Int
        /// The whole; 0 where there is nothing to divide by.
        package let denominator: Int
    }

    /// Every item, in the order given.
    package let lines: [Line]
    /// Every rate, in the second pack's order.
    package let rates: [RateRow]

    /// Compares.
    package init(of items: [PastItem], old: RulePack, new: RulePack, in calendar: WorkCalendar) {
        let (first, second) = (old.terms.counted(in: calendar), new.terms.counted(in: calendar))
        lines = items.map { item in
            let (before, after) = (item.refusals(under: first), item.refusals(under: second))
            return Line(
                item: item,
                rows: item.periods.map { Row($0, of: item.kind, first, second) },
                newlyRefused: PackRefusal.difference(after, without: before),
                noLongerRefused: PackRefusal.difference(before, without: after)
            )
        }
        let counts = (Self.counts(lines) { $0.old }, Self.counts(lines) { $0.new })
        rates = new.rates.map { rule in
            let known = old.rates.first { $0.id == rule.id } ?? rule
            let (before, after) = (known.sums(counts.0), rule.sums(counts.1))
            return RateRow(
                rule: rule,
                old: Share(numerator: before.numerator, denominator: before.denominator),
                new: Share(numerator: after.numerator, denominator: after.denominator)
            )
        }
    }

    /// What rates count, by their names, with the ends of one of the packs.
    private static func counts(_ lines: [Line], _ side: ((old: Bool, new: Bool)) -> Bool) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in lines {
            for answer in line.rows.compactMap(\.inTime) {
                counts[side(answer) ? RateRule.Count.inTime : RateRule.Count.late, default: 0] += 1
            }
            switch line.item.state {
            case .open: break
            case .answered: counts[RateRule.Count.awaiting, default: 0] += 1
            case .closed: counts[RateRule.Count.closed, default: 0] += 1
            }
            if let letter = line.item.outcome { counts[RateRule.Count.outcome(letter), default: 0] += 1 }
            if let verdict = line.item.verdicts.last { counts[RateRule.Count.verdict(verdict.result), default: 0] += 1 }
        }
        return counts
    }
}

extension PackComparison.Row {
    fileprivate init(
        _ stretch: PastItem.Stretch,
        of kind: SuggestionKind,
        _ first: CountedTerms,
        _ second: CountedTerms
    ) {
        self.stretch = stretch
        let entries = [first, second].map { $0.terms.entry(for: kind, stretch.role, round: stretch.round) }
        let (before, after) = (entries[0], entries[1])
        old = PackComparison.Counted(stretch.clock, before, first)
        new = PackComparison.Counted(stretch.clock, after, second)
        var found: [Words] = []
        if old.dueAt != new.dueAt, before.term != after.term {
            found.append(
                Words(
                    zh: "期限由\(before.term.words.zh)改为\(after.term.words.zh)（\(after.basis.words)）",
                    en: "\(after.term.words.en) in place of \(before.term.words.en)"
                )
            )
        }
        // The first pack's length, counted as the second counts.
        if old.dueAt != new.dueAt, PackComparison.Counted(stretch.clock, before, second).dueAt != old.dueAt {
            let basis = second.terms.counting.basis.words
            found.append(Words(zh: "计算方式不同（\(basis)）", en: "counted in another way"))
        }
        reasons = found
    }
}

extension PackComparison.Counted {
    /// A clock with a pack's length, and all that has happened to it.
    fileprivate init(_ clock: Clock, _ entry: LegalTerms.Entry, _ terms: CountedTerms) {
        var clock = clock
        clock.term = entry.term.description
        (term, basis) = (entry.term, entry.basis.words)
        let rule = terms.terms.rule
        guard let period = Period(clock) else { preconditionFailure("an item with such a clock has a fault") }
        let deadline = terms.calendar.explanation(of: period, under: rule)
        (dueAt, provisional) = (deadline.dueAt, deadline.isProvisional ? true : nil)
        let words = deadline.summary(counting: entry.term.unit, under: rule)
        (zh, en) = (words.zh, words.en)
    }
}
