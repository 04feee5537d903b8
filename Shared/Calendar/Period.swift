package import Contracts

/// A legal period with all that has happened to it: facts, from which the due instant follows each time anew.
///
/// Nothing is added to or subtracted from a due date that was computed before. Whatever changes, the rule, the calendar or what is
/// known of a pause, the date is the one that all facts together give.
package struct Period: Hashable, Sendable {
    /// Who has decided something, and what allows it; what was told before these were kept has neither.
    package struct Ground: Hashable, Sendable {
        /// The office, `committee:chengjian`.
        package var by: String?
        /// The article, or what stands in for one, in Chinese.
        package var basis: String?

        /// Creates a ground; nil when nothing is known.
        package init?(by: String? = nil, basis: String? = nil) {
            guard by != nil || basis != nil else { return nil }
            (self.by, self.basis) = (by, basis)
        }
    }

    /// A stretch in which the period does not run (中止).
    package struct Pause: Hashable, Sendable {
        /// When it begins.
        package var from: Timestamp
        /// When it ends; nil while it lasts.
        package var until: Timestamp?
        /// Who lets it stand still, and why they may.
        package var ground: Ground?

        /// Creates a pause.
        package init(from: Timestamp, until: Timestamp?, ground: Ground? = nil) {
            (self.from, self.until, self.ground) = (from, until, ground)
        }
    }

    /// More time (延期).
    package enum Extension: Hashable, Sendable {
        /// So much more, behind the term; months and months are counted as one number from the start.
        case by(Term, Ground? = nil)
        /// So much in all in place of the term, from the start (代表法: 复杂的可延长至六个月).
        case to(Term, Ground? = nil)

        /// Who has granted it, and why they may.
        var ground: Ground? {
            switch self {
            case .by(_, let ground), .to(_, let ground): ground
            }
        }
    }

    /// A due instant that somebody has set by hand; it stays, whatever else changes.
    package struct Fixed: Hashable, Sendable {
        /// The last moment in time.
        package var dueAt: Timestamp
        /// Who has set it, as acts name actors.
        package var by: String
        /// When.
        package var at: Timestamp

        /// Creates it.
        package init(dueAt: Timestamp, by: String, at: Timestamp) { (self.dueAt, self.by, self.at) = (dueAt, by, at) }
    }

    /// When it begins.
    package var start: Timestamp
    /// How long it is.
    package var term: Term
    /// In any order; they may meet and overlap.
    package var pauses: [Pause]
    /// In the order in which they were granted.
    package var extensions: [Extension]
    /// When it began anew (重新计算); what lies before the last of them no longer counts.
    package var restarts: [Timestamp]
    /// What allowed the last restart.
    package var restartGround: Ground?
    /// Set by hand; nil when it is computed.
    package var fixed: Fixed?

    /// Creates a period.
    package init(
        start: Timestamp,
        term: Term,
        pauses: [Pause] = [],
        extensions: [Extension] = [],
        restarts: [Timestamp] = [],
        restartGround: Ground? = nil,
        fixed: Fixed? = nil
    ) {
        (self.start, self.term, self.pauses) = (start, term, pauses)
        (self.extensions, self.fixed) = (extensions, fixed)
        (self.restarts, self.restartGround) = (restarts, restartGround)
    }

    /// Where counting begins: the start, or the last restart behind it.
    package var beginning: Timestamp { max(start, restarts.max() ?? start) }

    /// What is set by hand, unless the period has begun anew since.
    var standing: Fixed? { fixed.flatMap { fixed in restarts.contains { $0 > fixed.at } ? nil : fixed } }

    /// What is counted one after the other, with the extensions in it.
    var segments: [Term] {
        var segments = [term]
        for granted in extensions {
            switch granted {
            case .to(let whole, _): segments = [whole]
            case .by(let more, _):
                // 30 November and 3 months and 3 more are 6 months: 30 May, and not the 28th by way of February.
                if let last = segments.last, last.unit == .months, more.unit == .months, segments.count == 1 {
                    segments = [Term(last.count + more.count, .months)]
                } else {
                    segments.append(more)
                }
            }
        }
        return segments
    }

    /// The pauses behind the beginning, in their order, with those that meet made one.
    var stretches: [Pause] {
        let beginning = beginning
        var merged: [Pause] = []
        for pause in pauses.sorted(by: { $0.from < $1.from }) {
            if let until = pause.until, until <= max(pause.from, beginning) { continue }
            let from = max(pause.from, beginning)
            guard let last = merged.last, last.until.map({ from <= $0 }) ?? true else {
                merged.append(Pause(from: from, until: pause.until, ground: pause.ground))
                continue
            }
            if let end = last.until { merged[merged.count - 1].until = pause.until.map { max(end, $0) } }
        }
        return merged
    }
}
