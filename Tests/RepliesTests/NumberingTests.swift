import Contracts
import Testing

@testable import Replies

/// Which numbers documents get out of what a batch has taken of a series.
struct NumberingTests {
    private static let series = DocumentSeries(department: DepartmentCode(rawValue: "zhujian"), year: 2026)

    private func places(_ count: Int) -> [Numbering.Place] {
        (0..<count).map { _ in Numbering.Place(suggestion: .make(), assignment: .make(), round: 1) }
    }

    private func taken(last: Int, hasOwn: Bool = false) -> Numbering.Taken {
        Numbering.Taken(series: Self.series, last: last, word: "滨住建函", hasOwn: hasOwn)
    }

    /// How many ask, the last number that is taken with each turn, what the department has used itself, and what is given.
    struct Case: Sendable {
        let asking: Int
        let turns: [Int]
        let used: Set<Int>
        let given: [Int]
    }

    static let cases = [
        Case(asking: 1, turns: [1], used: [], given: [1]),
        Case(asking: 3, turns: [12], used: [], given: [10, 11, 12]),
        Case(asking: 2, turns: [12, 13], used: [11], given: [12, 13]),
        Case(asking: 2, turns: [12, 14, 15], used: [11, 12, 13], given: [14, 15]),
        Case(asking: 1, turns: [1, 2, 3], used: [1, 2], given: [3]),
    ]

    @Test(arguments: cases) func `numbers follow each other, and what the department has used is passed over`(
        _ example: Case
    ) {
        func written(_ sequence: Int) -> String { "滨住建函〔2026〕\(sequence)号" }
        let places = places(example.asking)
        var numbering = Numbering()
        for place in places { numbering.ask(place, of: Self.series) }
        for last in example.turns {
            #expect(!numbering.isDone)
            numbering.give(taken(last: last, hasOwn: true), used: Set(example.used.map(written)))
        }
        #expect(numbering.isDone && numbering.needs.isEmpty)
        #expect(places.map { numbering.numbers[$0] } == example.given.map { .given(written($0)) })
    }

    @Test func `series are held in the order of departments and years, whoever asks first`() {
        var numbering = Numbering()
        for (code, year) in [
            ("zhujian", 2026), ("chengguan", 2027), ("zhujian", 2025), ("chengguan", 2026), ("ST-1", 2026),
        ] {
            numbering.ask(places(1)[0], of: DocumentSeries(department: DepartmentCode(rawValue: code), year: year))
        }
        numbering.ask(places(1)[0], of: Self.series)
        #expect(
            numbering.needs.map { "\($0.series.department) \($0.series.year) \($0.count)" } == [
                "ST-1 2026 1", "chengguan 2026 1", "chengguan 2027 1", "zhujian 2025 1", "zhujian 2026 2",
            ]
        )
    }
}
