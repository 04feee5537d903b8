import Contracts

/// A period of one leg, as its owner told it, and what has become of it.
struct RunningClock: Sendable, Hashable {
    /// Identifies a period: a leg has one for each round.
    struct ID: Sendable, Hashable {
        let assignment: AssignmentID
        let round: Int
    }

    let id: ID
    let department: DepartmentCode
    /// Beginning, length, end, ground and all that has happened to it, as the owner told them last.
    fileprivate(set) var clock: Clock
    /// The owner's version of the change that told so; 0 while none was heard.
    fileprivate(set) var change: Int
    /// What the sweep does next, and when; nil when nothing is left to be told.
    fileprivate(set) var next: Stages.Next?
    /// The stage that lies ahead once a period that stands still runs again; of one whose end has come and is not judged yet, the
    /// first that the end overtakes when it is told; nil of every other.
    fileprivate(set) var held: String?
    /// The first of the moments that ended it; nil while it runs.
    fileprivate(set) var endedAt: Timestamp?
    /// The first end of which it was told that it passed without a reply, and nothing heard since says otherwise; nil when none was.
    fileprivate(set) var missedDueAt: Timestamp?
    /// The last of its ends (``Turn``) of which that was told; nil when it was told of none.
    fileprivate(set) var missedTurn: String?

    /// When the period began.
    var startedAt: Timestamp { clock.startedAt }
    /// The last moment in time.
    var dueAt: Timestamp { clock.dueAt }
    /// Since when it stands still; nil while it runs, and when it is over.
    var pausedSince: Timestamp? { endedAt == nil ? clock.pausedSince : nil }
    /// Whether it was told that the period ended without a reply; a later end does not undo it.
    var missed: Bool { missedDueAt != nil }
    /// Which of its ends lies ahead, or was the last.
    var turn: String { Turn.name(of: clock) }

    /// Creates a clock as it was stored.
    init(
        id: ID,
        department: DepartmentCode,
        clock: Clock,
        change: Int = 0,
        next: Stages.Next? = nil,
        held: String? = nil,
        endedAt: Timestamp? = nil,
        missedDueAt: Timestamp? = nil,
        missedTurn: String? = nil
    ) {
        (self.id, self.department, self.clock, self.change) = (id, department, clock, change)
        (self.next, self.held, self.endedAt) = (next, held, endedAt)
        (self.missedDueAt, self.missedTurn) = (missedDueAt, missedTurn)
    }
}

/// Everything that is watched of one suggestion: its clocks, and the ends that were heard, some before their beginnings.
///
/// Routing tells of beginnings and withdrawals, Replies of answers, returns and further rounds; neither waits for the other. What
/// is heard is therefore kept as it is, and what follows from all of it is worked out anew each time: the result is the same
/// in every order.
struct Watch: Sendable, Hashable {
    /// That the rounds of a leg up to one have ended.
    struct End: Sendable, Hashable {
        /// Through this round no reply can come any more: the leg is over.
        static let everyRound = Int(Int32.max)

        let assignment: AssignmentID
        let through: Int
        fileprivate(set) var at: Timestamp

        /// Creates an end as it was stored.
        init(assignment: AssignmentID, through: Int, at: Timestamp) {
            (self.assignment, self.through, self.at) = (assignment, through, at)
        }
    }

    /// Something to be told, and what remains to be recorded beside it.
    struct Notice: Sendable, Hashable {
        /// What became of a stage, in the ledger's words.
        enum Outcome: String, Listed {
            /// It was told.
            case fired
            /// A later one had been reached by the time anybody looked.
            case skipped
            /// It was one of too many, and went out with a digest.
            case digest
        }

        let clock: RunningClock
        let fired: Stages.Stage
        /// The stages that the fired one has overtaken.
        let skipped: [Stages.Stage]
    }

    /// What the matter is called, and who answers for it, as the committee told last.
    struct Matter: Sendable, Hashable {
        let number: String
        let committee: CommitteeCode
    }

    let suggestion: SuggestionID
    /// Nil until an assignment was heard of.
    private(set) var matter: Matter?
    /// The version of the last event told about it.
    private(set) var version: Int
    private(set) var closedAt: Timestamp?
    private(set) var clocks: [RunningClock]
    private(set) var ends: [End]

