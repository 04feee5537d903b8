import Calendar
import Contracts

struct ClockPage: Encodable {
    let items: [ClockAnswer]
    let next: String?
}

/// An open clock as it is answered.
struct ClockAnswer: Encodable {
    let suggestion: SuggestionID
    let assignment: AssignmentID
    let round: Int
    let department: DepartmentCode
    let startedAt: Timestamp
    let dueAt: Timestamp
    let missed: Bool
    let nextStage: String?
    let nextAt: Timestamp?
    /// Set while it rests on a year without a notice of days off.
    let provisional: Bool?
    /// Set while it stands still: the end is the one that was counted last.
    let pausedSince: Timestamp?

    init(_ row: Listing.OpenClock) {
        let clock = row.clock
        (suggestion, assignment, round) = (row.suggestion, clock.id.assignment, clock.id.round)
        (department, startedAt, dueAt) = (clock.department, clock.startedAt, clock.dueAt)
        (missed, nextStage, nextAt) = (clock.missed, clock.next?.stage, clock.next?.at)
        (provisional, pausedSince) = (clock.clock.provisional, clock.pausedSince)
    }
}

struct ExplainedClocks: Encodable {
    let items: [ExplainedClock]
}

/// A period of a leg with its ground, and why it ends when it does.
struct ExplainedClock: Encodable {
    let suggestion: SuggestionID
    let round: Int
    let department: DepartmentCode
    let startedAt: Timestamp
    let dueAt: Timestamp
    /// As its owner told it; nil of a clock from before it was kept.
    let term: String?
    let basis: String?
    let provisional: Bool
    let endedAt: Timestamp?
    /// The end of which it was told that it passed without a reply, whatever the end is now.
    let missedDueAt: Timestamp?
    /// Since when it stands still; the end is the one that was counted last.
    let pausedSince: Timestamp?
    let pauses: [Clock.Pause]?
    let extensions: [Clock.Extension]?
    let restarts: [Timestamp]?
    let restartBasis: String?
    let fixed: Clock.Fixed?
    /// What these are, in words; nil when nothing has happened to it.
    let changes: [Words]?
    /// What its department has said beside the breach.
    let excuses: [ExcuseStore.Excuse]?
    /// By which edition of the calendar the days below are counted.
    let calendar: Int?
    /// By which rule pack.
    let pack: String?
    /// Day by day; nil while the calendar here gives another end than the owner's: it is being counted anew.
    let explanation: [DueAnswer.Line]?

    init(
        _ row: Listing.OpenClock,
        excuses: [ExcuseStore.Excuse],
        in calendar: WorkCalendar,
        under rule: CountingRule
    ) {
        let clock = row.clock
        (suggestion, round, department) = (row.suggestion, clock.id.round, clock.department)
        (startedAt, dueAt, endedAt, missedDueAt) = (clock.startedAt, clock.dueAt, clock.endedAt, clock.missedDueAt)
        provisional = clock.clock.provisional ?? false
        term = clock.clock.term.isEmpty ? nil : clock.clock.term
        basis = clock.clock.basis.isEmpty ? nil : clock.clock.basis
        (pausedSince, pauses) = (clock.pausedSince, clock.clock.pauses)
        (extensions, fixed) = (clock.clock.extensions, clock.clock.fixed)
        (restarts, restartBasis) = (clock.clock.restarts, clock.clock.restartBasis)
        let own = excuses.filter { $0.round == clock.id.round }
        self.excuses = own.isEmpty ? nil : own
        let period = Period(clock.clock)
        let words = period?.words(in: calendar.zone) ?? []
        changes = words.isEmpty ? nil : words
        // The owner's date is the one that counts: an explanation that leads to another explains nothing.
        let lines = period.flatMap { period -> [DueAnswer.Line]? in
            let deadline = calendar.explanation(of: period, under: rule)
            let isSame = deadline.dueAt == (clock.clock.pausedSince == nil ? clock.dueAt : nil)
            return isSame ? DueAnswer.lines(of: deadline, counting: period.term.unit, under: rule) : nil
        }
        (explanation, self.calendar, pack) = (
            lines, lines.map { _ in calendar.version }, lines.flatMap { _ in rule.pack }
        )
    }
}

struct FeedAnswer: Encodable {
    /// Below this service's own; whoever has it may read.
    let address: String
}

struct InboxPage: Encodable {
    let items: [InboxAnswer]
    let next: String?
}

/// A notice in an inbox as it is answered.
struct InboxAnswer: Encodable {
    let noticedAt: Timestamp
    let suggestion: SuggestionID
    let number: String?
    let assignment: AssignmentID
    let round: Int
    let department: DepartmentCode
    let dueAt: Timestamp
    /// Absent while the leg waits for its answer.
    let endedAt: Timestamp?
    let stage: String
    /// Of a stage that the present rules know.
    let level: NoticeLevel?
    let name: Stages.Name?
    let basis: String?

    init(_ entry: NoticeStore.Entry, _ known: Stages.Stage?) {
        (noticedAt, suggestion, number, stage) = (entry.noticedAt, entry.suggestion, entry.number, entry.stage)
        (assignment, round) = (entry.clock.id.assignment, entry.clock.id.round)
        (department, dueAt, endedAt) = (entry.clock.department, entry.clock.dueAt, entry.clock.endedAt)
        (level, name, basis) = (known?.level, known?.name, known?.authority)
    }
}

/// The calendar of days off as it is answered.
struct CalendarAnswer: Encodable {
    let edition: Int
    /// What is counted in later years is provisional.
    let lastYear: Int?
    let years: [CalendarYear]

    init(_ calendar: WorkCalendar) {
        let published = calendar.published(at: .now)
        (edition, years) = (published.edition, published.years)
        lastYear = published.years.last?.year
    }
}

struct NoticeList: Encodable {
    let items: [NoticeAnswer]
}

/// A line of the ledger as it is answered.
struct NoticeAnswer: Encodable {
    let round: Int
    let stage: String
    /// Of a stage that the present rules know.
    let name: Stages.Name?
    let basis: String?
    let noticedAt: Timestamp
    let outcome: Watch.Notice.Outcome
    /// Of a skipped stage: the one that was told in its place.
    let overtakenBy: String?
    /// Of a collected one: the digest that it went out with.
    let digest: SuggestionID?

    init(_ entry: Listing.Entry, _ known: Stages.Stage?) {
        (round, stage, noticedAt, outcome) = (entry.round, entry.stage, entry.noticedAt, entry.outcome)
        (overtakenBy, digest) = (entry.overtakenBy, entry.digest)
        (name, basis) = (known?.name, known?.authority)
    }
}
