import Contracts
import Messaging
import Support

@testable import Dashboard

/// What the owners tell of one suggestion, made up: whatever may happen to one, happens to some.
struct Life {
    let suggestion = SuggestionID.make()
    /// In the order in which it happened; each owner's versions without gaps.
    private(set) var told: [Folding.Input] = []

    private var versions: [ServiceName: Int] = [:]
    private var now: Timestamp
    private let number: String
    private let kind: SuggestionKind
    private let committee = CommitteeCode(rawValue: "chengjian")
    private let dueIn: Duration = .seconds(86_400 * 30)

    private static let departments = ["chengguan", "zhujian", "jiaoyu", "gongan", "minzheng"]
    private static let stations = ["ST-X01", "ST-X02", "ST-C01"]
    private static let categories = ["transport", "education", "health"]

    /// Makes up a life.
    ///
    /// - Parameter deputies: whom it names.
    init(
        number: String,
        from start: Timestamp,
        deputies: [PersonID]? = nil,
        using generator: inout SeededGenerator
    ) throws {
        (self.number, now) = (number, start)
        kind = Bool.random(using: &generator) ? .opinion : .formal
        try tell(
            SuggestionReceived(
                number: number,
                kind: kind,
                submitter: .voter,
                title: "题",
                text: "文",
                station: StationCode(rawValue: Self.stations.randomElement(using: &generator) ?? ""),
                receivedAt: now,
                deputies: deputies
            )
        )
        pass(&generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return
        case 1: try refuse()
        default: try handle(&generator)
        }
    }

    private mutating func refuse() throws {
        try tell(
            SuggestionRefused(
                number: number,
                reason: "private-matter",
                explanation: "x",
                basis: "条",
                whereToGo: "他处",
                refusedAt: now
            )
        )
    }

    private mutating func handle(_ generator: inout SeededGenerator) throws {
        let category = CategoryCode(rawValue: Self.categories.randomElement(using: &generator) ?? "")
        try tell(SuggestionAccepted(number: number, committee: committee, category: category, acceptedAt: now))
        let departments = Self.departments.shuffled(using: &generator)
        var legs = departments.prefix(Int.random(in: 1...3, using: &generator)).map { leg($0) }
        try assign(legs)
        if Bool.random(using: &generator) {
            pass(&generator)
            try tell(
                AssignmentReceived(assignment: legs[0].assignment, department: legs[0].department, receivedAt: now)
            )
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            let (back, other) = (legs.removeLast(), leg(departments[4]))
            pass(&generator)
            try tell(
                AssignmentReturned(
                    assignment: back.assignment,
                    department: back.department,
                    reason: "r",
                    proposedDepartment: nil,
                    returnedAt: now
                )
            )
            if Int.random(in: 0..<5, using: &generator) == 0 { return }
            pass(&generator)
            legs.append(other)
            try assign([other], withdrawn: [back.assignment])
        }
        for round in 1...3 {
            guard try answer(legs, round, &generator) else { return }
            if Int.random(in: 0..<6, using: &generator) == 0 { return }
            pass(&generator)
            let isLast = round == 3 || Int.random(in: 0..<3, using: &generator) > 0
            if !isLast { legs = legs.map { leg($0.department.rawValue, $0.assignment) } }
            let good: Verdict = round == 1 ? .satisfied : .accepted
            try judge(round, isLast ? good : .dissatisfied, reopened: isLast ? [] : legs)
            if isLast {
                let outcome: ReplyOutcome = round == 1 ? .solved : round == 2 ? .planned : .reference
                return try tell(SuggestionClosed(number: number, outcome: outcome, rounds: round, closedAt: now))
            }
        }
    }

    /// - Returns: whether every leg was answered.
    private mutating func answer(_ legs: [Leg], _ round: Int, _ generator: inout SeededGenerator) throws -> Bool {
        for (index, leg) in legs.enumerated() {
            if Int.random(in: 0..<12, using: &generator) == 0 { return false }
            pass(&generator)
            if Bool.random(using: &generator) {
                try tell(
                    ReminderDue(
                        assignment: leg.assignment,
                        department: leg.department,
                        stage: "P3D",
                        dueAt: leg.clock.dueAt,
                        remindedAt: now
                    )
                )
            }
            let isLate = Int.random(in: 0..<4, using: &generator) == 0
            // An end that is given anew behind a missed one may be missed as well; earlier events did not name the round.
            let namesRound = Int.random(in: 0..<5, using: &generator) > 0
            for end in 0..<(isLate ? Int.random(in: 1...3, using: &generator) : 0) {
                now = leg.clock.dueAt + .seconds(3_600 + end * 86_400)
                try tell(
                    DeadlineMissed(
                        assignment: leg.assignment,
                        department: leg.department,
                        round: namesRound ? round : nil,
                        dueAt: leg.clock.dueAt + .seconds(end * 86_400),
                        missedAt: now
                    )
                )
            }
            try tell(
                ReplyIssued(
                    assignment: leg.assignment,
                    department: leg.department,
                    role: leg.role,
                    round: round,
                    outcome: .solved,
                    text: "已办",
                    issuedAt: now,
                    dueAt: leg.clock.dueAt,
                    completesRound: index == legs.count - 1
                )
            )
        }
        return true
    }

    private mutating func judge(_ round: Int, _ result: Verdict, reopened: [Leg]) throws {
        try tell(
            ReplyEvaluated(
                round: round,
                attitude: .satisfied,
                result: result,
                comment: nil,
                reopened: reopened,
                evaluatedAt: now
            )
        )
    }

    private mutating func assign(_ legs: [Leg], withdrawn: [AssignmentID] = []) throws {
        try tell(
            SuggestionAssigned(
                number: number,
                kind: kind,
                title: "题",
                text: "文",
                committee: committee,
                legs: legs,
                withdrawn: withdrawn,
                reason: "规则",
                assignedAt: now
            )
        )
    }

    private func leg(_ department: String, _ id: AssignmentID = .make()) -> Leg {
        Leg(
            assignment: id,
            department: DepartmentCode(rawValue: department),
            role: .lead,
            clock: Clock(startedAt: now, term: "P30D", dueAt: now + dueIn, basis: "约定")
        )
    }

    private mutating func pass(_ generator: inout SeededGenerator) {
        now = now + .seconds(Int.random(in: 60...200_000, using: &generator))
    }

    private mutating func tell(_ event: some Event) throws {
        versions[type(of: event).owner, default: 0] += 1
        told.append(
            Folding.Input(
                metadata: EventMetadata(
                    id: .make(),
                    name: type(of: event).name,
                    owner: type(of: event).owner,
                    aggregate: suggestion,
                    version: versions[type(of: event).owner] ?? 0,
                    time: now
                ),
                body: try EventCoding.encode(event)
            )
        )
    }
}

extension [Folding.Input] {
    /// In another order: each owner's own is kept, as the engine keeps it.
    func interleaved(using generator: inout SeededGenerator) -> [Folding.Input] {
        var rests = Dictionary(grouping: self, by: \.metadata.owner).mapValues { ArraySlice($0) }
        var mixed: [Folding.Input] = []
        while let owner = rests.filter({ !$0.value.isEmpty }).keys.sorted().randomElement(using: &generator) {
            if let next = rests[owner]?.popFirst() { mixed.append(next) }
        }
        return mixed
    }
}
