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
    let startedAt: Timestamp
    let dueAt: Timestamp
    /// What the sweep does next, and when; nil when nothing is left to be told.
    fileprivate(set) var next: Stages.Next?
    /// The first of the moments that ended it; nil while it runs.
    fileprivate(set) var endedAt: Timestamp?
    /// Whether it was told that the period ended without a reply, and nothing heard since says otherwise.
    fileprivate(set) var missed: Bool

    /// Creates a clock as it was stored.
    init(
        id: ID,
        department: DepartmentCode,
        startedAt: Timestamp,
        dueAt: Timestamp,
        next: Stages.Next? = nil,
        endedAt: Timestamp? = nil,
        missed: Bool = false
    ) {
        (self.id, self.department, self.startedAt, self.dueAt) = (id, department, startedAt, dueAt)
        (self.next, self.endedAt, self.missed) = (next, endedAt, missed)
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
        }

        let clock: RunningClock
        let fired: Stages.Stage
        /// The stages that the fired one has overtaken.
        let skipped: [Stages.Stage]
    }

    let suggestion: SuggestionID
    /// The version of the last event told about it.
    private(set) var version: Int
    private(set) var closedAt: Timestamp?
    private(set) var clocks: [RunningClock]
    private(set) var ends: [End]

    /// Creates a watch as it was stored.
    init(
        suggestion: SuggestionID,
        version: Int = 0,
        closedAt: Timestamp? = nil,
        clocks: [RunningClock] = [],
        ends: [End] = []
    ) {
        (self.suggestion, self.version, self.closedAt) = (suggestion, version, closedAt)
        (self.clocks, self.ends) = (clocks, ends)
    }

    /// A period begins; one that has begun already stays as it is.
    mutating func start(_ leg: Leg, round: Int, stages: Stages) {
        let id = RunningClock.ID(assignment: leg.assignment, round: round)
        guard !clocks.contains(where: { $0.id == id }) else { return }
        clocks.append(
            RunningClock(
                id: id,
                department: leg.department,
                startedAt: leg.clock.startedAt,
                dueAt: leg.clock.dueAt,
                next: stages.first(startedAt: leg.clock.startedAt, dueAt: leg.clock.dueAt)
            )
        )
        conclude(stages)
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
            let decision = stages.decision(dueAt: clocks[index].dueAt, next: next, now: now, judges: judges)
            // Moved on in any case: a stage that new rules have put later must not stay at the left edge.
            clocks[index].next = decision.next
            guard let fired = decision.fires else { continue }
            if fired.isEnd { clocks[index].missed = true }
            notices.append(Notice(clock: clocks[index], fired: fired, skipped: decision.skips))
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
            clocks[index].endedAt = end
            if end <= clocks[index].dueAt {
                // It ended in time, by the moment of the act itself, however late that was heard.
                clocks[index].next = nil
                clocks[index].missed = false
            } else if clocks[index].next != nil {
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