    /// Creates a watch as it was stored.
    init(
        suggestion: SuggestionID,
        matter: Matter? = nil,
        version: Int = 0,
        closedAt: Timestamp? = nil,
        clocks: [RunningClock] = [],
        ends: [End] = []
    ) {
        (self.suggestion, self.matter, self.version, self.closedAt) = (suggestion, matter, version, closedAt)
        (self.clocks, self.ends) = (clocks, ends)
    }

    /// A committee has told of the matter.
    mutating func introduce(_ matter: Matter) { self.matter = matter }

    /// A period begins; one that has begun already stays as it is.
    mutating func start(_ leg: Leg, round: Int, stages: Stages) {
        let id = RunningClock.ID(assignment: leg.assignment, round: round)
        start(id, of: leg.department, leg.clock, stages: stages)
    }

    private mutating func start(
        _ id: RunningClock.ID,
        of department: DepartmentCode,
        _ clock: Clock,
        change: Int = 0,
        stages: Stages
    ) {
        guard !clocks.contains(where: { $0.id == id }) else { return }
        var fresh = RunningClock(id: id, department: department, clock: clock, change: change)
        fresh.next = stages.first(startedAt: clock.startedAt, dueAt: clock.dueAt)
        Self.place(&fresh, movedFrom: clock, stages)
        clocks.append(fresh)
        conclude(stages)
    }

    /// A period counts otherwise: the stages that lie ahead move with its end, or wait while it stands still; what was told or missed
    /// stays.
    ///
    /// Another end of it (``Turn``) has all stages anew, whatever was told of the one before.
    /// A period that has not been heard of begins so: the change says all that its beginning would. The owner numbers its changes,
    /// and one that comes behind a later one changes nothing: each carries all facts.
    mutating func move(
        _ id: RunningClock.ID,
        of department: DepartmentCode,
        to clock: Clock,
        change: Int,
        stages: Stages
    ) {
        guard let index = clocks.firstIndex(where: { $0.id == id }) else {
            return start(id, of: department, clock, change: change, stages: stages)
        }
        guard clocks[index].change < change else { return }
        let before = clocks[index].clock
        (clocks[index].clock, clocks[index].change) = (clock, change)
        Self.place(&clocks[index], movedFrom: before, stages)
        conclude(stages)
    }

    /// Places the stage that lies ahead by the end as it is now; of what stands still it waits, and those who may let it run again
    /// are told from time to time that it does.
    private static func place(_ clock: inout RunningClock, movedFrom before: Clock, _ stages: Stages) {
        let first = stages.first(startedAt: clock.startedAt, dueAt: clock.dueAt)
        guard let id = ahead(clock, movedFrom: before, first: first, stages) else { return }
        if let since = clock.clock.pausedSince {
            clock.held = id
            // What has been reached meanwhile is the sweep's to tell.
            clock.next =
                stages.decision(
                    pausedSince: since,
                    pause: clock.clock.pauses?.count ?? 1,
                    next: clock.next,
                    now: since
                )
                .next
            return
        }
        // A stage that these rules no longer know: the first that a new period would have; the ledger keeps it from twice.
        clock.next =
            stages[id].map { Stages.Next(stage: $0.id, at: stages.instant(of: $0, dueAt: clock.dueAt)) } ?? first
        clock.held = nil
    }

    /// The stage that lies ahead of a clock whose facts were others; nil when nothing is left to be told.
    ///
    /// Of another end it is the first, and so it is of the same while no stage was reached: which one that is must not depend on the
    /// facts that were heard on the way.
    private static func ahead(
        _ clock: RunningClock,
        movedFrom before: Clock,
        first: Stages.Next,
        _ stages: Stages
    ) -> String? {
        guard clock.turn == Turn.name(of: before) else { return first.stage }
        guard let id = clock.held ?? clock.next?.stage else { return nil }
        return id == stages.first(startedAt: before.startedAt, dueAt: before.dueAt).stage ? first.stage : id
    }

