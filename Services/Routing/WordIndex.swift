/// Counts many words in one pass over a text (Aho–Corasick without failure links: words are short, so walking on from each
/// byte is cheaper than building them).
///
/// ASCII letters lose their case; nothing else is changed.
struct WordIndex: Sendable {
    private var children: [[UInt8: Int]] = [[:]]
    /// The word that ends at a node.
    private var ending: [Int?] = [nil]
    private var numbers: [String: Int] = [:]

    /// Adds a word and gives its number; the same word has one number.
    mutating func add(_ word: String) -> Int {
        if let number = numbers[word] { return number }
        var node = 0
        for byte in word.utf8.map(Self.folded) {
            if let next = children[node][byte] {
                node = next
            } else {
                children.append([:])
                ending.append(nil)
                children[node][byte] = children.count - 1
                node = children.count - 1
            }
        }
        let number = ending[node] ?? numbers.count
        ending[node] = number
        numbers[word] = number
        return number
    }

    /// How often each word occurs, without overlapping itself.
    func counts(in text: String) -> [Int: Int] {
        let bytes = text.utf8.map(Self.folded)
        var counts: [Int: Int] = [:]
        // Where the last occurrence of a word ended: «occurrences» are those that a search from left to right finds.
        var ends: [Int: Int] = [:]
        for start in bytes.indices {
            var (node, index) = (0, start)
            while index < bytes.count, let next = children[node][bytes[index]] {
                node = next
                index += 1
                guard let word = ending[node], start >= ends[word, default: 0] else { continue }
                counts[word, default: 0] += 1
                ends[word] = index
            }
        }
        return counts
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
