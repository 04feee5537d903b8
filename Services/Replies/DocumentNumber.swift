import Contracts

/// The number under which a department's document is filed (文号).
enum DocumentNumber: Sendable, Hashable {
    /// The department's own, as it gave it.
    case own(String)
    /// The next of its series.
    case given(String)

    /// As it stands on the document.
    var text: String {
        switch self {
        case .own(let text), .given(let text): text
        }
    }

    /// Whether the department gave it itself.
    var isOwn: Bool {
        if case .own = self { true } else { false }
    }

    /// As documents of authorities are numbered: word, year in hexagonal brackets, sequence without zeros before it
    /// (GB/T 9704-2012 §7.2.5).
    static func written(word: String, year: Int, sequence: Int) -> String { "\(word)〔\(year)〕\(sequence)号" }
}

/// A department's numbers of one year: 1, 2, 3 … without a gap.
struct DocumentSeries: Hashable, Sendable, Comparable {
    let department: DepartmentCode
    let year: Int

    /// The order in which series are locked everywhere, so that nobody waits in a circle.
    static func < (first: Self, second: Self) -> Bool {
        (first.department, first.year) < (second.department, second.year)
    }
}

/// The replies of a batch that are to be given numbers, in the order of their issue.
struct Numbering: Sendable {
    /// A reply.
    struct Place: Hashable, Sendable {
        let suggestion: SuggestionID
        let assignment: AssignmentID
        let round: Int
    }

    /// How far a series has come with what a batch takes of it.
    struct Taken: Sendable, Hashable {
        let series: DocumentSeries
        /// The last number that is taken now.
        let last: Int
        /// What stands before the year: the department's word, or its code where it has none.
        let word: String
        /// Whether the department has given numbers of its own that year, which may be among these.
        let hasOwn: Bool
    }

    private var waiting: [DocumentSeries: [Place]] = [:]
    /// What was given.
    private(set) var numbers: [Place: DocumentNumber] = [:]

    /// Whether nothing more is to be given.
    var isDone: Bool { waiting.isEmpty }

    /// How many numbers each series needs, in the one order of locks.
    var needs: [(series: DocumentSeries, count: Int)] {
        waiting.map { ($0.key, $0.value.count) }.sorted { $0.series < $1.series }
    }

    /// Asks for a number.
    mutating func ask(_ place: Place, of series: DocumentSeries) { waiting[series, default: []].append(place) }

    /// The numbers that a batch has taken of a series, of which the department may have used some already.
    func candidates(_ taken: Taken) -> [String] {
        let count = waiting[taken.series]?.count ?? 0
        return (taken.last - count..<taken.last).map {
            DocumentNumber.written(word: taken.word, year: taken.series.year, sequence: $0 + 1)
        }
    }

    /// Gives what was taken, but for what the department has used itself; who gets none goes on waiting.
    mutating func give(_ taken: Taken, used: Set<String>) {
        let free = candidates(taken).filter { !used.contains($0) }
        let places = waiting[taken.series] ?? []
        for (place, number) in zip(places, free) { numbers[place] = .given(number) }
        waiting[taken.series] = places.count > free.count ? Array(places.dropFirst(free.count)) : nil
    }
}