    /// A leg's rounds up to `through` have ended at a moment; of several moments the first counts.
    mutating func end(_ assignment: AssignmentID, through: Int = End.everyRound, at moment: Timestamp, stages: Stages) {
        if let index = ends.firstIndex(where: { $0.assignment == assignment && $0.through == through }) {
            ends[index].at = min(ends[index].at, moment)
        } else {
            ends.append(End(assignment: assignment, through: through, at: moment))
        }
        conclude(stages)
    }

    /// The matter is closed: nothing of it runs any more, nor will.
    mutating func close(at moment: Timestamp, stages: Stages) {
        closedAt = min(closedAt ?? moment, moment)
        conclude(stages)
    }

    /// What has become due at `now`, with the clocks moved on.
    ///
    /// - Parameter judges: whether ends of periods may be told.
    mutating func advance(to now: Timestamp, stages: Stages, judges: Bool) -> [Notice] {
        var notices: [Notice] = []
        for index in clocks.indices {
            guard let next = clocks[index].next, next.at <= now else { continue }
            let decision =
                if let since = clocks[index].pausedSince, clocks[index].held != nil {
                    stages.decision(
                        pausedSince: since,
                        pause: clocks[index].clock.pauses?.count ?? 1,
                        next: next,
                        now: now
                    )
                } else {
                    stages.decision(
                        dueAt: clocks[index].dueAt,
                        // What an end that was not judged has overtaken is recorded when it is told, and never when it is not.
                        next: Stages.Next(stage: clocks[index].held ?? next.stage, at: next.at),
                        now: now,
                        judges: judges,
                        isOver: clocks[index].endedAt != nil
                    )
                }
            // Moved on in any case: a stage that new rules have put later must not stay at the left edge.
            clocks[index].next = decision.next
            if clocks[index].pausedSince == nil { clocks[index].held = decision.passed.first?.id }
            for fired in decision.fires {
                if fired.stage.isEnd {
                    // The first is the breach that others count by; a further one is told and leaves it as it is.
                    if !clocks[index].missed { clocks[index].missedDueAt = clocks[index].dueAt }
                    clocks[index].missedTurn = clocks[index].turn
                    // Nobody is urged to answer what is answered.
                    if clocks[index].endedAt != nil { clocks[index].next = nil }
                }
                notices.append(Notice(clock: clocks[index], fired: fired.stage, skipped: fired.overtaken))
            }
        }
        return notices
    }

    /// The version of another event about the suggestion.
    mutating func nextVersion() -> Int {
        version += 1
        return version
    }

    /// Works out which clocks have ended, and what is left to be told of each.
    private mutating func conclude(_ stages: Stages) {
        for index in clocks.indices {
            guard let end = firstEnd(of: clocks[index]) else { continue }
            (clocks[index].endedAt, clocks[index].held) = (end, nil)
            let stoodStill = clocks[index].clock.pausedSince != nil
            if end <= clocks[index].missedDueAt ?? clocks[index].dueAt || stoodStill && !clocks[index].missed {
                // It ended in time, by the moment of the act itself, however late that was heard; what stands still has time left.
                clocks[index].next = nil
                (clocks[index].missedDueAt, clocks[index].missedTurn) = (nil, nil)
            } else if end <= clocks[index].dueAt || stoodStill || clocks[index].missedTurn == clocks[index].turn {
                // Behind a breach, and within the end that was given then; or late, as was told: what would have come behind the end
                // has lost its object.
                clocks[index].next = nil
            } else {
                // A period that ran out is told as such whatever came afterwards; reminders would come too late.
                clocks[index].next = stages.end(dueAt: clocks[index].dueAt)
            }
        }
    }

    private func firstEnd(of clock: RunningClock) -> Timestamp? {
        let heard = ends.filter { $0.assignment == clock.id.assignment && $0.through >= clock.id.round }.map(\.at)
        // The next round of a leg begins when the one before is over, should its reply not have been heard of.
        let later = clocks.filter { $0.id.assignment == clock.id.assignment && $0.id.round > clock.id.round }
            .map(\.startedAt)
        return (heard + later + [closedAt].compactMap { $0 }).min()
    }
}
