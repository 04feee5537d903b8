import Contracts
import Messaging
import Support
import Testing

@testable import Dashboard

/// A fact and what it adds to the figures, over made-up lives.
struct FactTests {
    private let start = Timestamp(microseconds: 1_770_000_000_000_000)

    private func fact(of inputs: [Folding.Input]) throws -> Fact {
        try inputs.reduce(into: Fact()) { try $0.apply($1.metadata.name, $1.body) }
    }

    @Test(arguments: 0..<200) func `owners heard in any order make the same fact`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let life = try Life(number: "BJ-1", from: start, using: &generator)
        let expected = try fact(of: life.told)
        for _ in 0..<20 { #expect(try fact(of: life.told.interleaved(using: &generator)) == expected) }
    }

    @Test func `the made-up lives come to every state there is`() throws {
        var generator = SeededGenerator(seed: 1)
        let states = try (0..<500).map { _ in
            try fact(of: Life(number: "BJ-1", from: start, using: &generator).told).state
        }
        // Accepted and reopened are passed through: assignment follows at once, and answers come in the end or not.
        #expect(Set(states).isSuperset(of: [.received, .refused, .assigned, .answered, .reopened, .closed]))
    }

    @Test(arguments: 0..<20) func `figures by increments are the figures from scratch`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let lives = try (0..<40).map { try Life(number: "BJ-\($0)", from: start, using: &generator) }
        var facts: [SuggestionID: Fact] = [:]
        var counters: [CounterKey: Int] = [:]
        for input in lives.flatMap(\.told).interleaved(using: &generator) {
            let before = facts[input.metadata.aggregate]?.contributions ?? [:]
            try facts[input.metadata.aggregate, default: Fact()].apply(input.metadata.name, input.body)
            counters.merge(facts[input.metadata.aggregate]?.contributions ?? [:]) { $0 + $1 }
            counters.merge(before.mapValues { -$0 }) { $0 + $1 }
        }
        var scratch: [CounterKey: Int] = [:]
        for fact in facts.values { scratch.merge(fact.contributions) { $0 + $1 } }
        #expect(counters.filter { $0.value != 0 } == scratch)
        #expect(scratch.filter { $0.key.dimension == "state" }.values.reduce(0, +) == lives.count)
    }

    @Test func `a leg that is taken back no longer keeps the others from being answered`() throws {
        let (kept, back) = (AssignmentID.make(), AssignmentID.make())
        let code = DepartmentCode(rawValue: "chengguan")
        func assigned(_ legs: [AssignmentID], withdrawn: [AssignmentID] = []) throws -> [UInt8] {
            let clock = Clock(startedAt: start, term: "P30D", dueAt: start + .seconds(1), basis: "x")
            return try EventCoding.encode(
                SuggestionAssigned(
                    number: "BJ-1",
                    kind: .opinion,
                    title: "t",
                    text: "x",
                    committee: CommitteeCode(rawValue: "c"),
                    legs: legs.map { Leg(assignment: $0, department: code, role: .lead, clock: clock) },
                    withdrawn: withdrawn,
                    reason: "r",
                    assignedAt: start
                )
            )
        }
        let reply = ReplyIssued(
            assignment: kept,
            department: code,
            role: .lead,
            round: 1,
            outcome: .solved,
            text: "x",
            issuedAt: start,
            dueAt: start,
            completesRound: false
        )
        var fact = Fact()
        try fact.apply(SuggestionAssigned.name, assigned([kept, back]))
        try fact.apply(ReplyIssued.name, EventCoding.encode(reply))
        #expect(fact.state == .assigned)
        try fact.apply(SuggestionAssigned.name, assigned([], withdrawn: [back]))
        #expect(fact.state == .answered)
        try fact.apply(SuggestionAssigned.name, assigned([.make()]))
        #expect(fact.state == .assigned, "a new leg is to be answered too")
    }

    @Test func `a round whose second end is missed too is late once, and each of its ends is counted`() throws {
        let (leg, code) = (AssignmentID.make(), DepartmentCode(rawValue: "chengguan"))
        func missed(_ round: Int?, day: Int) throws -> [UInt8] {
            let end = start + .seconds(day * 86_400)
            return try EventCoding.encode(
                DeadlineMissed(assignment: leg, department: code, round: round, dueAt: end, missedAt: end)
            )
        }
        func counts(_ fact: Fact) -> [Int] {
            ["missed", "missedAgain"].map {
                fact.contributions[CounterKey(dimension: "department", key: "chengguan", measure: $0)] ?? 0
            }
        }
        var fact = Fact()
        try fact.apply(DeadlineMissed.name, missed(1, day: 0))
        #expect(counts(fact) == [1, 0])
        try fact.apply(DeadlineMissed.name, missed(1, day: 30))
        #expect(counts(fact) == [1, 1])
        // The next round is a period of its own.
        try fact.apply(DeadlineMissed.name, missed(2, day: 60))
        #expect(counts(fact) == [2, 1])
        // Of an event from before rounds were named nobody can say which it is.
        try fact.apply(DeadlineMissed.name, missed(nil, day: 90))
        #expect(counts(fact) == [3, 1])
    }

    @Test(arguments: [0.5, 0.9, 0.95, 1]) func `a percentile is at most 5 % too high`(share: Double) throws {
        var generator = SeededGenerator(seed: 7)
        let seconds = (0..<1_000).map { _ in Int.random(in: 1...30_000_000, using: &generator) }.sorted()
        let counts = Dictionary(grouping: seconds) { HandlingTime.bucket(of: .seconds($0)) }
            .map { (bucket: $0.key, count: $0.value.count) }
        let real = Double(seconds[Int((Double(seconds.count) * share).rounded(.up)) - 1])
        let read = try #require(HandlingTime.percentile(share, of: counts))
        #expect(read >= real && read <= real * 1.05)
    }

    @Test func `there is no percentile of nothing, and the shortest time has a bucket`() {
        #expect(HandlingTime.percentile(0.5, of: []) == nil)
        #expect(HandlingTime.bucket(of: .zero) == "0000" && HandlingTime.bucket(of: .seconds(-5)) == "0000")
    }
}
