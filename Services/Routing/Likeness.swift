/// How much two matters' words are alike, and in which passages: exact, for the few that are likely.
struct Likeness: Sendable {
    /// A passage that both have.
    struct Passage: Sendable, Hashable {
        /// In Unicode scalars, in one of the parts.
        struct Place: Sendable, Hashable {
            let part: Int
            let range: Range<Int>
        }
        let here: Place
        let there: Place
    }

    /// Characters of the shortest passage, without punctuation: less is an idiom.
    static let shortest = 6
    /// Passages that are shown: the longest.
    static let most = 5

    private let text: FoldedText
    private let trigrams: [UInt64]
    /// Where each run of ``shortest`` characters begins, by its hash.
    private let starts: [UInt64: [Int]]

    /// Of a matter that others are compared with.
    init(_ parts: [String]) {
        text = FoldedText(parts)
        trigrams = Self.different(text)
        starts = Self.runs(of: text.characters).reduce(into: [:]) { $0[$1.hash, default: []].append($1.start) }
    }

    /// Jaccard's index of the two sets of trigrams, from 0 to 1.
    func similarity(to other: FoldedText) -> Double {
        let others = Self.different(other)
        guard !trigrams.isEmpty, !others.isEmpty else { return 0 }
        var (one, two, shared) = (0, 0, 0)
        while one < trigrams.count, two < others.count {
            if trigrams[one] == others[two] {
                (one, two, shared) = (one + 1, two + 1, shared + 1)
            } else if trigrams[one] < others[two] {
                one += 1
            } else {
                two += 1
            }
        }
        return Double(shared) / Double(trigrams.count + others.count - shared)
    }

    /// The longest passages that both have, in the order in which they stand here; no two of them overlap in the other.
    func passages(with other: FoldedText) -> [Passage] {
        var found: [(here: Int, there: Int, length: Int)] = []
        var next = 0
        for run in Self.runs(of: other.characters) where run.start >= next {
            let longest = (starts[run.hash] ?? []).prefix(Self.placesLimit)
                .map { (here: $0, there: run.start, length: common($0, other.characters, run.start)) }
                .max { $0.length < $1.length }
            guard let longest, longest.length >= Self.shortest else { continue }
            found.append(longest)
            next = longest.there + longest.length
        }
        return found.sorted { ($1.length, $0.there) < ($0.length, $1.there) }.prefix(Self.most)
            .sorted { ($0.here, $0.there) < ($1.here, $1.there) }
            .map {
                Passage(
                    here: Self.place(text, $0.here, $0.length),
                    there: Self.place(other, $0.there, $0.length)
                )
            }
    }

    /// A text that says the same over and over is not compared with itself at every place.
    private static let placesLimit = 16

    private func common(_ here: Int, _ other: [UInt32], _ there: Int) -> Int {
        var length = 0
        while text.characters[here + length] == other[there + length],
            text.characters[here + length] != FoldedText.end
        {
            length += 1
        }
        return length
    }

    private static func place(_ text: FoldedText, _ start: Int, _ length: Int) -> Passage.Place {
        let (first, last) = (text.origins[start], text.origins[start + length - 1])
        return Passage.Place(part: first.part, range: first.offset..<last.offset + 1)
    }

    private static func different(_ text: FoldedText) -> [UInt64] {
        var trigrams: [UInt64] = []
        for trigram in FoldedText.trigrams(of: text.characters).sorted() where trigram != trigrams.last {
            trigrams.append(trigram)
        }
        return trigrams
    }

    /// Every ``shortest`` characters that stand together.
    private static func runs(of characters: [UInt32]) -> [(start: Int, hash: UInt64)] {
        characters.indices.dropLast(shortest - 1).compactMap { start in
            let run = characters[start..<start + shortest]
            guard !run.contains(FoldedText.end) else { return nil }
            return (start, run.reduce(0) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 })
        }
    }
}
