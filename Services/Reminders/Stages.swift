import Calendar
import Contracts
import Foundation
import Rules

/// The stages of every clock as data, counted by an edition of the calendar: when somebody is reminded before the end of a
/// period, that the end itself is told, and who is told behind it while nobody answers.
struct Stages: Sendable {
    /// A stage's name in two languages.
    struct Name: Codable, Sendable, Hashable {
        let zh: String
        let en: String
    }

    /// Where a stage lies.
    enum Place: Sendable, Hashable {
        /// So long before the last moment in time.
        case before(Term)
        /// The end itself, judged so long after the last moment in time.
        case end(Duration)
        /// So long behind the day of the end.
        case after(Term)
        /// Again and again, so long behind the day on which the period began to stand still, and behind the one before.
        case paused(every: Term)
        /// At no instant of a period: its owner has told that it counts otherwise.
        case moved
    }

    /// One stage.
    struct Stage: Sendable, Hashable {
        /// As events and the ledger name it.
        let id: String
        let name: Name
        /// What the stage rests on.
        let basis: LegalTerms.Basis
        let place: Place
        /// How grave it is.
        let level: NoticeLevel
        /// Whom it concerns.
        let tells: [Audience]

        /// Whether it is the end of the period, and no stage before or behind it.
        var isEnd: Bool {
            if case .end = place { true } else { false }
        }
        /// Its ground in words, as the record of an act names it.
        var authority: String { basis.words }
    }

    /// A stage to be told, with those that it has overtaken.
    struct Fired: Sendable, Hashable {
        let stage: Stage
        /// In their order: recorded and never told.
        let overtaken: [Stage]
    }

    /// What is to be told of a clock now, and when to look at it again.
    struct Decision: Sendable, Hashable {
        /// The latest stage that was reached, and before it the end when that was too: a fact that nothing overtakes.
        let fires: [Fired]
        /// Those before an end that was reached and is not judged yet: nobody is told that a day is left when none is, and what
        /// they were overtaken by is known when the end is told.
        var passed: [Stage] = []
        /// The stage after it with its instant; nil behind the last.
        let next: Next?
    }

    /// A stage that lies ahead.
    struct Next: Sendable, Hashable {
        let stage: String
        let at: Timestamp
    }

    /// In the order in which they are reached.
    let ordered: [Stage]
    /// The end of the period.
    let end: Stage
    /// What is told while a period stands still; nil for nothing.
    var paused: Stage?
    /// By which working days are counted.
    var calendar: WorkCalendar = .china
    /// How the pack counts: the hours of its own are those in which a day's work begins.
    var rule = CountingRule.civilCode

    /// The stage of an id; nil when there is none, or no longer.
    subscript(id: String) -> Stage? { ordered.first { $0.id == id } ?? occurrence(id) ?? Self.moved(id) }

    /// The first moment at which a stage of a period is reached.
    ///
    /// A stage in working days is reached when its day's work begins. The end is reached whenever it comes, and recorded then; who is
    /// called or written to about it by a gateway hears of it in working hours (``QuietHours``).
    func instant(of stage: Stage, dueAt: Timestamp) -> Timestamp {
        switch stage.place {
        case .moved: return dueAt
        case .end(let settling): return dueAt + settling
        case .before(let term): return instant(term, from: dueAt, forward: false)
        case .after(let term), .paused(let term): return instant(term, from: dueAt, forward: true)
        }
    }

    /// The beginning of the work of the day that lies a term, or several, before or behind a moment's.
    func instant(_ term: Term, times: Int = 1, from dueAt: Timestamp, forward: Bool) -> Timestamp {
        guard term.unit == .workingDays else {
            // A day of China's one time zone has 24 hours.
            return dueAt + .seconds((forward ? 1 : -1) * term.count * times * 86_400)
        }
        var day = CivilDate(of: dueAt, in: calendar.zone)
        var left = term.count * times
        // A week has a working day, and a term's length is bounded.
        while left > 0 {
            day = day.adding(days: forward ? 1 : -1)
            if calendar.standing(of: day).isWorking { left -= 1 }
        }
        let opening = calendar.windows(of: day, under: rule).first?.opens ?? 0
        return day.start(in: calendar.zone) + .seconds(opening * 60)
    }

    /// What is to be told of a clock at `now`, of the stages from `next` on.
    ///
    /// However long nobody looked, one stage fires: the latest that was reached; and the end, if that was reached too. A stage
    /// that these rules no longer know stands for those whose instants are not before the one it had.
    ///
    /// - Parameters:
    ///   - judges: whether the end may be told; a sweep that has not heard everything leaves it for later.
    ///   - isOver: whether the period has ended late: then its end is told and nothing behind it.
    func decision(
        dueAt: Timestamp,
        next: Next,
        now: Timestamp,
        judges: Bool = true,
        isOver: Bool = false
    ) -> Decision {
        func at(_ stage: Stage) -> Timestamp { instant(of: stage, dueAt: dueAt) }
        let start = ordered.firstIndex { $0.id == next.stage }
        var left = start.map { Array(ordered[$0...]) } ?? ordered.filter { $0.isEnd || at($0) >= next.at }
        if isOver, let end = left.firstIndex(where: \.isEnd) { left = Array(left[...end]) }
        if !judges, let end = left.firstIndex(where: \.isEnd), at(left[end]) <= now {
            return Decision(
                fires: [],
                passed: Array(left[..<end]),
                next: Next(stage: left[end].id, at: at(left[end]))
            )
        }
        let reached = left.prefix { at($0) <= now }
        var (fires, waiting): ([Fired], [Stage]) = ([], [])
        for (index, stage) in reached.enumerated() {
            if stage.isEnd || index == reached.count - 1 {
                fires.append(Fired(stage: stage, overtaken: waiting))
                waiting = []
            } else {
                waiting.append(stage)
            }
        }
        return Decision(
            fires: fires,
            next: left.dropFirst(reached.count).first.map { Next(stage: $0.id, at: at($0)) }
        )
    }

    /// The first stage of a period.
    ///
    /// One that would lie before the period's beginning is none of its stages: nobody is reminded of ten days' notice on the
    /// first of seven days.
    func first(startedAt: Timestamp, dueAt: Timestamp) -> Next {
        let stage = ordered.first { $0.isEnd || instant(of: $0, dueAt: dueAt) > startedAt } ?? end
        return Next(stage: stage.id, at: instant(of: stage, dueAt: dueAt))
    }

    /// The end of a period as the stage that lies ahead.
    func end(dueAt: Timestamp) -> Next { Next(stage: end.id, at: instant(of: end, dueAt: dueAt)) }
}
