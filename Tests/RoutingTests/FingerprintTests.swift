import Contracts
import Support
import Testing

@testable import Routing

/// Words that are like others are found by a few numbers, and hardly any others.
struct FingerprintTests {
    private func taken(_ parts: String...) -> Fingerprint? { MatterWords.plain(parts).fingerprint }

    private static func sharesBand(_ one: Fingerprint, _ other: Fingerprint) -> Bool {
        zip(one.bands, other.bands).contains { $0 == $1 }
    }

    /// What stands in the tables was made by these numbers: whoever changes one finds nothing any more.
    @Test func `the numbers never change`() throws {
        let fingerprint = try #require(taken("路灯不亮", "江陵路地铁口往南的路灯坏了3盏，晚上走路看不清。"))
        #expect(
            fingerprint.bands == [
                3_212_458_487, 1_901_985_231, 4_206_604_655, 2_344_801_727, 473_127_562, 554_450_321, 1_436_392_212,
            ]
        )
        #expect(fingerprint.sketch == 10_151_695_505_676_969_099)
    }

    @Test func `width, capitals, figures, punctuation, spaces and the order of the parts make no difference`() {
        let plain = taken("5G基站在12幢楼顶", "请移走，谢谢")
        #expect(plain != nil)
        #expect(taken("５ｇ基站 在３号幢楼顶！", "请移走 谢谢") != plain, "a character is a character")
        #expect(taken("７ｇ　基站，在〔３〕幢楼顶！", "请移走。。谢谢🙏") == plain)
        #expect(taken("请移走，谢谢", "5G基站在12幢楼顶") == plain)
    }

    @Test func `hardly any words leave no fingerprint`() {
        #expect(taken() == nil && taken("") == nil && taken("路灯", "坏了") == nil)
        #expect(taken("1234567890", "？！……——") == nil)
        #expect(taken("路灯坏") != nil)
    }

    /// Of thousands of copies with edits, by how much is left of the original.
    @Test func `of copies that share seven tenths of their trigrams nine tenths are found, of closer ones nearly all`()
        throws
    {
        let originals = try LabelledSample.all().map { $0.title + "\n" + $0.body }
        var edits = PlantedEdits(seed: 5)
        var found: [Int: (all: Int, shared: Int, expected: Double)] = [:]
        for index in 0..<3_000 {
            let original = originals[index % originals.count]
            let copy = edits.copy(of: original, filling: originals[(index * 7 + 1) % originals.count])
            let similarity = Likeness([original]).similarity(to: FoldedText([copy]))
            guard similarity >= 0.7, let one = taken(original), let other = taken(copy) else { continue }
            let isShared = Self.sharesBand(one, other)
            let power = similarity * similarity * similarity
            let missed = (0..<Fingerprint.bands).reduce(1.0) { product, _ in product * (1 - power) }
            let tenth = min(9, Int(similarity * 10))
            found[tenth, default: (0, 0, 0)].all += 1
            found[tenth, default: (0, 0, 0)].shared += isShared ? 1 : 0
            found[tenth, default: (0, 0, 0)].expected += 1 - missed
        }
        for (tenth, count) in found.sorted(by: { $0.key < $1.key }) {
            print(
                "copies from 0.\(tenth): \(count.shared) of \(count.all) share a band, by calculation \(Int(count.expected))"
            )
            #expect(count.all > 300)
            #expect(Double(count.shared) >= Double(count.all) * (tenth == 7 ? 0.93 : 0.98))
            #expect(abs(Double(count.shared) - count.expected) < Double(count.all) * 0.03, "as the curve says")
        }
        #expect(found.count == 3)
    }

    @Test func `sentences in another order are found`() throws {
        var generator = SeededGenerator(seed: 11)
        var (tried, found) = (0, 0)
        for sample in try LabelledSample.all() {
            let sentences = sample.body.split { "。；？！\n".contains($0) }.map(String.init)
            guard sentences.count > 2, sample.body.count / sentences.count > 15 else { continue }
            let one = try #require(taken(sample.title, sentences.joined(separator: "。")))
            let other = try #require(
                taken(sample.title, sentences.shuffled(using: &generator).joined(separator: "。"))
            )
            tried += 1
            if Self.sharesBand(one, other) { found += 1 }
        }
        print("sentences in another order: \(found) of \(tried) share a band")
        #expect(tried > 60 && found * 100 >= tried * 95)
    }

    @Test func `suggestions about different matters hardly ever share a band, and are never alike`() throws {
        let words = try LabelledSample.all().map { MatterWords.plain([$0.title, $0.body]) }
        let prints = try words.map { try #require($0.fingerprint) }
        var (pairs, shared, most) = (0, 0, 0.0)
        for one in prints.indices {
            let likeness = Likeness(words[one].parts)
            for other in prints.indices where other > one {
                pairs += 1
                guard Self.sharesBand(prints[one], prints[other]) else { continue }
                shared += 1
                most = max(most, likeness.similarity(to: FoldedText(words[other].parts)))
            }
        }
        print("different matters: \(shared) of \(pairs) pairs share a band, at most \(most) alike")
        #expect(pairs == 24_090 && shared <= 2 && most < 0.1)
    }
}

extension MatterWords {
    /// Of texts that are no matter's.
    static func plain(_ parts: [String]) -> MatterWords {
        MatterWords(
            title: parts.first ?? "〔",
            text: parts.dropFirst().first ?? "〔",
            analysis: parts.dropFirst(2).first,
            proposal: parts.dropFirst(3).first,
            without: "〔"
        )
    }
}

/// Copies of texts as people make them: with words of their own in the middle or at the end, without a part, with other characters
/// here and there.
struct PlantedEdits {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// - Parameter filling: where words of one's own are taken from.
    mutating func copy(of text: String, filling: String) -> String {
        var characters = Array(text)
        let own = Array(filling)
        let share = Double.random(in: 0.01...0.3, using: &generator)
        let count = min(own.count, max(1, Int(Double(characters.count) * share)))
        let place = Int.random(in: 0...max(0, characters.count - count), using: &generator)
        let end = min(characters.count, place + count)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: characters.replaceSubrange(place..<end, with: own.prefix(count))
        case 1: characters.insert(contentsOf: own.prefix(count), at: place)
        case 2: characters.removeSubrange(place..<end)
        default:
            for _ in 0..<max(1, count / 3) {
                characters[Int.random(in: 0..<characters.count, using: &generator)] =
                    own[Int.random(in: 0..<own.count, using: &generator)]
            }
        }
        return String(characters)
    }
}
